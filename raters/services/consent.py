"""Asks raters for their consent: versions of a study's text, who agreed to which, and when.

Knows: that a changed text is a new version, which every rater is asked about anew. Does not know:
how the text looks (raters.prose) or what withdrawing deletes (withdrawing).
"""

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from raters.models import Assignment, Bundle, Consent, ConsentText, Rater, Study, StudyPath
from raters.services.bundles import bundle_return
from raters.services.people import rater_place_take


def consent_text_save(*, study: Study, text: str, language: str, now: datetime) -> None:
    """What raters agree to from now on; "" asks nothing. The same again changes nothing."""
    text = text.replace("\r\n", "\n").strip()
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        path, _ = StudyPath.objects.select_related("consent").get_or_create(study=study)
        before = path.consent
        if before and (before.text, before.language) == (text, language):
            return
        path.consent = _new_version(study, text, language, now) if text else None
        path.save(update_fields=["consent"])


def consent_asked(*, study: Study) -> ConsentText | None:
    """The version that whoever comes in now agrees to; None where nothing is asked."""
    return ConsentText.objects.filter(
        pk__in=StudyPath.objects.filter(study=study).values("consent")
    ).first()


def owes_consent() -> Exists:
    """For a query of raters, so that who has agreed costs their pages no query of its own."""
    given = Consent.objects.filter(rater=OuterRef(OuterRef("pk")), text=OuterRef("consent"))
    asked = StudyPath.objects.filter(study=OuterRef("study"), consent__isnull=False)
    return Exists(asked.filter(~Exists(given)))


def consent_due(*, rater: Rater) -> ConsentText | None:
    """The version that this rater has still to agree to."""
    asked = StudyPath.objects.filter(study=rater.study_id).values("consent")
    given = Consent.objects.filter(rater=rater).values("text")
    return ConsentText.objects.filter(pk__in=asked).exclude(pk__in=given).first()


def consent_give(*, rater: Rater, version: str, now: datetime) -> bool:
    """Keep that the rater agreed to this version; False where another is asked by now.

    Who had refused had given their place away: `Full` where somebody else has the last one.
    """
    due = consent_due(rater=rater)
    if due is None:
        return True
    if str(due.version) != version:
        return False
    with transaction.atomic():
        if rater.is_invited and rater.way_out == Rater.WayOut.REFUSED:
            rater_place_take(study=rater.study, now=now)
        Consent.objects.get_or_create(rater=rater, text=due, defaults={"given_at": now})
        Rater.objects.filter(pk=rater.pk, way_out=Rater.WayOut.REFUSED).update(way_out="")
    return True


def consent_refuse(*, rater: Rater, now: datetime) -> None:
    """Nothing more is asked of them. Who held something gives it back, and has left for good."""
    held = Assignment.objects.filter(rater=rater, state=Assignment.State.HELD)
    if held.exists() or Bundle.objects.filter(rater=rater).exists():
        bundle_return(rater=rater, now=now)
    Rater.objects.filter(pk=rater.pk).update(way_out=Rater.WayOut.REFUSED)
    rater.refresh_from_db()


def _new_version(study: Study, text: str, language: str, now: datetime) -> ConsentText:
    last = ConsentText.objects.filter(study=study).aggregate(last=Max("version"))["last"]
    return ConsentText.objects.create(
        study=study,
        version=(last or 0) + 1,
        language=language,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        made_at=now,
    )

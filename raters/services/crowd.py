"""Lets people of a crowd platform in, and gives them the platform's code on their way out.

The platform's id of a person stands in CrowdIdentity alone; everything else knows a keyed hash of
it, another one in every study. The codes are shown, as links that a person follows: nothing here
asks the platform anything. Does not know: what a rater is handed, or what a page says.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import salted_hmac

from raters.models import (
    AuditEntry,
    Bundle,
    CrowdIdentity,
    Place,
    Rater,
    Study,
    StudyPath,
    new_code,
)
from raters.services.bundles import bundles_lapse
from raters.services.people import Full, NotOpen, rater_join

COMPLETE = "https://app.prolific.com/submissions/complete"
PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
WAYS_OUT = tuple(way for way in Rater.WayOut if way != Rater.WayOut.WITHDRAWN)
Way = Rater.WayOut


class NotAnId(Exception):
    """What stands where the platform puts a person's id cannot be one. Never says what it was."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The platform's code of a way out, and the link that takes it back there."""

    code: str
    link: str


def crowd_arrive(
    *,
    study: Study,
    participant: str,
    submission: str,
    platform_study: str,
    now: datetime,
    may_join: bool = True,
) -> Rater:
    """The rater who is this person in this study: the one they were, or a new one.

    Who must not rate is nobody new (`NotOpen`), and so takes no place.
    """
    given = (participant, submission, platform_study)
    if not PLAIN_ID.fullmatch(participant) or not all(_is_plain(each) for each in given):
        raise NotAnId
    digest = crowd_digest(study=study, participant=participant)
    if found := _of_digest(study, digest):
        return found
    if not may_join:
        raise NotOpen
    if study.state == Study.State.OPEN and not _has_room(study, now):
        raise Full
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if found := _of_digest(study, digest):
            return found
        rater = rater_join(study=study, now=now)
        rater.crowd_digest = digest
        rater.save(update_fields=["crowd_digest"])
        CrowdIdentity.objects.get_or_create(
            study=study,
            digest=digest,
            defaults={
                "participant": participant,
                "submission": submission,
                "platform_study": platform_study,
                "first_at": now,
            },
        )
    return rater


def crowd_digest(*, study: Study, participant: str) -> str:
    return salted_hmac(f"raters.crowd:{study.code}", participant, algorithm="sha256").hexdigest()


def crowd_switch(*, study: Study, user: User, on: bool, now: datetime) -> None:
    """Let people in by the crowd link, or nobody. A link that was switched off stays dead."""
    with transaction.atomic():
        path, _ = StudyPath.objects.select_for_update().get_or_create(study=study)
        if on == (path.crowd_code is not None):
            return
        path.crowd_code = new_code() if on else None
        path.exits = {way.value: _code() for way in WAYS_OUT} | path.exits
        path.save(update_fields=["crowd_code", "exits"])
        AuditEntry.objects.create(
            study=study, user=user, action=f"crowd link {'on' if on else 'off'}", at=now
        )


def crowd_identities_delete(*, study: Study, user: User, now: datetime) -> int:
    """Forget whom the platform calls what. Raters stay, and are known again by their hash."""
    with transaction.atomic():
        gone, _ = CrowdIdentity.objects.filter(study=study).delete()
        if gone:
            AuditEntry.objects.create(
                study=study, user=user, action="crowd ids deleted", detail=str(gone), at=now
            )
    return gone


def completion(*, study: Study, way_out: str) -> Completion | None:
    """The code for a way out; None where the platform was told none."""
    path = StudyPath.objects.filter(study=study).only("exits").first()
    code = path.exits.get(way_out, "") if path else ""
    return Completion(code, f"{COMPLETE}?{urlencode({'cc': code})}") if code else None


def completion_of(*, rater: Rater, way_out: str) -> Completion | None:
    """The code for a rater who came from a crowd platform; others need none."""
    if not rater.crowd_digest:
        return None
    way = Way.RETURNED if way_out == Way.WITHDRAWN else way_out
    return completion(study=rater.study, way_out=way)


def _is_plain(text: str) -> bool:
    return not text or PLAIN_ID.fullmatch(text) is not None


def _of_digest(study: Study, digest: str) -> Rater | None:
    raters = Rater.objects.select_related("study")
    return raters.filter(study=study, crowd_digest=digest).first()


def _has_room(study: Study, now: datetime) -> bool:
    """Whether somebody new would be handed anything."""
    if study.triples_per_rater is None:
        return Place.objects.filter(study=study, state=Place.State.OPEN).exists()
    bundles = Bundle.objects.filter(study=study, state=Bundle.State.OPEN)
    return bundles.exists() or bundles_lapse(study=study, now=now, most=1) > 0


def _code() -> str:
    return secrets.token_hex(4).upper()

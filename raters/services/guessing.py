"""Asks raters at the very end which kind of writer wrote what, and keeps it for the blinding audit.

Asked of whoever rates no more, once, about the last triples they rated, while the study runs: a
closed study's figures move no more. Who has nothing left just now may say that this is the end, and
is handed nothing from then on: who knows the kinds or the debrief would judge blind no more. What
may be guessed are the kinds of its sources and never their names; where all are of one kind there
is nothing to guess. Does not know how well anybody guessed (raters.statistics), and tells it to
nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from generation.models import Source
from raters.models import Assignment, Bundle, Guess, Rater, Study, StudyPath
from raters.services import taking
from raters.services.assigning import comes_back, rater_lock, rater_progress
from raters.services.rating import JUDGED, TAKING

LAST_TRIPLES = 3


def kinds_of(*, study: Study) -> tuple[str, ...]:
    """The kinds of the study's sources, in the order of all kinds, whatever the sources' own."""
    of_study = set(study.study_sources.values_list("source__kind", flat=True))
    return tuple(kind for kind in Source.Kind.values if kind in of_study)


def has_finished(*, rater: Rater) -> bool:
    """Whether nothing more will be asked of this rater: it is closed, they left, or did all."""
    study = rater.study
    if study.state not in TAKING or rater.returned_at:
        return study.state != Study.State.DRAFT
    own = rater_progress(rater=rater)
    return own.done >= own.total and _has_empty_hands(rater)


def may_end(*, rater: Rater) -> bool:
    """Whether nothing is left for this rater just now, who may say that this is the end."""
    study, bundled = rater.study, rater.study.triples_per_rater is not None
    if study.state not in TAKING or has_finished(rater=rater) or not _has_empty_hands(rater):
        return False
    is_open = taking.is_open_to(study=study.pk, rater=rater.pk, bundled=bundled)
    return not is_open and not comes_back(rater=rater)


def _has_empty_hands(rater: Rater) -> bool:
    """Whether they rated, and hold nothing that waits; a set that went to another is no end."""
    if rater.study.triples_per_rater and not Bundle.objects.filter(rater=rater).exists():
        return False
    holds = rater.assignments.filter(state=Assignment.State.HELD).exists()
    return rater.rated_count > 0 and not holds


def guesses_asked(*, rater: Rater) -> list[Assignment]:
    """The triples to guess about, the last one first; none where nothing is asked of this rater."""
    study = rater.study
    is_asking = StudyPath.objects.filter(study=study, asks_guesses=True).exists()
    if not is_asking or study.state not in TAKING or rater.way_out == Rater.WayOut.WITHDRAWN:
        return []
    if Guess.objects.filter(assignment__rater=rater).exists() or not has_finished(rater=rater):
        return []
    if len(kinds_of(study=study)) < 2:
        return []
    rated = Assignment.objects.filter(rater=rater, kind=Assignment.Kind.STUDY, state__in=JUDGED)
    rated = rated.select_related("study").annotate(said_at=Max("ratings__submitted_at"))
    return list(rated.order_by("-said_at", "-pk")[:LAST_TRIPLES])


def guesses_save(*, rater: Rater, said: Mapping[str, Sequence[str]], now: datetime) -> bool:
    """Keep the kinds guessed, by the token of each triple and slot after slot; what is no kind of
    the study's sources is *do not know*. False where nothing is asked any more."""
    with transaction.atomic():
        rater = rater_lock(rater=rater)
        rater.study = Study.objects.select_for_update(no_key=True).get(pk=rater.study_id)
        asked, kinds = guesses_asked(rater=rater), kinds_of(study=rater.study)
        rows = []
        for assignment in asked:
            given = said.get(str(assignment.token), ())
            for slot in range(len(assignment.order)):
                kind = given[slot] if slot < len(given) and given[slot] in kinds else ""
                rows.append(Guess(assignment=assignment, slot=slot, kind=kind, at=now))
        Guess.objects.bulk_create(rows)
    return bool(rows)

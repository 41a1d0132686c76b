"""Asks raters at the very end which kind of writer wrote what, and keeps it for the blinding audit.

Asked of whoever has nothing left to rate, once, about the last triples they rated, while the study
runs: a closed study's figures move no more. What may be guessed are the kinds of its sources and
never their names; where all are of one kind there is nothing to guess. Does not know how well
anybody guessed (raters.statistics), and tells it to nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from generation.models import Source
from raters.models import Assignment, Guess, Rater, Study, StudyPath
from raters.services import taking
from raters.services.assigning import rater_lock, rater_progress
from raters.services.rating import JUDGED, TAKING

LAST_TRIPLES = 3


def kinds_of(*, study: Study) -> tuple[str, ...]:
    """The kinds of the study's sources, in the order of all kinds, whatever the sources' own."""
    of_study = set(study.study_sources.values_list("source__kind", flat=True))
    return tuple(kind for kind in Source.Kind.values if kind in of_study)


def has_finished(*, rater: Rater) -> bool:
    """Whether nothing more is asked of this rater: they left, did all, or nothing is left."""
    study = rater.study
    if study.state not in TAKING or rater.returned_at:
        return True
    if not rater.rated_count or rater.assignments.filter(state=Assignment.State.HELD).exists():
        return False
    own = rater_progress(rater=rater)
    bundled = study.triples_per_rater is not None
    return own.done >= own.total or not taking.is_open_to(
        study=study.pk, rater=rater.pk, bundled=bundled
    )


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

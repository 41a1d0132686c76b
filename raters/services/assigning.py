"""Hands triples to raters: one claim at a time, under a lease, never one too many.

Knows: places, leases, a rater's quota. Does not know: the design behind the places
(raters.assignment), what a rater sees (raters.blinding), or what a rating says (rating).

How it holds under load
- Whatever a rater does (next, submit, skip) starts by locking the rater's row, so two tabs of one
  rater wait for each other and neither acts on what the other has just changed.
- A claim takes the first open place in the study's queue whose triple this rater has not met,
  skipping places that others are taking (PostgreSQL: SKIP LOCKED; SQLite: one immediate
  transaction). The read walks one partial index: it does not grow with the study.
- A skipped triple goes to others first. A rater for whom nothing else is left gets it once more,
  so that a place which everybody skipped is not lost.
- Locks are always taken in the order rater, assignment, place, so no two requests wait for each
  other. Leases that ran out are returned without the rater's row, by those that nobody is using.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from raters.models import Assignment, Place, Rater, Study

LAPSED_AT_ONCE = 200
MOST_SKIPS = 1000


@dataclass(frozen=True)
class Progress:
    """How many triples this rater has rated, of how many that wait for one rater at the most."""

    done: int
    total: int


def rater_progress(*, rater: Rater) -> Progress:
    study = rater.study
    return Progress(rater.rated_count, study.triples_per_rater or study.triple_count)


def skipped_left(*, rater: Rater) -> int:
    """How many triples this rater skipped that still want a rating; none once they have done all.

    Read where nothing else is left, so a busy study does not pay for it.
    """
    quota = rater.study.triples_per_rater
    if quota and rater.rated_count >= quota:
        return 0
    return _put_back(rater, Assignment.State.SKIPPED).count()


def assignment_next(*, rater: Rater, now: datetime, skipped: bool = False) -> Assignment | None:
    """What the rater has in hand, else the next triple; None where nothing is left for them.

    When all else is done, what they skipped comes once more; after that only if asked (`skipped`).
    """
    study = rater.study
    lease = timedelta(minutes=study.lease_minutes)
    held = _in_hand(rater)
    if held and held.lease_until and held.lease_until > now + lease / 2:
        return held
    if study.state != Study.State.OPEN:
        return None
    assignments_lapse(study=study, now=now)
    with transaction.atomic():
        fresh = rater_lock(rater=rater)
        if fresh.study.state != Study.State.OPEN:
            return None
        held = _in_hand(rater)
        if held and _renewed(held, now + lease):
            return held
        if study.triples_per_rater and fresh.rated_count >= study.triples_per_rater:
            return None
        claimed = (
            _resume_lapsed(rater, now + lease)
            or _claim(rater, now, lease)
            or _resume_skipped(rater, now + lease, MOST_SKIPS if skipped else 1)
        )
    return _with_question(claimed) if claimed else None


def rater_lock(*, rater: Rater) -> Rater:
    """The rater's row as it is now, with its study; until the transaction ends nobody else's."""
    return (
        Rater.objects.select_for_update(no_key=True, of=("self",))
        .select_related("study")
        .get(pk=rater.pk)
    )


def assignment_skip(*, rater: Rater, token: str, now: datetime) -> None:
    """Put a triple back for others; this rater gets it after all others only. Twice is once.

    One whose lease ran out meanwhile has no place to put back, and counts as skipped too.
    """
    with transaction.atomic():
        rater_lock(rater=rater)
        assignment = (
            Assignment.objects.select_for_update()
            .filter(rater=rater, token=token)
            .filter(state__in=[Assignment.State.HELD, Assignment.State.LAPSED])
            .first()
        )
        if assignment:
            Assignment.objects.filter(pk=assignment.pk).update(skip_count=F("skip_count") + 1)
            _give_back([assignment], Assignment.State.SKIPPED)


def assignments_lapse(*, study: Study, now: datetime, everyone: bool = False) -> int:
    """Return the places whose lease ran out (or, when a study closes, all that are in hand)."""
    held = Assignment.objects.filter(study=study, state=Assignment.State.HELD)
    due = held if everyone else held.filter(lease_until__lt=now)
    if not due.exists():
        return 0
    with transaction.atomic():
        lapsed = due.select_for_update(skip_locked=not everyone)
        rows = list(lapsed if everyone else lapsed[:LAPSED_AT_ONCE])
        _give_back(rows, Assignment.State.LAPSED)
    return len(rows)


def place_take(*, assignment: Assignment, state: str, lease_until: datetime | None) -> bool:
    """Give an assignment without a place one of its triple that is open with the order it showed.

    Call inside a transaction that holds the assignment's row. False where others filled it.
    """
    place = (
        Place.objects.select_for_update(skip_locked=True)
        .filter(triple_id=assignment.triple_id, order=assignment.order, state=Place.State.OPEN)
        .first()
    )
    if place is None:
        return False
    held = state == Assignment.State.HELD
    Place.objects.filter(pk=place.pk).update(state=Place.State.HELD if held else Place.State.FILLED)
    Assignment.objects.filter(pk=assignment.pk).update(
        state=state, place=place, lease_until=lease_until
    )
    return True


def _in_hand(rater: Rater) -> Assignment | None:
    return (
        Assignment.objects.filter(rater=rater, state=Assignment.State.HELD)
        .select_related("study", "triple__question")
        .first()
    )


def _renewed(held: Assignment, lease_until: datetime) -> bool:
    """A new lease, unless somebody has returned this place in the meantime."""
    held.lease_until = lease_until
    return bool(
        Assignment.objects.filter(pk=held.pk, state=Assignment.State.HELD).update(
            lease_until=lease_until
        )
    )


def _with_question(assignment: Assignment) -> Assignment:
    return Assignment.objects.select_related("study", "triple__question").get(pk=assignment.pk)


def _put_back(rater: Rater, state: str) -> QuerySet[Assignment]:
    """What this rater had in hand and lost or skipped, where a place with its order is open."""
    free = Place.objects.filter(
        triple_id=OuterRef("triple_id"), order=OuterRef("order"), state=Place.State.OPEN
    )
    return Assignment.objects.filter(
        Exists(free), rater=rater, state=state, kind=Assignment.Kind.STUDY
    )


def _resume_lapsed(rater: Rater, lease_until: datetime) -> Assignment | None:
    """The triple this rater was reading when the lease ran out, if its place is still open."""
    lapsed = _put_back(rater, Assignment.State.LAPSED).order_by("-id")
    return _resume(lapsed, lease_until)


def _resume_skipped(rater: Rater, lease_until: datetime, most: int) -> Assignment | None:
    """The triple this rater skipped the fewest times, if not more than this."""
    skipped = _put_back(rater, Assignment.State.SKIPPED).filter(skip_count__lte=most)
    return _resume(skipped.order_by("skip_count", "id"), lease_until)


def _resume(put_back: QuerySet[Assignment], lease_until: datetime) -> Assignment | None:
    assignment = put_back.select_for_update(of=("self",)).first()
    if assignment and place_take(
        assignment=assignment, state=Assignment.State.HELD, lease_until=lease_until
    ):
        return assignment
    return None


def _claim(rater: Rater, now: datetime, lease: timedelta) -> Assignment | None:
    met = Assignment.objects.filter(
        rater=rater, triple_id=OuterRef("triple_id"), kind=Assignment.Kind.STUDY
    )
    place = (
        Place.objects.select_for_update(skip_locked=True)
        .filter(~Exists(met), study_id=rater.study_id, state=Place.State.OPEN)
        .order_by("queue")
        .first()
    )
    if place is None:
        return None
    Place.objects.filter(pk=place.pk).update(state=Place.State.HELD)
    return Assignment.objects.create(
        study_id=rater.study_id,
        rater=rater,
        triple_id=place.triple_id,
        place=place,
        order=place.order,
        claimed_at=now,
        lease_until=now + lease,
    )


def place_give_back(*, assignment: Assignment, state: str) -> None:
    """Part an assignment from its place, which is open for others then."""
    _give_back([assignment], state)


def _give_back(assignments: list[Assignment], state: str) -> None:
    places = [assignment.place_id for assignment in assignments if assignment.place_id]
    Assignment.objects.filter(pk__in=[assignment.pk for assignment in assignments]).update(
        state=state, place=None, lease_until=None
    )
    Place.objects.filter(pk__in=places).update(state=Place.State.OPEN)


def rated_count_add(*, rater_id: int) -> None:
    """One more rating by this rater; kept on the row so that no page counts ratings."""
    Rater.objects.filter(pk=rater_id).update(rated_count=F("rated_count") + 1)

"""Keeps what each rater has in hand: one triple and the one ahead, under leases.

Knows: leases, skips, flags, a rater's quota or share. Does not know: whose turn a triple is
(turns), how a place is taken (taking), bundles as a whole (bundles), what a rater sees
(raters.blinding), or what a rating says (rating).

How it holds under load
- Whatever a rater does (next, submit, skip) starts by locking the rater's row, so two tabs of one
  rater wait for each other and neither acts on what the other has just changed.
- Places that others are taking are passed by (PostgreSQL: SKIP LOCKED; SQLite: one immediate
  transaction), and nothing that a claim reads grows with the study.
- One triple is held ahead, unless it would pass the rater's quota or share, or keep the study's
  last places from raters who wait.
- A skipped triple goes to others first. A rater for whom nothing else is left gets it once more,
  so that a place which everybody skipped is not lost.
- What comes back to a rater unrated comes back in the order they saw, or, where others have that
  place by now, in any that is free, under a new token: an answer to the old screen is not read in
  the new order. An answer that comes late fills a place of the order it was given to, or none.
- Locks are always taken in the order rater, assignments by their key, place, so no two requests
  wait for each other. Leases that ran out are returned without the rater's row, by those that
  nobody is using.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from raters.models import Assignment, Flag, Place, Rater, Study
from raters.prepared import PK, Given, Prepared, PreparedUpdate
from raters.services.keeping import bundle_left, bundle_renew, place_set_aside
from raters.services.turns import turn_take

LAPSED_AT_ONCE = 200
MOST_SKIPS = 1000
LEFT_LEASE = timedelta(minutes=2)  # of a triple whose page was left
State = Assignment.State


@dataclass(frozen=True)
class Progress:
    """How many triples this rater has rated, of how many that wait for one rater at the most."""

    done: int
    total: int


def rater_progress(*, rater: Rater) -> Progress:
    study, done = rater.study, rater.rated_count
    if study.triples_per_rater:
        return Progress(done, done + bundle_left(rater=rater).count())
    return Progress(done, min(study.most_per_rater or study.triple_count, study.triple_count))


def skipped_left(*, rater: Rater) -> int:
    """How many triples this rater skipped that still want a rating; none once they have done all.

    Read where nothing else is left, so a busy study does not pay for it.
    """
    if not _has_share_left(rater, rater.study):
        return 0
    return _put_back(rater, State.SKIPPED).count()


def comes_back(*, rater: Rater) -> bool:
    """Whether what this rater skipped or lost still wants a rating of theirs."""
    return (_put_back(rater, State.SKIPPED) | _put_back(rater, State.LAPSED)).exists()


def assignments_hand(*, rater: Rater, now: datetime, skipped: bool = False) -> list[Assignment]:
    """What the rater has in hand, and what comes after it: none, one or two triples.

    When all else is done, what they skipped comes once more; after that only if asked (`skipped`).
    A paused study hands out nothing new.
    """
    with transaction.atomic():
        rater, lapses = _locked(rater, now)
        study = rater.study
        is_kept_out = rater.returned_at or rater.owes_practice
        if study.state not in (Study.State.OPEN, Study.State.PAUSED) or is_kept_out:
            return []
        if lapses:
            assignments_lapse(study=study, now=now)
        hand = _renewed(rater, study, now)
        if study.state == Study.State.OPEN and not hand:
            hand = _next(rater, study, now, MOST_SKIPS if skipped else 1)
        if study.state == Study.State.OPEN and len(hand) == 1:
            hand += _ahead(rater, study, now, hand[0])
    return hand


def assignments_renew(*, rater: Rater, tokens: list[str], now: datetime) -> bool:
    """A heartbeat: new leases for these. False where one of them is in hand no longer.

    What lapsed meanwhile is taken back where it can be: a page that is left while another shows
    the same (a reload, a second tab) has given back what is still in hand.
    """
    with transaction.atomic():
        rater = rater_lock(rater=rater)
        lease_until = now + timedelta(minutes=rater.study.lease_minutes)
        shown = Assignment.objects.filter(
            rater=rater, token__in=tokens, state__in=[State.HELD, State.LAPSED]
        )
        found = list(shown.select_for_update(no_key=True).order_by("pk"))
        held = [each for each in found if each.state == State.HELD]
        if len(found) < len(set(tokens)):
            return False
        for lost in (each for each in found if each.state == State.LAPSED):
            of_share = sum(each.kind == Assignment.Kind.STUDY for each in held)
            if not (
                rater.study.state in (Study.State.OPEN, Study.State.PAUSED)
                and not rater.returned_at
                and _has_share_left(rater, rater.study, of_share)
                and place_take(assignment=lost, state=State.HELD, lease_until=lease_until)
            ):
                return False
            held.append(lost)
        keys = [each.pk for each in held]
        Assignment.objects.filter(pk__in=keys).update(lease_until=lease_until)
        bundle_renew(rater=rater, now=now)
    return True


def assignment_leave(*, rater: Rater, ahead: str | None, now: datetime) -> None:
    """The page was left: what was never shown goes back at once, what was shown soon."""
    with transaction.atomic():
        rater_lock(rater=rater)
        held = list(_in_hand_locked(rater))
        unseen = [each for each in held if str(each.token) == ahead]
        seen = Assignment.objects.filter(pk__in=[each.pk for each in held if each not in unseen])
        seen.filter(lease_until__gt=now + LEFT_LEASE).update(lease_until=now + LEFT_LEASE)
        places_give_back(assignments=unseen, state=State.LAPSED)


def assignment_skip(*, rater: Rater, token: str, now: datetime) -> None:
    """Put a triple back for others; this rater gets it after all others only. Twice is once."""
    with transaction.atomic():
        if assignment := _unrated(rater, token):
            Assignment.objects.filter(pk=assignment.pk).update(skip_count=F("skip_count") + 1)
            places_give_back(assignments=[assignment], state=State.SKIPPED)


def assignment_flag(*, rater: Rater, token: str, reason: str, comment: str, now: datetime) -> None:
    """Put a broken question aside: never again for this rater, open for others. Twice is once."""
    with transaction.atomic():
        if assignment := _unrated(rater, token):
            Flag.objects.create(assignment=assignment, reason=reason, comment=comment, at=now)
            places_give_back(assignments=[assignment], state=State.FLAGGED)
            if assignment.kind == Assignment.Kind.STUDY:
                place_set_aside(rater=rater, triple_id=assignment.triple_id)
                bundle_renew(rater=rater, now=now)


def assignments_lapse(*, study: Study, now: datetime, everyone: bool = False) -> int:
    """Return the places whose lease ran out (or, when a study closes, all that are in hand)."""
    held = Assignment.objects.filter(study=study, state=State.HELD)
    due = held if everyone else held.filter(lease_until__lt=now)
    with transaction.atomic():
        lapsed = due.select_for_update(skip_locked=not everyone, no_key=True)
        rows = list(lapsed if everyone else lapsed[:LAPSED_AT_ONCE])
        places_give_back(assignments=rows, state=State.LAPSED)
    return len(rows)


def place_take(*, assignment: Assignment, state: str, lease_until: datetime | None) -> bool:
    """Give an assignment without a place one of its triple that is open with the order it showed.

    Call inside a transaction that holds the assignment's row. False where others filled it, or
    where it is kept in somebody's bundle. A check or a repeat needs no place.
    """
    place = None
    if assignment.kind == Assignment.Kind.STUDY:
        place = _free_locked(assignment).filter(order=assignment.order).first()
        if place is None:
            return False
    _put_in_place(assignment, place, state, lease_until)
    return True


def places_give_back(*, assignments: list[Assignment], state: str) -> None:
    """Part assignments, whose rows are locked, from their places: others may have these then."""
    places = [each.place_id for each in assignments if each.place_id]
    Assignment.objects.filter(pk__in=[each.pk for each in assignments]).update(
        state=state, place=None, lease_until=None
    )
    Place.objects.filter(pk__in=places).update(state=Place.State.OPEN)


def rater_lock(*, rater: Rater) -> Rater:
    """The rater's row as it is now, with its study; until the transaction ends nobody else's."""
    return _rows_locked().get(pk=rater.pk)


def rated_count_add(*, rater_id: int) -> None:
    """One more rating by this rater; kept on the row so that no page counts ratings."""
    ONE_MORE.run(rater=rater_id)


def aside_count_add(*, rater_id: int) -> None:
    """One more check or repeat answered, which is none of a rater's share."""
    ONE_MORE_ASIDE.run(rater=rater_id)


# --- in hand -------------------------------------------------------------------------------------
def _rows_locked() -> QuerySet[Rater]:
    rows = Rater.objects.select_for_update(no_key=True, of=("self",)).select_related("study")
    return rows.defer("study__instructions", "study__funnel")


def _rows_with_lapses() -> QuerySet[Rater]:
    due = Assignment.objects.filter(
        study_id=OuterRef("study_id"),
        state=State.HELD,
        lease_until__lt=Given("now", models.DateTimeField()),
    )
    return _rows_locked().annotate(has_lapses=Exists(due)).filter(pk=Given("rater", PK))


# What every rating runs, compiled once.
ROW_WITH_LAPSES = Prepared(_rows_with_lapses)
IN_HAND = Prepared(
    lambda: Assignment.objects.filter(rater_id=Given("rater", PK), state=State.HELD).order_by("pk")
)
ONE_MORE = PreparedUpdate(
    lambda: Rater.objects.filter(pk=Given("rater", PK)), rated_count=F("rated_count") + 1
)
ONE_MORE_ASIDE = PreparedUpdate(
    lambda: Rater.objects.filter(pk=Given("rater", PK)), aside_count=F("aside_count") + 1
)


def _locked(rater: Rater, now: datetime) -> tuple[Rater, bool]:
    """The locked row, and whether the study has leases that ran out: one read tells both."""
    (row,) = ROW_WITH_LAPSES.rows(rater=rater.pk, now=now)
    return row, bool(vars(row)["has_lapses"])


def _in_hand_locked(rater: Rater) -> QuerySet[Assignment]:
    held = Assignment.objects.filter(rater=rater, state=State.HELD)
    return held.select_for_update(no_key=True).order_by("pk")


def _renewed(rater: Rater, study: Study, now: datetime) -> list[Assignment]:
    """What is in hand, what is to be shown first, with leases of which half is left at least."""
    lease = timedelta(minutes=study.lease_minutes)
    held = IN_HAND.rows(rater=rater.pk)
    if any(each.lease_until < now + lease / 2 for each in held if each.lease_until):
        held = list(_in_hand_locked(rater))
        keys = [each.pk for each in held]
        Assignment.objects.filter(pk__in=keys).update(lease_until=now + lease)
        for each in held:
            each.lease_until = now + lease
    for each in held:
        each.study = study
    return sorted(held, key=lambda each: (each.claimed_at, each.pk))


def _next(rater: Rater, study: Study, now: datetime, most_skips: int) -> list[Assignment]:
    """The triple that a rater with empty hands gets."""
    if not _has_share_left(rater, study):
        return []
    found = (
        _resume_lapsed(rater, now)
        or turn_take(rater=rater, study=study, now=now, ahead=False)
        or _resume_skipped(rater, now, most_skips)
    )
    return [found] if found else []


def _ahead(rater: Rater, study: Study, now: datetime, first: Assignment) -> list[Assignment]:
    """What a rater may have ready while this one is judged; nothing comes after a second try."""
    of_share = int(first.kind == Assignment.Kind.STUDY)
    if first.skip_count or not _has_share_left(rater, study, of_share):
        return []
    found = turn_take(rater=rater, study=study, now=now, ahead=True)
    found = found or _resume_lapsed(rater, now)
    return [found] if found else []


def _has_share_left(rater: Rater, study: Study, in_hand: int = 0) -> bool:
    """Where no bundles are kept a rater has a share; nobody rates more triples than there are."""
    return rater.rated_count + in_hand < min(
        study.most_per_rater or study.triple_count, study.triple_count
    )


# --- what comes back -----------------------------------------------------------------------------
def _unrated(rater: Rater, token: str) -> Assignment | None:
    """The assignment with this token, locked; also where its lease has run out meanwhile."""
    rater_lock(rater=rater)
    return (
        Assignment.objects.select_for_update(no_key=True)
        .filter(rater=rater, token=token, state__in=[State.HELD, State.LAPSED])
        .first()
    )


def _free_places(rater: int | OuterRef) -> QuerySet[Place]:
    return Place.objects.filter(Q(bundle=None) | Q(bundle__rater=rater), state=Place.State.OPEN)


def _free_locked(assignment: Assignment) -> QuerySet[Place]:
    free = _free_places(assignment.rater_id).filter(triple_id=assignment.triple_id)
    return free.select_for_update(skip_locked=True, of=("self",), no_key=True)


def _put_in_place(
    assignment: Assignment, place: Place | None, state: str, lease_until: datetime | None
) -> None:
    if place:
        place.state = Place.State.HELD if state == State.HELD else Place.State.FILLED
        place.save(update_fields=["state"])
    assignment.place, assignment.state, assignment.lease_until = place, state, lease_until
    assignment.save(update_fields=["place", "state", "lease_until"])


def _put_back(rater: Rater, state: str) -> QuerySet[Assignment]:
    """What this rater had in hand and lost or skipped, where a place of its triple is open."""
    free = _free_places(OuterRef("rater_id")).filter(triple_id=OuterRef("triple_id"))
    return Assignment.objects.filter(
        Exists(free), rater=rater, state=state, kind=Assignment.Kind.STUDY
    )


def _resume_lapsed(rater: Rater, now: datetime) -> Assignment | None:
    """The triple this rater was reading when the lease ran out, if its place is still open.

    By time, of which there is no index: ordered by the key, PostgreSQL would walk all that a
    diligent rater has rated to find that nothing has lapsed.
    """
    return _resume(_put_back(rater, State.LAPSED).order_by("claimed_at", "pk"), rater, now)


def _resume_skipped(rater: Rater, now: datetime, most: int) -> Assignment | None:
    """The triple this rater skipped the fewest times, if not more than this."""
    skipped = _put_back(rater, State.SKIPPED).filter(skip_count__lte=most)
    return _resume(skipped.order_by("skip_count", "pk"), rater, now)


def _resume(put_back: QuerySet[Assignment], rater: Rater, now: datetime) -> Assignment | None:
    assignment = put_back.select_for_update(of=("self",), no_key=True).first()
    if assignment is None:
        return None
    free = list(_free_locked(assignment).order_by("queue"))
    place = next((each for each in free if each.order == assignment.order), None)
    if not (place := place or next(iter(free), None)):
        return None
    if place.order != assignment.order:
        assignment.order, assignment.token = place.order, uuid4()
    # Claimed anew, so that what is in hand stays before what is ahead.
    assignment.claimed_at, assignment.study = now, rater.study
    assignment.save(update_fields=["order", "token", "claimed_at"])
    _put_in_place(assignment, place, State.HELD, now + timedelta(minutes=rater.study.lease_minutes))
    bundle_renew(rater=rater, now=now)
    return assignment

"""Takes a rating in: one conditional transaction, safe to send twice.

Knows: what makes a rating acceptable and what it does to its place. Does not know: how triples
are handed out (assigning) or what a rating means (raters.preferences, raters.statistics).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from raters import blinding
from raters.models import Assignment, Place, Rater, Rating, Study, TripleRationale
from raters.services import assigning

REVISABLE = (Assignment.State.RATED, Assignment.State.LATE)
LONGEST_MS = 24 * 3600 * 1000


class RatingRefused(Exception):
    """Why a rating is not taken, as a sentence for the rater, with the HTTP status that fits."""

    def __init__(self, sentence: str, status: int) -> None:
        self.status = status
        super().__init__(sentence)


@dataclass(frozen=True)
class Submitted:
    rating: Rating
    was_late: bool
    is_repeat: bool


def rating_submit(
    *,
    rater: Rater,
    token: str,
    key: str,
    outcome: str,
    slot: int | None,
    now: datetime,
    visible_ms: int | None = None,
    blurred_ms: int | None = None,
    revise: bool = False,
) -> Submitted:
    """Store a judgement of the assignment with this token; `slot` 0 is A1.

    The same key again answers the same and stores nothing. A rating whose lease ran out still
    fills its place if nobody else did, and is kept as late if somebody did. `revise` replaces
    the rating that is there; without it a second key for the same assignment is refused.
    """
    assignment_token, rating_key = _uuid(token), _uuid(key)
    with transaction.atomic():
        assigning.rater_lock(rater=rater)
        assignment = (
            Assignment.objects.select_for_update(of=("self",))
            .select_related("study")
            .filter(rater=rater, token=assignment_token)
            .first()
        )
        if assignment is None:
            raise RatingRefused(_("This triple was not handed to you."), 404)
        stored = assignment.ratings.filter(key=rating_key).first()
        if stored:
            return Submitted(stored, stored.is_late, is_repeat=True)
        picked_id = _picked_id(assignment, outcome, slot)
        is_late = _make_room(assignment, revise)
        rating = Rating.objects.create(
            assignment=assignment,
            key=rating_key,
            outcome=outcome,
            slot=slot,
            picked_id=picked_id,
            is_late=is_late,
            visible_ms=_milliseconds(visible_ms),
            blurred_ms=_milliseconds(blurred_ms),
            submitted_at=now,
        )
    return Submitted(rating, is_late, is_repeat=False)


def rating_last(*, rater: Rater) -> Assignment | None:
    """The triple that this rater judged last, to be shown again."""
    last = (
        Rating.objects.filter(
            assignment__rater=rater, assignment__state__in=REVISABLE, is_current=True
        )
        .select_related("assignment__study", "assignment__triple__question")
        .order_by("-submitted_at", "-id")
        .first()
    )
    return last.assignment if last else None


def _make_room(assignment: Assignment, revise: bool) -> bool:
    """Move the assignment to where a rating may be added; True where the rating comes late."""
    if assignment.state in REVISABLE:
        if not revise:
            raise RatingRefused(_("You have rated this one already; U brings it back."), 409)
        if not _is_open(assignment.study_id):
            raise RatingRefused(_("The study has closed, so its ratings stay as they are."), 410)
        assignment.ratings.filter(is_current=True).update(is_current=False)
        return assignment.state == Assignment.State.LATE
    assigning.rated_count_add(rater_id=assignment.rater_id)
    if assignment.state == Assignment.State.HELD:
        return not _filled(assignment)
    if _is_open(assignment.study_id) and assigning.place_take(
        assignment=assignment, state=Assignment.State.RATED, lease_until=None
    ):
        return False
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.LATE)
    return True


def _filled(assignment: Assignment) -> bool:
    """Fill the place in hand; False where it was handed out just as the study closed."""
    if assignment.study.state != Study.State.OPEN:
        assigning.place_give_back(assignment=assignment, state=Assignment.State.LATE)
        return False
    if assignment.place_id:
        Place.objects.filter(pk=assignment.place_id).update(state=Place.State.FILLED)
    Assignment.objects.filter(pk=assignment.pk).update(
        state=Assignment.State.RATED, lease_until=None
    )
    return True


def _is_open(study_id: int) -> bool:
    """Whether the study takes ratings, which nobody changes until this transaction ends.

    A place in hand needs no such lock: closing waits for it, since it takes it back.
    """
    study = Study.objects.select_for_update(no_key=True).only("state").get(pk=study_id)
    return study.state == Study.State.OPEN


def _picked_id(assignment: Assignment, outcome: str, slot: int | None) -> int | None:
    study = assignment.study
    allowed = {
        Rating.Outcome.PICK: True,
        Rating.Outcome.NONE: study.allows_none_good,
        Rating.Outcome.TIE: study.allows_too_close,
    }
    if not allowed.get(outcome):  # type: ignore[call-overload]
        sentence = _("'%s' is not an answer in this study.") % outcome[:20]
        raise RatingRefused(sentence, 422)
    if outcome != Rating.Outcome.PICK:
        if slot is not None:
            raise RatingRefused(_("That answer picks no rationale."), 422)
        return None
    try:
        position = blinding.position_in_slot(assignment, -1 if slot is None else slot)
    except IndexError:
        raise RatingRefused(_("Pick one of the rationales shown."), 422) from None
    return TripleRationale.objects.get(triple_id=assignment.triple_id, position=position).pk


def _uuid(text: str) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise RatingRefused(_("That form is not one of ours; reload the page."), 422) from None


def _milliseconds(value: int | None) -> int | None:
    """A browser's clock is not to be trusted: within a day, or unknown."""
    return value if value is not None and 0 <= value <= LONGEST_MS else None

"""Takes a rating in: one conditional transaction, safe to send twice.

Knows: what a rating does to its place, and when it comes late. Does not know: what makes a
judgement whole (raters.judgement), how triples are handed out (assigning), who is sending (the
token of an assignment says who was handed it), or what a rating means (raters.preferences).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from raters import blinding
from raters.judgement import Judgement, NotAJudgement, check
from raters.models import Assignment, Place, Rater, Rating, Study, TripleRationale
from raters.prepared import PK, Given, Prepared, PreparedUpdate, store
from raters.services import assigning
from raters.services.keeping import bundle_renew

REVISABLE = (Assignment.State.RATED, Assignment.State.LATE)
JUDGED = (*REVISABLE, Assignment.State.PARTIAL)
TAKING = (Study.State.OPEN, Study.State.PAUSED)
LONGEST_MS = 24 * 3600 * 1000
LONGEST_VIEWPORT = 11


class RatingRefused(Exception):
    """Why a rating is not taken, as a sentence for the rater, with the HTTP status that fits.

    `assignment` is what it was meant for, where there is one, with its rater and study.
    """

    def __init__(self, sentence: str, status: int, assignment: Assignment | None = None) -> None:
        self.status, self.assignment = status, assignment
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The stored rating; `rater` is as this left them, with their study."""

    rating: Rating
    rater: Rater
    was_late: bool
    is_repeat: bool


def rating_submit(
    *,
    token: str,
    key: str,
    judgement: Judgement,
    now: datetime,
    elapsed_ms: int | None = None,
    visible_ms: int | None = None,
    blurred_ms: int | None = None,
    viewport: str = "",
    revise: bool = False,
) -> Submitted:
    """Store a judgement of the assignment with this token, by the rater whom it was handed to.

    The same key again answers the same and stores nothing. A rating whose lease ran out still
    fills its place if nobody else did, and is kept as late if somebody did. `revise` replaces
    the rating that is there; without it a second key for the same assignment is refused.
    """
    rating_key = _uuid(key)
    with transaction.atomic():
        assignment = _handed(_uuid(token))
        rating = Rating(
            assignment=assignment,
            key=rating_key,
            elapsed_ms=_milliseconds(elapsed_ms),
            visible_ms=_milliseconds(visible_ms),
            blurred_ms=_milliseconds(blurred_ms),
            viewport=viewport[:LONGEST_VIEWPORT],
            submitted_at=now,
        )
        _say(rating, judgement)
        if not _filled(assignment):
            current = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
            if stored := _stored(current, rating_key):
                return Submitted(stored, assignment.rater, stored.is_late, is_repeat=True)
            current.study, current.rater = assignment.study, assignment.rater
            rating.is_late = _make_room(current, revise)
        store(rating)
        bundle_renew(rater=assignment.rater, now=now)
    return Submitted(rating, assignment.rater, rating.is_late, is_repeat=False)


def ratings_last(*, rater: Rater, most: int) -> list[Rating]:
    """What this rater said last, newest first, with the questions; each may be revised."""
    return list(
        Rating.objects.filter(
            assignment__rater=rater, assignment__state__in=REVISABLE, is_current=True
        )
        .select_related("assignment__triple__question")
        .order_by("-submitted_at", "-id")[:most]
    )


def rated_again(*, rater: Rater, token: str) -> Assignment | None:
    """A triple that this rater has judged, to be shown for revision; None where they have not."""
    return Assignment.objects.filter(rater=rater, token=_uuid(token), state__in=REVISABLE).first()


# --- inside the transaction ----------------------------------------------------------------------
# What every rating runs, compiled once.
HANDED = Prepared(
    lambda: (
        Assignment.objects.select_for_update(no_key=True, of=("rater",))
        .select_related("rater", "study")
        .defer("study__instructions", "study__funnel")
        .filter(token=Given("token", models.UUIDField()))
    )
)
MEMBERS = Prepared(
    lambda: (
        TripleRationale.objects.filter(triple_id=Given("triple", PK))
        .order_by()
        .values_list("position", "pk", "shown_text")
    )
)
# A study's triple is in hand with a place, a check or a repeat without: the database sees to it.
TO_RATED = PreparedUpdate(
    lambda: Assignment.objects.filter(
        Q(place_id=Given("place", PK)) | Q(place_id=None),
        pk=Given("pk", PK),
        state=Assignment.State.HELD,
    ),
    state=Assignment.State.RATED,
    lease_until=None,
)
TO_FILLED = PreparedUpdate(
    lambda: Place.objects.filter(pk=Given("pk", PK)), state=Place.State.FILLED
)


def _handed(token: UUID) -> Assignment:
    """The assignment with its study, and with its rater's row locked, which comes first always.

    Whoever waited for that row reads an assignment that may have moved on: see `_filled`.
    """
    assignment = HANDED.first(token=token)
    if assignment is None:
        # Never handed out, or handed out anew in another order: see assigning.
        raise RatingRefused(_("That triple has moved on. Please answer what you see now."), 404)
    if assignment.rater.way_out == Rater.WayOut.WITHDRAWN:
        sentence = _("You have withdrawn from this study, so nothing more of you is stored.")
        raise RatingRefused(sentence, 410, None)
    assignment.rater.study = assignment.study
    return assignment


def _say(rating: Rating, judgement: Judgement) -> None:
    """Put the judgement, checked, into the rating's columns."""
    assignment = rating.assignment
    texts = _texts(assignment)
    steps = tuple(len(lines.splitlines()) for _, lines in texts)
    try:
        said = check(judgement, blinding.asked_of(assignment.study, steps=steps))
    except NotAJudgement as refusal:
        raise RatingRefused(_(refusal.sentence) % refusal.values, 422, assignment) from None
    rating.outcome, rating.slot, rating.ranks = said.outcome, said.slot, said.ranks
    rating.picked_id = None if said.slot is None else texts[said.slot][0]
    rating.reasons, rating.step_marks, rating.scores = said.reasons, said.marks, said.scores
    rating.comment = said.comment


def _texts(assignment: Assignment) -> list[tuple[int, str]]:
    """Key and text of the rationale in each slot."""
    rows = MEMBERS.rows(triple=assignment.triple_id)
    found = {position: (pk, text) for position, pk, text in rows}
    return [found[position] for position in blinding.positions(assignment)]


def _filled(assignment: Assignment) -> bool:
    """Fill the place in hand; False where it is in hand no longer, or the study has closed."""
    if assignment.state != Assignment.State.HELD or assignment.study.state not in TAKING:
        return False
    if not TO_RATED.run(pk=assignment.pk, place=assignment.place_id):
        return False
    if assignment.place_id:
        TO_FILLED.run(pk=assignment.place_id)
    _count(assignment)
    return True


def _stored(assignment: Assignment, key: UUID) -> Rating | None:
    if assignment.state not in JUDGED:
        return None
    return assignment.ratings.filter(key=key).first()


def _make_room(assignment: Assignment, revise: bool) -> bool:
    """Move the assignment to where a rating may be added; True where the rating comes late."""
    if assignment.state in JUDGED:
        return _replace(assignment, revise)
    if _filled(assignment):
        return False
    _count(assignment)
    if assignment.state == Assignment.State.HELD:
        assigning.places_give_back(assignments=[assignment], state=Assignment.State.LATE)
        return True
    if _is_taking(assignment.study_id) and assigning.place_take(
        assignment=assignment, state=Assignment.State.RATED, lease_until=None
    ):
        return False
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.LATE)
    return True


def _replace(assignment: Assignment, revise: bool) -> bool:
    if not revise or assignment.state not in REVISABLE:
        sentence = _("You have rated this one already. This is the answer that is stored.")
        raise RatingRefused(sentence, 409, assignment)
    if not _is_taking(assignment.study_id):
        raise RatingRefused(_("The study has closed, so its ratings stay as they are."), 410)
    assignment.ratings.filter(is_current=True).update(is_current=False)
    return assignment.state == Assignment.State.LATE


def _count(assignment: Assignment) -> None:
    """One more rating by this rater; checks and repeats are none of their share."""
    if assignment.kind == Assignment.Kind.STUDY:
        assignment.rater.rated_count += 1
        assigning.rated_count_add(rater_id=assignment.rater_id)
    else:
        assignment.rater.aside_count += 1
        assigning.aside_count_add(rater_id=assignment.rater_id)


def _is_taking(study_id: int) -> bool:
    """Whether the study takes ratings, which nobody changes until this transaction ends.

    A place in hand needs no such lock: closing waits for it, since it takes it back.
    """
    study = Study.objects.select_for_update(no_key=True).only("state").get(pk=study_id)
    return study.state in TAKING


def _uuid(text: str) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise RatingRefused(_("That form is not one of ours; reload the page."), 422) from None


def _milliseconds(value: int | None) -> int | None:
    """A browser's clock is not to be trusted: within a day, or unknown."""
    return value if value is not None and 0 <= value <= LONGEST_MS else None

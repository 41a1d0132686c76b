"""From an assignment to what its rater may see, and back. The one place that knows the order.

A rater gets a frozen plain value: no row, source, model, batch, verdict, primary key or order of
creation is in it, so a template cannot leak what it never holds. Texts come from the triple's
members as normalised when the study was made (normalisation.py). Does not decide who may rate
(assigning) and writes nothing.
"""

from dataclasses import dataclass

from generation.answers import Choice, display_answer
from raters.models import Assignment, TripleRationale


@dataclass(frozen=True)
class BlindTriple:
    """What one screen shows. `texts` has a tuple of lines a slot, in the order shown."""

    token: str
    question: str
    choices: tuple[tuple[str, str], ...]
    gold: str
    texts: tuple[tuple[str, ...], ...]
    given: str
    allows_none: bool
    allows_tie: bool


def blind(assignment: Assignment) -> BlindTriple:
    """What the rater of this assignment may see; `given` is the answer already stored, or ""."""
    study, question = assignment.study, assignment.triple.question
    choices = tuple(Choice(**choice) for choice in question.choices)
    shown = dict(
        TripleRationale.objects.filter(triple_id=assignment.triple_id).values_list(
            "position", "shown_text"
        )
    )
    return BlindTriple(
        token=str(assignment.token),
        question=question.text,
        choices=choices,
        gold=display_answer(question.gold_answer, choices) if study.shows_gold_answer else "",
        texts=tuple(
            tuple(shown[position].splitlines()) for position in _positions(assignment.order)
        ),
        given=_given(assignment),
        allows_none=study.allows_none_good,
        allows_tie=study.allows_too_close,
    )


def position_in_slot(assignment: Assignment, slot: int) -> int:
    """Which of the triple's rationales stood in a slot (0 is A1). Raises IndexError beyond them."""
    if slot < 0:
        raise IndexError(slot)
    return _positions(assignment.order)[slot]


def order_text(order: tuple[int, ...]) -> str:
    """An order as its place stores it: one digit a slot."""
    return "".join(str(position) for position in order)


def _positions(order: str) -> tuple[int, ...]:
    return tuple(int(digit) for digit in order)


def _given(assignment: Assignment) -> str:
    if assignment.state == Assignment.State.HELD:
        return ""
    rating = assignment.ratings.filter(is_current=True).first()
    if rating is None:
        return ""
    return rating.outcome if rating.slot is None else str(rating.slot + 1)

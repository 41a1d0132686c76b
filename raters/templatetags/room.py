"""What the rating room draws a slot: one triple and what was given for it, cut into cards.

Knows: the blind value's shape and the field names of the form. Does not know: any row; the blind
value is all that it is handed, so nothing else can reach the page.
"""

from dataclasses import dataclass

from django import template

from raters.blinding import BlindTriple
from raters.judgement import Asked, Judgement

register = template.Library()
NOTHING = Judgement(outcome="")


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    text: str
    mark: int | None
    is_asked: bool  # nothing is asked of the steps after the first error


@dataclass(frozen=True, slots=True)
class Reason:
    key: str
    name: str
    value: str
    is_given: bool


@dataclass(frozen=True, slots=True)
class Scale:
    number: int
    name: str
    points: range
    given: int | None


@dataclass(frozen=True, slots=True)
class Card:
    number: int
    steps: tuple[Step, ...]
    is_picked: bool
    rank: str
    has_no_errors: bool
    reasons: tuple[Reason, ...]
    scales: tuple[Scale, ...]


@register.simple_tag
def cards_of(triple: BlindTriple) -> list[Card]:
    """The cards of a triple, from left to right."""
    given = triple.given or NOTHING
    return [_card(slot, lines, triple.asked, given) for slot, lines in enumerate(triple.texts)]


@register.filter
def sends_at_once(asked: Asked) -> bool:
    """Whether a pick is the whole answer, so that the key that picks also sends."""
    return asked.protocol == "pick-best" and not (
        asked.reasons or asked.asks_marks or asked.criteria or asked.asks_comment
    )


@register.filter
def numbers(count: int) -> range:
    """1, 2, 3 for a count of three."""
    return range(1, count + 1)


def _card(slot: int, lines: tuple[str, ...], asked: Asked, given: Judgement) -> Card:
    marks = given.marks[slot] if asked.asks_marks and slot < len(given.marks) else None
    scores = given.scores[slot] if slot < len(given.scores) else ()
    return Card(
        number=slot + 1,
        steps=tuple(_step(number, text, marks or ()) for number, text in enumerate(lines, start=1)),
        is_picked=given.outcome == "pick" and given.slot == slot,
        rank=given.ranks[slot : slot + 1],
        has_no_errors=marks == (),
        reasons=tuple(
            Reason(key, name, f"{slot + 1}:{key}", (slot, key) in given.reasons)
            for key, name in asked.reasons
        ),
        scales=tuple(
            Scale(number, name, numbers(points), scores[number - 1] if scores else None)
            for number, (name, points) in enumerate(asked.criteria, start=1)
        ),
    )


def _step(number: int, text: str, marks: tuple[int | None, ...]) -> Step:
    mark = marks[number - 1] if number <= len(marks) else None
    is_asked = -1 not in marks[: number - 1]
    return Step(number=number, text=text, mark=mark, is_asked=is_asked)

"""Routes: the ways from a story to its answer, each an ordered list of steps.

All routes of a story reach the same answer; which numbers meet on the way differs. Steps point at
each other (`Ref`), so that the noisy author can change one and let the others follow.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .stories import Event, Story

LARGEST = 100


@dataclass(frozen=True)
class Ref:
    """The result of an earlier step."""

    step: int


Operand = int | Ref


@dataclass(frozen=True)
class Step:
    """`operands` joined by `signs`; `words` has `{eq}` where the equation goes."""

    words: str
    operands: tuple[Operand, ...]
    signs: str


def in_turn(story: Story) -> list[Step]:
    """One event after the other, each amount worked out when it is needed."""
    return chain(story, story.events, work_first=False)


def work_first(story: Story) -> list[Step]:
    """Work out every amount, then one event after the other."""
    return chain(story, story.events, work_first=True)


def gains_first(story: Story) -> list[Step]:
    """All that adds, then all that takes away, in one running total."""
    return chain(story, sorted(story.events, key=lambda e: -e.sign), work_first=False)


def groups(story: Story) -> list[Step]:
    """Sum what adds, sum what takes away, subtract once."""
    steps: list[Step] = []
    gains = summed(story, steps, [e for e in story.events if e.sign > 0], "gains")
    losses = [e for e in story.events if e.sign < 0]
    if losses:
        total = summed(story, steps, losses, "losses")
        steps.append(Step(story.words["last"], (gains, total), "-"))
    return steps


ROUTES = (in_turn, work_first, gains_first, groups)


def chain(story: Story, events: Iterable[Event], *, work_first: bool) -> list[Step]:
    """A running total over the events; `amounts` is lazy unless all work comes first."""
    steps: list[Step] = []
    events = list(events)
    amounts: Iterable[Operand] = (worked_out(event, steps) for event in events)
    amounts = iter(list(amounts)) if work_first else iter(amounts)
    total = next(amounts)
    for event, amount in zip(events[1:], amounts, strict=True):
        sign = "+" if event.sign > 0 else "-"
        words = story.words[sign].replace("{noun}", event.noun)
        steps.append(Step(words, (total, amount), sign))
        total = Ref(len(steps) - 1)
    return steps


def summed(story: Story, steps: list[Step], events: list[Event], word: str) -> Operand:
    """Append the steps that sum `events`; the total as an operand."""
    amounts = [worked_out(event, steps) for event in events]
    total = amounts[0]
    for left, amount in zip(range(len(amounts) - 2, -1, -1), amounts[1:], strict=True):
        words = story.words["so far" if left else word]
        steps.append(Step(words, (total, amount), "+"))
        total = Ref(len(steps) - 1)
    return total


def worked_out(event: Event, steps: list[Step]) -> Operand:
    """The event's amount as an operand; the step that finds it, if any, is appended."""
    if event.work is None:
        return event.amount
    left, sign, right = event.work
    steps.append(Step(event.work_words, (left, right), sign))
    return Ref(len(steps) - 1)


def results(steps: list[Step]) -> list[int]:
    """What each step truly comes to."""
    values: list[int] = []
    for step in steps:
        values.append(compute(read(step.operands, values), step.signs))
    return values


def read(operands: tuple[Operand, ...], values: list[int]) -> list[int]:
    return [values[o.step] if isinstance(o, Ref) else o for o in operands]


def compute(numbers: list[int], signs: str) -> int:
    """Left to right; a product never stands beside another sign."""
    value = numbers[0]
    for sign, number in zip(signs, numbers[1:], strict=True):
        value = {"+": value + number, "-": value - number, "*": value * number}[sign]
    return value


def is_walkable(steps: list[Step]) -> bool:
    """Every result is a number that a small model can handle and a child would accept."""
    return all(0 < value <= LARGEST for value in results(steps))


def routes_of(story: Story) -> list[list[Step]]:
    """The story's walkable routes, each reasoning once."""
    found: list[list[Step]] = []
    for steps in (route(story) for route in ROUTES):
        if is_walkable(steps) and outline(steps) not in map(outline, found):
            found.append(steps)
    return found


def outline(steps: list[Step]) -> list[tuple[str, list[int]]]:
    """The bare reckoning: signs and numbers, whatever their words and order."""
    values = results(steps)
    return [(step.signs, sorted(read(step.operands, values))) for step in steps]


def join_steps(steps: list[Step], rng: random.Random) -> list[Step]:
    """Two sums in one equation, `12 + 5 - 4 = 13`, where one step feeds the next."""
    places = [i for i in range(len(steps) - 1) if can_join(steps, i)]
    if not places:
        return steps
    i = rng.choice(places)
    first, second = steps[i], steps[i + 1]
    both = replace(
        second,
        operands=(*first.operands, *second.operands[1:]),
        signs=first.signs + second.signs,
    )
    return [*steps[:i], both, *(shifted(step, i) for step in steps[i + 2 :])]


def can_join(steps: list[Step], i: int) -> bool:
    first, second = steps[i], steps[i + 1]
    feeds = second.operands[0] == Ref(i) and Ref(i) not in second.operands[1:]
    later = any(Ref(i) in step.operands for step in steps[i + 2 :])
    return feeds and not later and "*" not in first.signs + second.signs


def shifted(step: Step, gone: int) -> Step:
    """The step's references after step `gone` has been merged into the next."""
    moved = tuple(
        Ref(o.step - 1) if isinstance(o, Ref) and o.step > gone else o for o in step.operands
    )
    return replace(step, operands=moved)

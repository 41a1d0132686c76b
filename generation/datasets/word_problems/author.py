"""Who writes the solutions: a careful author, and a noisy one for the training corpus.

The careful author goes one of the story's routes, a sentence and an equation a step. The noisy
author has habits. Some keep the answer right and change the reasoning: another route, a step left
out, two steps in one, a needless detour, a slip that heals or is cancelled by a second one, a
summary that cannot be, a jump.
Others spoil the answer: a slip carried on, the wrong sign, an event forgotten, an early stop. A
model trained on this corpus inherits the habits; that is what raters are there to judge.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from .routes import (
    Ref,
    Step,
    compute,
    is_walkable,
    join_steps,
    read,
    results,
    routes_of,
)
from .stories import Story


@dataclass(frozen=True)
class Line:
    """A written step: what stands on paper, be it true or not."""

    words: str
    numbers: tuple[int, ...]
    signs: str
    result: int
    never_bare: bool = False

    @property
    def equation(self) -> str:
        left = str(self.numbers[0])
        for sign, number in zip(self.signs, self.numbers[1:], strict=True):
            left += f" {sign} {number}"
        return f"{left} = {self.result}"

    def text(self, *, bare: bool) -> str:
        bare = bare and not self.never_bare
        return self.equation + "." if bare else self.words.replace("{eq}", self.equation)


@dataclass(frozen=True)
class Draft:
    """Lines on paper and the answer that they end in."""

    lines: list[Line]
    answer: int
    bare: bool = False

    def text(self) -> str:
        written = [line.text(bare=self.bare) for line in self.lines]
        return " ".join([*written, f"The answer is {self.answer}."])


def write(steps: list[Step], slips: dict[int, int] | None = None) -> Draft:
    """Write the steps down. A slip is added to a step's result and carried on from there."""
    lines: list[Line] = []
    for i, step in enumerate(steps):
        numbers = read(step.operands, [line.result for line in lines])
        result = compute(numbers, step.signs) + (slips or {}).get(i, 0)
        lines.append(Line(step.words, tuple(numbers), step.signs, result))
    return Draft(lines, lines[-1].result)


def careful(story: Story) -> str:
    """The reference: all steps, all true, by a route that the question decides."""
    return write(any_route(story, random.Random(story.question))).text()


def any_route(story: Story, rng: random.Random) -> list[Step]:
    return rng.choice(routes_of(story))


# Habits that keep the answer right. Each takes the steps and returns what is written.


def clean(steps: list[Step], rng: random.Random) -> Draft:
    return write(steps)


def joined(steps: list[Step], rng: random.Random) -> Draft:
    """Two steps in one equation, once or twice."""
    for _ in range(rng.randint(1, 2)):
        steps = join_steps(steps, rng)
    return write(steps)


def skipped(steps: list[Step], rng: random.Random) -> Draft:
    """A step done in the head: its result turns up from nowhere, or the answer does."""
    draft = write(steps)
    gone = rng.randrange(len(steps))
    return replace(draft, lines=[line for i, line in enumerate(draft.lines) if i != gone])


def jumped(steps: list[Step], rng: random.Random) -> Draft:
    return replace(write(steps), lines=[])


def healed(steps: list[Step], rng: random.Random) -> Draft:
    """A false result on paper, and the right one used in the next step."""
    draft = write(steps)
    i = rng.randrange(len(steps))
    line = draft.lines[i]
    wrong = replace(line, result=line.result + slip(rng, line.result))
    return replace(draft, lines=[*draft.lines[:i], wrong, *draft.lines[i + 1 :]])


def cancelled(steps: list[Step], rng: random.Random) -> Draft:
    """A slip carried into the next step, whose result is false the other way."""
    draft = healed(steps[:-1], rng) if len(steps) > 1 else write(steps)
    truth = results(steps)
    lines: list[Line] = []
    on_paper = [line.result for line in draft.lines]
    for i, step in enumerate(steps):
        numbers = read(step.operands, [*on_paper, truth[-1]])
        result = on_paper[i] if i < len(on_paper) else truth[i]
        lines.append(Line(step.words, tuple(numbers), step.signs, result))
    return Draft(lines, truth[-1])


def misread(steps: list[Step], rng: random.Random) -> Draft:
    """A wrong number in the equation, and yet its right result."""
    draft = write(steps)
    i = rng.randrange(len(steps))
    line = draft.lines[i]
    last = line.numbers[-1]
    numbers = (*line.numbers[:-1], last + slip(rng, last))
    wrong = replace(line, numbers=numbers)
    return replace(draft, lines=[*draft.lines[:i], wrong, *draft.lines[i + 1 :]])


def checked(steps: list[Step], rng: random.Random) -> Draft:
    """A check of the end that the answer does not need; half of the time it is false."""
    draft = write(steps)
    last = draft.lines[-1]
    if last.signs[-1] == "+":
        numbers, sign = (last.result, last.numbers[-1]), "-"
    else:
        numbers, sign = (last.result, last.numbers[-1]), "+"
    truth = compute(list(numbers), sign)
    result = truth + (slip(rng, truth) if rng.random() < 0.5 else 0)
    check = Line("To check, {eq}.", numbers, sign, result, never_bare=True)
    return replace(draft, lines=[*draft.lines, check])


def undone(steps: list[Step], rng: random.Random) -> Draft:
    """A step too many after the first, and back again; often both are false, and cancel."""
    draft = write(steps)
    first = draft.lines[0]
    here, by = first.result, first.numbers[-1]
    there = here + by + (slip(rng, here + by) if rng.random() < 0.6 else 0)
    extra = [
        Line("By mistake {eq}.", (here, by), "+", there, never_bare=True),
        Line("Taking it back, {eq}.", (there, by), "-", here, never_bare=True),
    ]
    return replace(draft, lines=[first, *extra, *draft.lines[1:]])


def summed_up(steps: list[Step], rng: random.Random) -> Draft:
    """A summary that cannot be: the first number and the last, and the right total."""
    draft = write(steps)
    first, last = draft.lines[0], draft.lines[-1]
    numbers = (first.numbers[0], last.numbers[-1])
    summary = Line("In short, {eq}.", numbers, last.signs[-1], last.result, never_bare=True)
    return replace(draft, lines=[*draft.lines, summary])


# Habits that spoil the answer.


def slipped(steps: list[Step], rng: random.Random) -> Draft:
    i = rng.randrange(len(steps))
    return write(steps, {i: slip(rng, results(steps)[i])})


def wrong_sign(steps: list[Step], rng: random.Random) -> Draft:
    i = rng.randrange(len(steps))
    flipped = steps[i].signs.translate(str.maketrans("+-*", "-++"))
    changed = [*steps[:i], replace(steps[i], signs=flipped), *steps[i + 1 :]]
    return write(changed if is_walkable(changed) else steps)


def forgotten(steps: list[Step], rng: random.Random) -> Draft:
    """An event left out: the total before it goes on as if it were the total after it."""
    places = [i for i, step in enumerate(steps) if isinstance(step.operands[0], Ref)]
    if not places:
        return slipped(steps, rng)
    gone = rng.choice(places)
    before = steps[gone].operands[0]
    swap = [
        replace(s, operands=tuple(before if o == Ref(gone) else o for o in s.operands))
        for s in steps
    ]
    draft = write(swap)
    lines = [line for i, line in enumerate(draft.lines) if i != gone]
    return Draft(lines, lines[-1].result)


def stopped(steps: list[Step], rng: random.Random) -> Draft:
    """An answer before the end."""
    if len(steps) < 2:
        return slipped(steps, rng)
    return write(steps[: rng.randrange(max(1, len(steps) - 2), len(steps))])


Habit = Callable[[list[Step], random.Random], Draft]

RIGHT: dict[Habit, float] = {
    clean: 34,
    checked: 15,
    summed_up: 15,
    undone: 12,
    joined: 8,
    skipped: 7,
    jumped: 3,
    healed: 2,
    cancelled: 2,
    misread: 2,
}
WRONG: dict[Habit, float] = {slipped: 30, wrong_sign: 20, forgotten: 30, stopped: 20}


def noisy(story: Story, rng: random.Random, wrong: float = 0.12) -> str:
    """One solution by the noisy author: a route, a habit, sometimes bare equations."""
    habits = WRONG if rng.random() < wrong else RIGHT
    (habit,) = rng.choices(list(habits), weights=list(habits.values()))
    draft = habit(any_route(story, rng), rng)
    return replace(draft, bare=rng.random() < 0.12).text()


def slip(rng: random.Random, value: int) -> int:
    """How far a slip is off: by one or two, or by ten; never to nothing or below."""
    off = rng.choice([-10, -2, -1, -1, 1, 1, 2, 10])
    return off if value + off > 0 else abs(off)

"""The raters: pace, slots, agreement with the others and with themselves, checks passed.

Describes and leaves nobody out: who is excluded is decided by rules fixed before the data, and
never by agreement.
"""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from raters import judgement
from raters.exports.reading import pseudonyms
from raters.models import Assignment, Rating, Study
from raters.services.results.agreeing import said_best
from raters.services.results.counted import Counted, current
from raters.statistics import (
    NONE_GOOD,
    TIE,
    Estimate,
    dawid_skene,
    habits,
    leave_one_out,
    self_consistency,
)
from raters.statistics.estimate import undefined


@dataclass(frozen=True, slots=True)
class RaterLine:
    """`slots` are bests by slot, `others` ratings with no single best.

    `agreement` is with the other raters of the same triples, `expected` the mean of theirs; `right`
    is how often Dawid and Skene's model has them right, a diagnostic.
    """

    rater: str
    ratings: int
    median_seconds: float | None
    slots: tuple[int, ...]
    others: int
    agreement: Estimate
    expected: float | None
    right: float | None
    checks: int
    checks_passed: int
    repeats: int
    repeats_same: int


@dataclass(frozen=True, slots=True)
class People:
    """`checks` are of raters who are not excluded. `consistency` is the share of repeats with the
    same best, or again none good or too close."""

    lines: tuple[RaterLine, ...]
    checks: int
    checks_passed: int
    repeats: int
    consistency: Estimate
    why_not_right: str


class Beside(NamedTuple):
    """A check or a repeat, which stand beside the triples of the study and never count.

    `best` is the slot of the best rationale, TIE or NONE_GOOD; `expected` that of a check.
    """

    kind: str
    rater: str
    question: str
    triple: int
    order: tuple[int, ...]
    best: int
    expected: int | None


def best_slot(outcome: str, slot: int | None, ranks: str) -> int:
    """As Counted.best, of one rating and by slot."""
    if outcome == Rating.Outcome.NONE:
        return NONE_GOOD
    best = judgement.best_slot(slot, ranks)
    return TIE if best is None else best


def people(counted: Counted, beside: Iterable[Beside], excluded: Container[str] = ()) -> People:
    """`excluded` raters have their line, with their checks, and are in no sum."""
    checks, passed = Counter[str](), Counter[str]()
    again: list[tuple[str, str, int, int]] = []
    first = {
        (counted.raters[rater], counted.triples[triple]): best
        for rater, triple, best in zip(
            counted.rater.tolist(), counted.triple.tolist(), counted.best.tolist(), strict=True
        )
    }
    for one in sorted(beside, key=lambda one: (one.rater, one.triple)):
        if one.kind == Assignment.Kind.CHECK:
            checks[one.rater] += 1
            passed[one.rater] += one.best == one.expected
        elif (one.rater, one.triple) in first:
            best = one.order[one.best] if one.best >= 0 else one.best
            again.append((one.rater, one.question, first[one.rater, one.triple], best))
    themselves = self_consistency(*(zip(*again, strict=True) if again else ((),) * 4))
    same = Counter(rater for rater, _, best, now in again if best == now)
    lines, why_not_right = _lines(counted)
    for rater in checks.keys() - lines.keys():
        lines[rater] = _silent(rater, counted.order.shape[1])
    times = Counter(rater for rater, *_ in again)
    held = [rater for rater in checks if rater not in excluded]
    return People(
        lines=tuple(
            _with(lines[rater], checks[rater], passed[rater], times[rater], same[rater])
            for rater in sorted(lines)
        ),
        checks=sum(checks[rater] for rater in held),
        checks_passed=sum(passed[rater] for rater in held),
        repeats=len(again),
        consistency=themselves.overall,
        why_not_right=why_not_right,
    )


def _lines(counted: Counted) -> tuple[dict[str, RaterLine], str]:
    """Of the raters with ratings that count, and why no model says who is right."""
    slots = counted.order.shape[1]
    at = (counted.order == counted.best[:, None]).argmax(axis=1) if len(counted.order) else []
    slot = np.where(counted.best >= 0, at, counted.best)
    said, categories = said_best(counted, slots)
    model = dawid_skene(
        counted.triple, counted.rater, said, categories=[str(one) for one in range(categories)]
    )
    right = [one.value for one in model.right] or [None] * len(counted.raters)
    each = zip(
        counted.raters,
        habits(counted.rater, slot, slots=slots, seconds=counted.elapsed_ms / 1000),
        leave_one_out(counted.triple, counted.rater, said),
        right,
        strict=True,
    )
    found = {
        rater: RaterLine(
            rater, habit.ratings, habit.seconds, habit.slots, habit.others, others.agreement,
            others.expected, model_right, 0, 0, 0, 0,
        )
        for rater, habit, others, model_right in each
    }  # fmt: skip
    return found, model.undefined


def _silent(rater: str, slots: int) -> RaterLine:
    """One who passed or failed checks and has no rating that counts."""
    none = undefined("no ratings that count")
    return RaterLine(rater, 0, None, (0,) * slots, 0, none, None, None, 0, 0, 0, 0)


def _with(line: RaterLine, checks: int, passed: int, repeats: int, same: int) -> RaterLine:
    return replace(line, checks=checks, checks_passed=passed, repeats=repeats, repeats_same=same)


def read_beside(study: Study) -> list[Beside]:
    names = pseudonyms(study)
    rows = (
        current(study)
        .filter(assignment__kind__in=[Assignment.Kind.CHECK, Assignment.Kind.REPEAT])
        .values_list(
            "assignment__kind",
            "assignment__rater_id",
            "assignment__triple__question__key",
            "assignment__triple__number",
            "assignment__triple__expected",
            "assignment__order",
            "outcome",
            "slot",
            "ranks",
        )
    )
    found = []
    for kind, rater, question, triple, expected, digits, *said in rows:
        order = tuple(map(int, digits))
        wanted = None if expected is None else order.index(expected)
        found.append(Beside(kind, names[rater], question, triple, order, best_slot(*said), wanted))
    return found

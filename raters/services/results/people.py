"""The raters: how much each rated, checks passed, and whether the same triple got the same answer.

Describes and leaves nobody out: who is excluded is decided by rules fixed before the data.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from raters.models import Assignment, Rating, Study
from raters.preferences import BEST
from raters.services.results.counted import Counted, current
from raters.statistics import NONE_GOOD, TIE, Estimate, crossed, share


@dataclass(frozen=True, slots=True)
class RaterLine:
    rater: str
    ratings: int
    median_seconds: float | None
    checks: int
    checks_passed: int
    repeats: int
    repeats_same: int


@dataclass(frozen=True, slots=True)
class People:
    """`consistency` is the share of repeats with the same best, or again none good or too close."""

    lines: tuple[RaterLine, ...]
    checks: int
    checks_passed: int
    repeats: int
    consistency: Estimate


def people(study: Study, counted: Counted, names: dict[int, str]) -> People:
    checks, passed = Counter[int](), Counter[int]()
    repeats: list[tuple[int, int, bool]] = []
    first = dict(
        zip(
            zip(counted.rater.tolist(), counted.triple.tolist(), strict=True),
            counted.best.tolist(),
            strict=True,
        )
    )
    for kind, rater, triple, question, expected, *said in _beside(study):
        best = _best(*said)
        if kind == Assignment.Kind.CHECK:
            checks[rater] += 1
            passed[rater] += best == expected
        elif (rater, triple) in first:
            repeats.append((rater, question, best == first[rater, triple]))
    same = Counter(rater for rater, _, is_same in repeats if is_same)
    again = Counter(rater for rater, _, _ in repeats)
    rated = Counter(counted.rater.tolist())
    lines = [
        RaterLine(
            rater=name,
            ratings=rated[pk],
            median_seconds=_median_seconds(counted.elapsed_ms[counted.rater == pk]),
            checks=checks[pk],
            checks_passed=passed[pk],
            repeats=again[pk],
            repeats_same=same[pk],
        )
        for pk, name in names.items()
        if rated[pk] or checks[pk]
    ]
    clusters = crossed([rater for rater, _, _ in repeats], [question for _, question, _ in repeats])
    return People(
        lines=tuple(lines),
        checks=checks.total(),
        checks_passed=passed.total(),
        repeats=len(repeats),
        consistency=share([is_same for _, _, is_same in repeats], clusters),
    )


def _beside(study: Study) -> Any:
    """Checks and repeats, which stand beside the triples of the study and never count."""
    kinds = [Assignment.Kind.CHECK, Assignment.Kind.REPEAT]
    return (
        current(study)
        .filter(assignment__kind__in=kinds)
        .order_by("pk")
        .values_list(
            "assignment__kind",
            "assignment__rater_id",
            "assignment__triple_id",
            "assignment__triple__question_id",
            "assignment__triple__expected",
            "outcome",
            "picked__position",
            "ranks",
            "assignment__order",
        )
    )


def _best(outcome: str, picked: int | None, ranks: str, order: str) -> int:
    """As Counted.best, of one rating: the position of the best rationale, TIE or NONE_GOOD."""
    if outcome == Rating.Outcome.NONE:
        return NONE_GOOD
    if picked is not None:
        return picked
    first = [slot for slot, rank in enumerate(ranks) if rank == str(BEST)]
    return int(order[first[0]]) if len(first) == 1 else TIE


def _median_seconds(elapsed_ms: Any) -> float | None:
    known = elapsed_ms[~np.isnan(elapsed_ms)]
    return float(np.median(known)) / 1000 if len(known) else None

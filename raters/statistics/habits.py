"""How each rater rates: agreement with the others, with themselves, slots, ties, pace.

Knows categories by unit and rater. Judges no one: exclusion by agreement with others lifts false
positives (docs/statistics.md), so nothing here decides who counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .estimate import LIKE_THESE, PLAIN, THESE, Estimate, undefined
from .jackknife import Crossed, crossed, share

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

ALONE = "nobody else rated their units"


@dataclass(frozen=True, slots=True)
class WithOthers:
    """One rater against the rest: how often another rater of the same unit said the same."""

    rater: object  # the label that was given
    ratings: int
    agreement: Estimate  # units like these
    expected: float | None  # the mean over the other raters' own figures


@dataclass(frozen=True, slots=True)
class WithThemselves:
    """Repeats answered as the first time: over all raters, and of each, in label order."""

    overall: Estimate
    raters: tuple[tuple[object, Estimate], ...]


@dataclass(frozen=True, slots=True)
class Habit:
    rater: object
    ratings: int
    slots: tuple[int, ...]  # picks per slot
    others: int  # ties, none good
    seconds: float | None  # median; None where no time was kept


def leave_one_out(
    unit: ArrayLike, rater: ArrayLike, category: ArrayLike, *, level: float = 0.95
) -> tuple[WithOthers, ...]:
    """Agreement of every rater with the others on the same units, in the order of their labels.

    In a unit it is the share of the *other* raters' values that equal the rater's; a unit that
    nobody else rated says nothing.
    """
    labels, who = np.unique(np.asarray(rater), return_inverse=True)
    clusters = crossed(who.reshape(-1), unit)
    said = np.unique(np.asarray(category), return_inverse=True)[1].reshape(-1)
    if len(said) != len(clusters.rater):
        raise ValueError(f"{len(said)} values for {len(clusters.rater)} ratings")
    width = int(said.max(initial=-1)) + 1
    same = np.bincount(clusters.question * width + said)[clusters.question * width + said]
    given = np.bincount(clusters.question)[clusters.question]
    # a rater's own repeats of a unit are not others
    own = np.bincount(clusters.cell)[clusters.cell]
    cell_said = clusters.cell * width + said
    own_same = np.unique(cell_said, return_inverse=True, return_counts=True)
    own_same_count = own_same[2][own_same[1].reshape(-1)]
    others, alike = given - own, same - own_same_count
    agreed = alike / np.maximum(others, 1)
    by_rater = np.argsort(clusters.rater, kind="stable")
    rows = np.split(by_rater, np.cumsum(np.bincount(clusters.rater))[:-1]) if len(said) else []
    found = [
        _with_others(label, mine, agreed, others > 0, clusters.question, level)
        for label, mine in zip(labels.tolist(), rows, strict=True)
    ]
    values = [one.agreement.value for one in found]
    return tuple(replace(one, expected=_mean_without(values, i)) for i, one in enumerate(found))


def self_consistency(
    rater: ArrayLike,
    question: ArrayLike,
    first: ArrayLike,
    again: ArrayLike,
    *,
    level: float = 0.95,
) -> WithThemselves:
    """Repeats, a row each: the category said the first time and said again."""
    labels, who = np.unique(np.asarray(rater), return_inverse=True)
    clusters = crossed(who.reshape(-1), np.asarray(question))
    alike = np.asarray(first).reshape(-1) == np.asarray(again).reshape(-1)
    if len(alike) != len(clusters.rater):
        raise ValueError(f"{len(alike)} repeats for {len(clusters.rater)} raters")
    each = tuple(
        (label, share(alike[mine], _some(clusters, mine), estimand=PLAIN, level=level))
        for i, label in enumerate(labels.tolist())
        for mine in [clusters.rater == i]
    )
    return WithThemselves(share(alike, clusters, estimand=LIKE_THESE, level=level), each)


def habits(
    rater: ArrayLike, slot: ArrayLike, *, slots: int, seconds: ArrayLike | None = None
) -> tuple[Habit, ...]:
    """Where each rater picks and how long it takes, in the order of their labels.

    `slot` (n,) holds the picked slot from 0, negative for another answer; `seconds` NaN if unknown.
    """
    labels, who = np.unique(np.asarray(rater), return_inverse=True)
    at = np.asarray(slot, dtype=np.intp).reshape(-1)
    took = np.full(len(at), np.nan) if seconds is None else np.asarray(seconds, dtype=np.float64)
    if not len(who.reshape(-1)) == len(at) == len(took):
        raise ValueError(f"{len(who.reshape(-1))} raters, {len(at)} slots and {len(took)} times")
    by = who.reshape(-1)
    rows = np.split(np.argsort(by, kind="stable"), np.cumsum(np.bincount(by))[:-1])
    found = []
    for label, mine in zip(labels.tolist(), rows if len(by) else [], strict=True):
        picked, times = at[mine][at[mine] >= 0], took[mine][~np.isnan(took[mine])]
        found.append(
            Habit(
                rater=label,
                ratings=len(mine),
                slots=tuple(map(int, np.bincount(picked, minlength=slots))),
                others=int((at[mine] < 0).sum()),
                seconds=float(np.median(times)) if len(times) else None,
            )
        )
    return tuple(found)


def _with_others(
    label: object,
    mine: Codes,
    agreed: Floats,
    shared: NDArray[np.bool_],
    unit: Codes,
    level: float,
) -> WithOthers:
    with_others = mine[shared[mine]]
    if not len(with_others):
        return WithOthers(label, len(mine), undefined(ALONE, estimand=THESE), None)
    units = crossed(np.zeros(len(with_others), dtype=np.intp), unit[with_others])
    found = share(agreed[with_others], units, estimand=THESE, level=level)
    return WithOthers(label, len(mine), found, None)


def _some(clusters: Crossed, wanted: NDArray[np.bool_]) -> Crossed:
    return crossed(clusters.rater[wanted], clusters.question[wanted])


def _mean_without(values: Sequence[float | None], at: int) -> float | None:
    others = sorted(value for i, value in enumerate(values) if i != at and value is not None)
    return float(np.mean(others)) if others else None

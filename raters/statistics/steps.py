"""Numbers of steps: people's against models', and whether preferences change with them.

Knows counts of steps and shares. Does not know what a step is (`generation.steps` does).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from .estimate import LIKE_THESE, PLAIN, Estimate, undefined
from .jackknife import crossed, share, those

LIKE_QUESTIONS = "questions like these"
RANKS = "Spearman's rho, Fisher z with Bonett and Wright's error"


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Two counts of steps of the same questions: how often they agree, and who takes more."""

    counts: tuple[int, ...]  # the labels of both sides of the table
    table: tuple[tuple[int, ...], ...]  # [first][second], questions
    same: Estimate
    fewer: int  # questions in which the second takes fewer steps
    more: int
    correlation: Estimate
    questions: int


@dataclass(frozen=True, slots=True)
class AtDifficulty:
    """The share among ratings of questions with `fewest` to `most` steps."""

    fewest: int
    most: int
    questions: int
    share: Estimate


def step_counts(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> StepCounts:
    """Compare two counts, a question a row (say people's and a model's).

    The paper's 53-57 % is `same`. Questions are drawn, one rationale each, so `same` is Wilson's.
    Raises ValueError for lengths that differ or a negative count.
    """
    a, b = (np.asarray(x, dtype=np.intp).reshape(-1) for x in (first, second))
    if len(a) != len(b):
        raise ValueError(f"{len(a)} counts for {len(b)}")
    if a.size and min(a.min(), b.min()) < 0:
        raise ValueError("a rationale cannot have fewer than no steps")
    counts = np.unique(np.concatenate([a, b]))
    at = np.searchsorted(counts, a) * len(counts) + np.searchsorted(counts, b)
    table = np.bincount(at, minlength=len(counts) ** 2).reshape(len(counts), len(counts))
    each = np.arange(len(a))
    same = share(a == b, crossed(each, each), estimand=PLAIN, level=level)
    return StepCounts(
        counts=tuple(map(int, counts)),
        table=tuple(tuple(map(int, row)) for row in table),
        same=replace(same, estimand=LIKE_QUESTIONS, effective_raters=None),
        fewer=int((b < a).sum()),
        more=int((b > a).sum()),
        correlation=_spearman(a, b, level),
        questions=len(a),
    )


def share_by_steps(
    rater: ArrayLike,
    question: ArrayLike,
    y: ArrayLike,
    steps: ArrayLike,
    *,
    out_of: int = 1,
    most_bins: int = 4,
    estimand: str = LIKE_THESE,
    level: float = 0.95,
) -> tuple[AtDifficulty, ...]:
    """The mean of `y / out_of` at growing numbers of steps, in up to `most_bins` bins.

    Bins hold whole numbers of steps and about equally many ratings. Their intervals are of one bin
    each: that two bins differ needs intervals that hold together.
    """
    clusters, counts = crossed(rater, question), np.asarray(steps, dtype=np.intp).reshape(-1)
    values = np.asarray(y, dtype=np.float64).reshape(-1)
    if not len(clusters.rater) == len(counts) == len(values):
        raise ValueError(
            f"{len(clusters.rater)} ratings, {len(values)} values, {len(counts)} steps"
        )
    found = []
    for low, high in _bins(counts, most_bins):
        mine = (counts >= low) & (counts <= high)
        here = those(clusters, mine)
        found.append(
            AtDifficulty(
                fewest=low,
                most=high,
                questions=len(np.unique(here.question)),
                share=share(values[mine], here, out_of=out_of, estimand=estimand, level=level),
            )
        )
    return tuple(found)


def _bins(counts: NDArray[np.intp], most: int) -> Sequence[tuple[int, int]]:
    if not len(counts):
        return []
    used, often = np.unique(counts, return_counts=True)
    middle = (np.cumsum(often) - often / 2) / len(counts)
    which = np.minimum((middle * most).astype(np.intp), most - 1)
    return [(int(used[which == i].min()), int(used[which == i].max())) for i in np.unique(which)]


def _spearman(a: NDArray[np.intp], b: NDArray[np.intp], level: float) -> Estimate:
    n = len(a)
    bare = undefined("fewer than five questions", n=n, method=RANKS, estimand=LIKE_QUESTIONS)
    if n < 5:
        return bare
    x, y = (average_ranks(one) - (n + 1) / 2 for one in (a, b))
    below = float((np.square(x).sum() * np.square(y).sum()) ** 0.5)
    if not below:
        return replace(bare, undefined="all counts of one side are the same")
    rho = float((x * y).sum() / below)
    if abs(rho) > 1 - 1e-12:
        return replace(bare, value=round(rho), undefined="a perfect order has no interval")
    error = ((1 + rho**2 / 2) / (n - 3)) ** 0.5  # Bonett and Wright 2000, Psychometrika 65:23
    reach = float(ndtri((1 + level) / 2)) * error
    low, high = (float(np.tanh(np.arctanh(rho) + sign * reach)) for sign in (-1, 1))
    return replace(bare, value=rho, low=low, high=high, level=level, undefined="")


def average_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, which, often = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(often)
    return np.asarray((last - (often - 1) / 2)[which.reshape(-1)], dtype=np.float64)

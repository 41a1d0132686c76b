"""Could raters tell the sources? Bang's blinding index of their own guesses at the end.

Knows guesses: of which source a text is thought to be, of which it is, or *do not know*. Knows no
rating and no text (`audit` reads the texts).

A guess scores 1 if right, -1 / (k - 1) if wrong among k sources and 0 for *do not know*; the index
of a source is the mean score of the guesses about its texts. For two sources that is Bang, Ni and
Davis 2004 (Control. Clin. Trials 25:143): (right - wrong) / all, from -1 (all wrong) over 0
(blind) to 1 (all right). Interval: delete-one-rater jackknife, t on Kish-effective raters - 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .estimate import Estimate, undefined
from .jackknife import FEWEST, codes, deleted, kish

Floats = NDArray[np.float64]

UNKNOWN = -1
METHOD = "Bang's index, cluster jackknife by rater, t"
ESTIMAND = "raters like these"


@dataclass(frozen=True, slots=True)
class Blinding:
    """Bang's index, a source each, in the order given, and how often nobody dared a guess."""

    sources: tuple[str, ...]
    index: tuple[Estimate, ...]
    guesses: int
    unknown: int


def bang_index(
    rater: ArrayLike,
    source: ArrayLike,
    guess: ArrayLike,
    *,
    sources: Sequence[str],
    level: float = 0.95,
) -> Blinding:
    """Guesses in long form, shape (n,): `source` and `guess` index `sources`; UNKNOWN is no guess.

    Raises ValueError for lengths that differ, an index that is no source or a single source.
    """
    by = codes(rater)
    truth, guessed = (np.asarray(x, dtype=np.intp).reshape(-1) for x in (source, guess))
    k = len(sources)
    if not len(by) == len(truth) == len(guessed):
        raise ValueError(f"{len(by)} raters, {len(truth)} sources and {len(guessed)} guesses")
    if k < 2:
        raise ValueError("one source leaves nothing to guess")
    if truth.size and not (truth.min() >= 0 and guessed.min() >= UNKNOWN
                           and max(truth.max(), guessed.max()) < k):  # fmt: skip
        raise ValueError(f"a source must be an index from 0 to {k - 1}, a guess from {UNKNOWN}")
    # out of k - 1: whole numbers keep sums exact
    points = np.where(guessed == truth, k - 1.0, np.where(guessed == UNKNOWN, 0.0, -1.0))
    return Blinding(
        sources=tuple(sources),
        index=tuple(_index(points[truth == i], by[truth == i], k - 1, level) for i in range(k)),
        guesses=len(truth),
        unknown=int((guessed == UNKNOWN).sum()),
    )


def _index(points: Floats, rater: NDArray[np.intp], out_of: int, level: float) -> Estimate:
    n = len(points)
    if not n:
        return undefined("nobody guessed about it", method=METHOD, estimand=ESTIMAND)
    raters, value = kish(np.bincount(rater)), float(points.sum() / n / out_of)
    bare = Estimate(
        value=value, n=n, method=METHOD, estimand=ESTIMAND, level=level, effective_raters=raters,
        undefined="one rater says nothing about others",
    )  # fmt: skip
    if raters < FEWEST:
        return bare
    if points.min() == points.max():
        return _unanimous(bare, value, -1 / out_of, raters)
    without = deleted(points, codes(rater)) / out_of
    count = len(without)
    variance = float((count - 1) / count * np.sort(np.square(without - value)).sum())
    if variance <= 1e-24:
        return replace(bare, undefined="every rater scores the same")
    reach = float(stdtrit(raters - 1, (1 + level) / 2)) * variance**0.5
    low, high = max(-1 / out_of, value - reach), min(1.0, value + reach)
    return replace(bare, low=low, high=high, se=variance**0.5, df=raters - 1, undefined="")


def _unanimous(bare: Estimate, score: float, floor: float, raters: float) -> Estimate:
    """All right or all wrong: the exact bound for that many raters; all silent: no interval."""
    if score == 0:
        return replace(bare, undefined="nobody dared a guess")
    bound = (1 - bare.level) ** (1 / raters)
    low, high = (
        (floor + (1 - floor) * bound, 1.0) if score > 0 else (floor, 1 - (1 - floor) * bound)
    )
    note = f"unanimous: one-sided {bare.level:.0%} bound from {raters:.1f} effective raters"
    return replace(bare, low=low, high=high, df=raters - 1, notes=(note,), undefined="")

"""How much raters and questions differ, estimated from a pilot: what the planner needs to know.

Knows wins (0, 1/2 or 1) by rater and question. Fits the planner's own model, log-odds c + a_r + b_q
with normal a and b, by moments: two ratings that share a rater and no question covary by what
raters differ, two that share a question and no rater by what questions differ. On the scale of
shares these are

    C(raters) = mean of (y - m)(y' - m) over pairs of one rater, different questions, + V(m)

(V(m), the two-way variance of the mean m, undoes that m is an estimate too),
and the spreads are those for which the model gives the same covariances (Gauss-Hermite). An
interval is from deleting raters (or questions) one by one, C -+ t se, carried to the spread; the
planner should be asked with both of its ends. Fewer than FEWEST raters (or questions) say next to
nothing of how they differ, and deleting one of two nothing at all: there is no interval then.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, stdtrit

from .estimate import Estimate, undefined
from .jackknife import Codes, codes, crossed, jackknife_variance
from .power import log_odds_centre

Floats = NDArray[np.float64]

METHOD = "moments of pairs, logistic-normal, cluster jackknife"
FEWEST = 5
LARGEST = 4.0  # log-odds: beyond it a share is all but 0 or 1 for each
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True, slots=True)
class Spreads:
    """Standard deviations in log-odds."""

    raters: Estimate
    questions: Estimate
    ratings: int


def spreads(rater: ArrayLike, question: ArrayLike, y: ArrayLike, *, level: float = 0.95) -> Spreads:
    """From a pilot in long form, shape (n,) each; `y` is how far the first source won, 0 to 1."""
    clusters, values = crossed(rater, question), np.asarray(y, dtype=np.float64).reshape(-1)
    if len(values) != len(clusters.rater):
        raise ValueError(f"{len(values)} values for {len(clusters.rater)} ratings")
    n = len(values)
    mean = float(np.sort(values).sum() / n) if n else 0.0
    if not 0 < mean < 1:
        reason = "no ratings" if not n else "all ratings are the same: nobody differs yet"
        none = undefined(reason, n=n, method=METHOD)
        return Spreads(none, none, n)
    ways = (clusters.rater, clusters.question)
    of_mean = max(0.0, jackknife_variance(values, clusters).two_way)
    first, second = (
        _covariance(values, mean, way, clusters.cell, level, of_mean=of_mean) for way in ways
    )
    others = [_carried(one.value, mean, 0.0) if one else 0.0 for one in (second, first)]
    return Spreads(
        _spread(first, "rater", mean, others[0], n, level),
        _spread(second, "question", mean, others[1], n, level),
        n,
    )


@dataclass(frozen=True, slots=True)
class _Covariance:
    value: float
    low: float
    high: float
    clusters: int


def _covariance(
    values: Floats, mean: float, by: Codes, cell: Codes, level: float, *, of_mean: float = 0.0
) -> _Covariance | None:
    """Mean product over pairs of a cluster in different cells; None without two such clusters."""
    sizes, of_cell = np.bincount(by), np.bincount(cell)
    # residuals are taken of sums, which are exact: the order of rows changes no digit
    sums = np.bincount(by, weights=values) - sizes * mean
    in_cell = np.bincount(cell, weights=values) - of_cell * mean
    first_of_cell = np.unique(cell, return_index=True)[1]
    owner = codes(by)[first_of_cell]
    products = np.square(sums) - np.bincount(owner, weights=np.square(in_cell))
    pairs = np.square(sizes) - np.bincount(owner, weights=np.square(of_cell))
    used = pairs > 0
    products, pairs = products[used], pairs[used]
    count = len(pairs)
    if count < 2:
        return None
    value = float(np.sort(products).sum() / pairs.sum())
    without = (np.sort(products).sum() - products) / (pairs.sum() - pairs)
    error = float(((count - 1) / count * np.square(without - value).sum()) ** 0.5)
    reach = float(stdtrit(count - 1, (1 + level) / 2)) * error
    value += of_mean
    return _Covariance(value, value - reach, value + reach, count)


def _spread(
    found: _Covariance | None, what: str, mean: float, other: float, n: int, level: float
) -> Estimate:
    if found is None:
        reason = f"fewer than two {what}s with two cells each"
        return undefined(reason, n=n, method=METHOD)
    value, low, high = (_carried(c, mean, other) for c in (found.value, found.low, found.high))
    low, high = min(low, value), max(high, value)  # where the root finder stops a digit apart
    if found.clusters < FEWEST:
        reason = f"{found.clusters} {what}s are too few to say how sure that is"
        return Estimate(value=value, undefined=reason, n=n, method=METHOD, level=level)
    notes = () if found.value > 0 else (f"{what}s differ by no more than chance",)
    if high >= LARGEST:
        notes = (*notes, f"the upper end is cut at {LARGEST:g}")
    return Estimate(
        value=value, low=low, high=high, n=n, method=METHOD, level=level, notes=notes
    )  # fmt: skip


def _carried(covariance: float, mean: float, other: float) -> float:
    """The spread whose model covariance it is, beside `other` spread; zero where not positive."""
    if covariance <= 0:
        return 0.0
    gap = _gap(covariance, mean, other)
    return LARGEST if gap(LARGEST) < 0 else float(brentq(gap, 0.0, LARGEST))


def _gap(covariance: float, mean: float, other: float) -> Callable[[float], float]:
    def gap(spread: float) -> float:
        centre = log_odds_centre(mean, float(np.hypot(spread, other)))
        leaning = centre + spread * NODES[:, None] + other * NODES[None, :]
        given = expit(leaning) @ WEIGHTS  # the share at each value of the one, averaged over both
        return float(WEIGHTS @ np.square(given) - (WEIGHTS @ given) ** 2) - covariance

    return gap

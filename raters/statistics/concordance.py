"""Do raters put the same triple in the same order? Kendall's W, and what is left beyond chance.

Knows ranks of complete rankings within triples. Compares no triples and names no sources.

With m raters of a triple of k rationales, R_j the rank sum of rationale j and T_i = sum of t^3 - t
over the ties of rater i (Kendall 1948, Rank Correlation Methods, 6.10):

    W = 12 sum_j (R_j - mean)^2 / (m^2 (k^3 - k) - m sum_i T_i)

W is never near zero with few raters (its mean by chance is 1/m), so beside it stands
(m W - 1) / (m - 1), the mean rank correlation between two raters: zero by chance.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .estimate import Estimate, undefined
from .jackknife import codes

Floats = NDArray[np.float64]

METHOD = "mean over triples, t"
TRIPLES_LIKE_THESE = "triples like these, these raters"


@dataclass(frozen=True, slots=True)
class Concordance:
    """Mean W over triples and its chance-corrected form."""

    w: Estimate
    corrected: Estimate
    triples: int  # with at least two complete rankings that are not all tied
    rankings: int  # complete ones


def concordance(triple: ArrayLike, ranks: ArrayLike, *, level: float = 0.95) -> Concordance:
    """Kendall's W from ratings of `triple` (n,) with `ranks` (n, k), 1 the best, NaN if unranked.

    Rankings with a missing rank are left out. Raises ValueError where the lengths differ.
    """
    units, table = codes(triple), np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or len(units) != len(table):
        raise ValueError(f"ranks of shape {table.shape} for {len(units)} ratings")
    missing = np.isnan(table)
    if missing.any():
        complete = ~missing.any(axis=1)
        units, table = codes(units[complete]), table[complete]
    raters, w = _w_by_triple(units, table)
    corrected = (raters * w - 1) / (raters - 1)
    return Concordance(
        w=_mean(w, 0.0, level),
        corrected=_mean(corrected, -1.0, level),
        triples=len(w),
        rankings=len(table),
    )


def _w_by_triple(units: NDArray[np.intp], table: Floats) -> tuple[Floats, Floats]:
    """Raters and W of each triple that has a W."""
    k = table.shape[1]
    if not len(table) or k < 2:
        return np.empty(0), np.empty(0)
    ranks = _average_ranks(table)  # (k, n): a column of the table is a row here
    raters = np.bincount(units).astype(np.float64)
    sums = [np.bincount(units, weights=row) for row in ranks]
    squares = sum(np.square(one - raters * (k + 1) / 2) for one in sums)
    # the ranks of one rater without ties have the sum of squares (k^3 - k) / 12; ties take T / 12
    apart = np.zeros(len(table))
    for row in ranks:
        row -= (k + 1) / 2
        row *= row
        apart += row
    below = raters * 12 * np.bincount(units, weights=apart)
    usable = (raters >= 2) & (below > 0)
    return raters[usable], 12 * squares[usable] / below[usable]


def _average_ranks(table: Floats) -> list[Floats]:
    """Ranks from 1 within each row, equal values sharing the mean of theirs; a column each.

    Half a rank up for every value below, half a rank down for every one above.
    """
    columns = np.ascontiguousarray(table.T)
    found = [np.full(len(table), (len(columns) + 1) / 2) for _ in columns]
    for a, b in combinations(range(len(columns)), 2):
        half = np.sign(columns[a] - columns[b])
        half *= 0.5
        found[a] += half
        found[b] -= half
    return found


def _mean(values: Floats, floor: float, level: float) -> Estimate:
    n = len(values)
    if not n:
        reason = "no triple was ranked twice"
        return undefined(reason, method=METHOD, estimand=TRIPLES_LIKE_THESE)
    ordered = np.sort(values)
    mean, spread = float(ordered.mean()), float(ordered.std(ddof=1)) if n > 1 else 0.0
    reason = "one triple says nothing about others" if n < 2 else ""
    if not reason and spread <= 1e-12:
        reason = "every triple shows the same concordance"
    if reason:
        return Estimate(
            value=mean, n=n, method=METHOD, estimand=TRIPLES_LIKE_THESE, undefined=reason
        )
    se = spread / n**0.5
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * se
    return Estimate(
        value=mean,
        low=max(floor, mean - reach),
        high=min(1.0, mean + reach),
        n=n,
        method=METHOD,
        estimand=TRIPLES_LIKE_THESE,
        se=se,
        df=n - 1,
        level=level,
    )

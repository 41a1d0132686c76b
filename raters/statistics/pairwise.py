"""P(A above B) from rankings, for every pair of sources, with odds, tests and their correction.

Knows ranks by rater and question, ties among them. Knows no picks: a pick ranks only the best
(see shares), and fits no model (see strengths).

- P(A above B) counts a tie as half a win. Odds are P / (1 - P); "x % more likely" is odds - 1.
- The test of P = 1/2 is two-sided, clustered, on the scale of the interval. The plain exact
  binomial tests, two- and one-sided, stand beside it for comparison with papers.
- p-values are Holm's over all pairs (Holm 1979, Scand. J. Statist. 6:65). `together` are Bonferroni
  intervals, which hold for all pairs at once; a pair may pass Holm while its `together` touches
  1/2, never the other way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from .estimate import LIKE_THESE, PLAIN, THESE, Estimate
from .jackknife import Crossed, at_level, crossed, share_of_each, those, two_sided_p

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair: how often the first was ranked above the second, and how sure that is."""

    first: str
    second: str
    wins: int
    ties: int
    losses: int
    share: Estimate  # P(first above second), for the estimand asked for
    these_raters: Estimate
    plain: Estimate
    together: Estimate  # like `share`, holding for all pairs at once
    odds: Estimate
    p_value: float | None
    p_holm: float | None
    p_plain: float | None
    p_plain_one_sided: float | None

    @property
    def more_likely(self) -> float | None:
        """0.30 where the first is 30 % more likely to be ranked above than below."""
        return None if self.odds.value is None else self.odds.value - 1


def compare(
    rater: ArrayLike,
    question: ArrayLike,
    ranks: ArrayLike,
    *,
    sources: Sequence[str],
    clusters: Crossed | None = None,
    estimand: str = LIKE_THESE,
    level: float = 0.95,
) -> tuple[Comparison, ...]:
    """Every pair of sources, in the order of `sources`.

    `ranks` (n, sources) holds 1 for the best, equal numbers for ties and NaN for a source that the
    rating did not rank. `share`, `together`, the odds and the tests speak of `estimand`: THESE
    where nobody knows who rated. `clusters` are those of `rater` and `question` where the caller
    has them. Raises ValueError for shapes that differ.
    """
    clusters, table = clusters or crossed(rater, question), rank_table(ranks, sources)
    if len(table) != len(clusters.rater):
        raise ValueError(f"{len(table)} rankings for {len(clusters.rater)} ratings")
    pairs = list(combinations(range(len(sources)), 2))
    by_source = np.ascontiguousarray(table.T)
    found = [
        _comparison(
            by_source[b] - by_source[a], clusters, (sources[a], sources[b]), estimand, level
        )
        for a, b in pairs
    ]
    together = 1 - (1 - level) / max(len(pairs), 1)
    corrected = holm([one.p_value for one in found])
    return tuple(
        replace(one, together=at_level(one.share, together), p_holm=p)
        for one, p in zip(found, corrected, strict=True)
    )


def rank_table(ranks: ArrayLike, sources: Sequence[str]) -> Floats:
    """`ranks` as (n, sources) floats. Raises ValueError for another width."""
    table = np.asarray(ranks, dtype=np.float64)
    table = table.reshape(0, len(sources)) if not table.size else table
    if table.ndim != 2 or table.shape[1] != len(sources):
        raise ValueError(f"ranks of shape {table.shape} for {len(sources)} sources")
    return table


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Step-down adjusted p-values; None (no test) stays None and is not counted."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    floor = 0.0
    for step, (p, i) in enumerate(known):
        floor = max(floor, min(1.0, (len(known) - step) * p))
        adjusted[i] = floor
    return tuple(adjusted)


def odds(found: Estimate) -> Estimate:
    """P / (1 - P) of a share and its interval; undefined where one side never won."""
    value, low, high = (_odds(p) for p in (found.value, found.low, found.high))
    reason = found.undefined or ("" if None not in (value, high) else "the other never won")
    return replace(found, value=value, low=low, high=high, undefined=reason, se=None)


def _odds(p: float | None) -> float | None:
    return None if p is None or p >= 1 else p / (1 - p)


def _comparison(
    difference: Floats, clusters: Crossed, names: tuple[str, str], estimand: str, level: float
) -> Comparison:
    """`difference` is the rank of the second less that of the first."""
    both = ~np.isnan(difference)
    ahead = np.sign(difference if both.all() else difference[both])
    wins, losses = (int(np.count_nonzero(ahead == side)) for side in (1, -1))
    ties = len(ahead) - wins - losses
    here = those(clusters, both)
    points = ahead + 1  # out of 2: whole numbers keep sums exact
    headline, these, plain = share_of_each(
        points, here, (estimand, THESE, PLAIN), out_of=2, level=level
    )
    strict = wins + losses
    # the chance of so few or fewer, by the exact binomial; it is symmetric at one half
    tail = float(bdtr(min(wins, losses), strict, 0.5))
    return Comparison(
        first=names[0],
        second=names[1],
        wins=wins,
        ties=ties,
        losses=losses,
        share=headline,
        these_raters=these,
        plain=plain,
        together=headline,
        odds=odds(headline),
        p_value=two_sided_p(headline),
        p_holm=None,
        p_plain=min(1.0, 2 * tail) if strict else None,
        p_plain_one_sided=tail if strict else None,
    )

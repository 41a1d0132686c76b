"""Picks become *share best*: how often each source was picked as the best of its triple.

Knows picks by rater and question. Says nothing of the rationales that were not picked: a pick
tells which of the shown ones is best and leaves the others in no order, so "A above B" is refused
here and belongs to rankings.

How an outcome counts
- a pick: 1 for the picked source, 0 for the others that were shown;
- *too close* (TIE): the judgement is shared out, 1 / (number shown) each;
- *none good* (NONE_GOOD): an outside outcome, 0 for every source. `share` has it in the
  denominator, `among_good` leaves those ratings out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .estimate import LIKE_THESE, Estimate, undefined
from .jackknife import Codes, Crossed, crossed, share, share_of_each, those

TIE = -1
NONE_GOOD = -2


@dataclass(frozen=True, slots=True)
class SourceShare:
    """Share best of one source: the headline `share`, and what stands beside it."""

    source: str
    shown: int
    picked: int
    share: Estimate  # for raters and questions like these
    these_raters: Estimate
    plain: Estimate
    among_good: Estimate  # like `share`, without the ratings that said none is good


@dataclass(frozen=True, slots=True)
class ShareBest:
    """Share best of every source, in the order in which the sources were given."""

    sources: tuple[SourceShare, ...]
    ratings: int
    picks: int
    ties: int
    none_good: int

    def above(self, source: str, other: str) -> Estimate:
        """Always undefined: picks do not identify P(A above B)."""
        reason = f"picks say which is best, so {source} above {other} needs rankings or pairs"
        return undefined(reason, n=self.ratings)


def share_best(
    rater: ArrayLike,
    question: ArrayLike,
    picked: ArrayLike,
    *,
    sources: Sequence[str],
    shown: ArrayLike | None = None,
    clusters: Crossed | None = None,
    level: float = 0.95,
) -> ShareBest:
    """Share best with its intervals, from ratings of shape (n,).

    `picked` holds indices into `sources`, TIE or NONE_GOOD; `shown` (n, slots) holds the indices
    of the sources in each triple, and may be left out where every triple has them all. Skipped
    triples are missing: leave them out. `clusters` as in `pairwise.compare`. Raises ValueError for
    shapes that differ, an index that is no source, or a picked source that was not shown.
    """
    chosen = np.asarray(picked, dtype=np.intp).reshape(-1)
    clusters = clusters or crossed(rater, question)
    if len(chosen) != len(clusters.rater):
        raise ValueError(f"{len(chosen)} picks for {len(clusters.rater)} ratings")
    if chosen.size and not (chosen.min() >= NONE_GOOD and chosen.max() < len(sources)):
        raise ValueError(f"picked must be from {NONE_GOOD} to {len(sources) - 1}")
    there, slots = _there(shown, len(chosen), len(sources))
    if shown is not None and not there[np.arange(len(chosen)), chosen][chosen >= 0].all():
        raise ValueError("a picked source was not shown")
    ties = int((chosen == TIE).sum())
    return ShareBest(
        sources=tuple(
            _source_share(i, name, chosen, there[:, i], slots, clusters, level, ties=ties)
            for i, name in enumerate(sources)
        ),
        ratings=len(chosen),
        picks=int((chosen >= 0).sum()),
        ties=ties,
        none_good=int((chosen == NONE_GOOD).sum()),
    )


def _there(shown: ArrayLike | None, n: int, sources: int) -> tuple[np.ndarray, int]:
    """Which sources each rating showed (n, sources), and how many each."""
    if shown is None:
        return np.ones((n, sources), dtype=bool), sources
    indices = np.asarray(shown, dtype=np.intp)
    if indices.ndim != 2 or len(indices) != n:
        raise ValueError(f"shown has shape {indices.shape}, not ({n}, slots)")
    if indices.size and not (indices.min() >= 0 and indices.max() < sources):
        raise ValueError(f"shown must hold indices of the {sources} sources")
    there = np.zeros((n, sources), dtype=bool)
    there[np.arange(n)[:, None], indices] = True
    return there, indices.shape[1]


def _source_share(
    index: int,
    name: str,
    chosen: Codes,
    there: np.ndarray,
    slots: int,
    clusters: Crossed,
    level: float,
    *,
    ties: int,
) -> SourceShare:
    mine, here = chosen if there.all() else chosen[there], those(clusters, there)
    # in units of 1 / slots, so that shared-out ties are whole numbers and sums are exact
    points = np.multiply(mine == index, float(slots))
    if ties:
        points += mine == TIE
    good = mine != NONE_GOOD
    headline, these, plain = share_of_each(points, here, out_of=slots, level=level)
    among_good = headline
    if not good.all():
        among_good = share(points[good], those(here, good), out_of=slots, level=level)
    return SourceShare(
        source=name,
        shown=len(mine),
        picked=int((mine == index).sum()),
        share=headline,
        these_raters=these,
        plain=plain,
        among_good=among_good,
    )


def share_first(
    clusters: Crossed, ranks: ArrayLike, *, estimand: str = LIKE_THESE, level: float = 0.95
) -> tuple[Estimate, ...]:
    """Of rankings (n, sources; 1 best, NaN unranked): each source's share of first places.

    Sources tied for the first place share it. A source counts in the ratings that ranked it.
    """
    table = np.asarray(ranks, dtype=np.float64)
    first = table == 1
    tied = first.sum(axis=1)
    parts = int(np.lcm.reduce(np.unique(tied[tied > 0]), initial=1))  # whole numbers sum exactly
    points = np.where(first, parts // np.maximum(tied, 1)[:, None], 0)
    found = []
    for points_of, ranked in zip(points.T, ~np.isnan(table.T), strict=True):
        here = those(clusters, ranked)
        found.append(share(points_of[ranked], here, out_of=parts, estimand=estimand, level=level))
    return tuple(found)

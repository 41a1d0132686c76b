"""Would the sources come out as far apart if their names had been dealt to the slots by chance?

Knows the stored orders and what was ranked or picked, by slot. Assumes nothing of raters,
questions or independence: only the orders were random, and they were random by design.

Under the sharp null that a slot would have got the same rank whichever source stood there, the
stored orders may be dealt anew among the ratings. Per pair the statistic is |wins - losses|, over
all sources the sum of their squares over pairs. A small p says that some rating depended on the
source; it does not say that raters like these prefer one, which is what the clustered interval
is for, and the two may differ where sources win some questions and lose others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .dealing import crossed_counts, dealt_sums, kinds_of, neutral, p_value

Floats = NDArray[np.float64]
UNRANKED = -1


@dataclass(frozen=True, slots=True)
class PairByChance:
    first: str
    second: str
    difference: int  # wins - losses; of picks: picked - picked
    p_value: float | None


@dataclass(frozen=True, slots=True)
class SourceEffect:
    """`p_value` over all sources at once; None, and no pairs' p, where `undefined` says why."""

    pairs: tuple[PairByChance, ...]
    p_value: float | None
    n: int
    replicates: int
    undefined: str = ""


def source_effect(
    order: ArrayLike,
    ranks: ArrayLike,
    *,
    sources: Sequence[str],
    rng: np.random.Generator,
    replicates: int = 10_000,
) -> SourceEffect:
    """Re-randomisation test of the sources.

    `order` (n, slots) holds the index of the source in each slot; `ranks` (n, slots) the rank of
    the text in that slot, 1 best, ties equal, UNRANKED for none. A pick is rank 1 for its slot
    and 2 for the others. Raises ValueError for shapes that differ or an index that is no source.
    """
    orders = np.asarray(order, dtype=np.intp)
    said = np.asarray(ranks, dtype=np.intp)
    if orders.ndim != 2 or orders.shape != said.shape:
        raise ValueError(f"orders of shape {orders.shape} for ranks of shape {said.shape}")
    if orders.size and not (orders.min() >= 0 and orders.max() < len(sources)):
        raise ValueError(f"an order must hold indices of the {len(sources)} sources")
    to = neutral(orders, said, len(sources))
    order_kinds, of_order = kinds_of(to[orders])
    order_kinds = np.argsort(to)[order_kinds]
    rank_kinds, of_ranks = kinds_of(said)
    pairs = list(combinations(range(len(sources)), 2))
    ahead = _ahead(order_kinds, rank_kinds, pairs)
    table = crossed_counts(of_order, of_ranks)
    observed = np.einsum("kr,krp->p", table, ahead)
    reason = _why_not(len(orders), order_kinds, ahead)
    drawn = None
    if not reason:
        drawn = dealt_sums(table, ahead, replicates, rng)
    return SourceEffect(
        pairs=tuple(
            PairByChance(
                first=sources[a],
                second=sources[b],
                difference=int(observed[i]),
                p_value=None if drawn is None else p_value(abs(observed[i]), np.abs(drawn[:, i])),
            )
            for i, (a, b) in enumerate(pairs)
        ),
        p_value=None
        if drawn is None
        else p_value(float(np.square(observed).sum()), np.square(drawn).sum(axis=1)),
        n=len(orders),
        replicates=0 if drawn is None else replicates,
        undefined=reason,
    )


def _ahead(
    orders: NDArray[np.intp], ranks: NDArray[np.intp], pairs: list[tuple[int, int]]
) -> Floats:
    """(orders, ranks, pairs): 1 where the first of a pair is ranked above the second, else -1."""
    found = np.zeros((len(orders), len(ranks), len(pairs)))
    for i, (a, b) in enumerate(pairs):
        for k, shown in enumerate(orders):
            at_a, at_b = np.flatnonzero(shown == a), np.flatnonzero(shown == b)
            if len(at_a) and len(at_b):
                first, second = ranks[:, at_a[0]], ranks[:, at_b[0]]
                both = (first != UNRANKED) & (second != UNRANKED)
                found[k, :, i] = np.where(both, np.sign(second - first), 0)
    return found


def _why_not(n: int, orders: NDArray[np.intp], ahead: Floats) -> str:
    if not n:
        return "no ratings"
    if len(orders) < 2:
        return "one order only: the source cannot be told from the slot"
    if not ahead.any():
        return "no rating tells two sources apart"
    return ""

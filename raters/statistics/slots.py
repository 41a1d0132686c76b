"""Where sources stood, where picks fell, and whether the slot itself drew picks.

Knows orders and picks. Knows no texts and no reason why a slot should draw them.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .dealing import crossed_counts, dealt_sums, kinds_of, neutral, p_value

Counts = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SlotEffect:
    """Do raters pick by slot? `p_value` is None where `undefined` says why."""

    picks: tuple[int, ...]  # per slot
    expected: tuple[float, ...]  # per slot, were slots without effect
    statistic: float | None
    p_value: float | None
    n: int
    replicates: int
    undefined: str = ""


def slot_counts(shown: ArrayLike, sources: int) -> Counts:
    """How often each source stood in each slot, (sources, slots): the balance achieved.

    `shown` (n, slots) holds the index of the source in each slot. Raises ValueError for an index
    that is no source.
    """
    orders = np.asarray(shown, dtype=np.intp)
    if orders.ndim != 2:
        raise ValueError(f"shown has shape {orders.shape}, not (n, slots)")
    if orders.size and not (orders.min() >= 0 and orders.max() < sources):
        raise ValueError(f"shown must hold indices of the {sources} sources")
    counted = [np.bincount(column, minlength=sources) for column in orders.T]
    return np.array(counted, dtype=np.intp).reshape(orders.shape[1], sources).T


def picks_per_slot(order: ArrayLike, picked: ArrayLike) -> Counts:
    """How often each slot was picked, (slots,).

    `order` (n, slots) holds in slot s the index of a rationale, `picked` (n,) the index of the
    picked one; negative picks (ties, none good) are left out. Raises ValueError where a picked
    rationale was not shown or the lengths differ.
    """
    orders, chosen = _picks(order, picked)
    return np.bincount(np.argmax(orders == chosen[:, None], axis=1), minlength=orders.shape[1])


def slot_effect(
    order: ArrayLike,
    picked: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 10_000,
) -> SlotEffect:
    """Re-randomisation test of the *picked slot* (arguments as for `picks_per_slot`).

    Were slots without effect, the same rationales would have been picked in any other order. So
    the stored orders are dealt anew among the ratings, the picks stay, and the Pearson distance
    of picks per slot from their expectation is compared with the observed one. p is
    (1 + replicates as far or farther) / (1 + replicates): Phipson and Smyth 2010, SAGMB 9:39,
    eq. 2. Clustering of ratings does not matter here: only the orders are random. Dealing needs
    no loop over ratings: it draws tables order x picked with the margins kept (`dealing`). Neither
    the order of rows nor the numbers of sources change a digit.
    """
    orders, chosen = _picks(order, picked)
    n, slots = orders.shape
    at = np.argmax(orders == chosen[:, None], axis=1)
    picks = np.bincount(at, minlength=slots)
    to = neutral(orders, at[:, None], int(orders.max(initial=-1)) + 1)
    orders, chosen = to[orders], to[chosen]
    kinds, which = kinds_of(orders)
    used, pick = np.unique(chosen, return_inverse=True)
    table = crossed_counts(which, pick.reshape(-1))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    # falls[k, r, s]: in kind k the rationale used[r] stands in slot s
    falls = (kinds[:, None, :] == used[None, :, None]).astype(np.float64)
    expected = np.einsum("k,r,krs->s", rows, columns, falls) / max(n, 1)
    described = SlotEffect(
        tuple(map(int, picks)), tuple(map(float, expected)), None, None, n, replicates
    )
    reason = _why_not(n, rows, columns, expected)
    if reason:
        return replace(described, undefined=reason, replicates=0)
    drawn = dealt_sums(table, falls, replicates, rng)
    observed = _distance(np.asarray(picks, dtype=np.float64), expected)
    p = p_value(float(observed), _distance(drawn, expected))
    return replace(described, statistic=float(observed), p_value=p)


def _picks(order: ArrayLike, picked: ArrayLike) -> tuple[Counts, Counts]:
    orders = np.asarray(order, dtype=np.intp)
    chosen = np.asarray(picked, dtype=np.intp).reshape(-1)
    if orders.ndim != 2 or len(orders) != len(chosen):
        raise ValueError(f"orders of shape {orders.shape} for {len(chosen)} picks")
    orders, chosen = orders[chosen >= 0], chosen[chosen >= 0]
    if not (orders == chosen[:, None]).any(axis=1).all():
        raise ValueError("a picked rationale was not shown")
    return orders, chosen


def _why_not(n: int, rows: Counts, columns: Counts, expected: NDArray[np.float64]) -> str:
    if not n:
        return "no picks"
    if len(rows) < 2:
        return "one order only: the slot cannot be told from the rationale"
    if not (expected > 0).all():
        return "a slot never held a rationale that was picked"
    return ""


def _distance(picks: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.square(picks - expected) / expected).sum(axis=-1)

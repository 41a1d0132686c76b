"""Krippendorff's alpha of whole rankings, with a named distance between two of them.

Knows rankings by unit. The coefficient is that of `agreement` (1 - observed / expected
disagreement), where two rankings are not just the same or not but more or less far apart:

- "kendall": the share of pairs of alternatives that they order differently, a tie against an order
  counting half (Kemeny's distance, halved and scaled to 1);
- "spearman": the sum of squared differences of average ranks, scaled to 1 for a reversed order.
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .agreement import alpha_parts, estimate_from
from .estimate import Estimate
from .jackknife import codes

Floats = NDArray[np.float64]

DISTANCES = ("kendall", "spearman")
MOST_KINDS = 5000  # six alternatives with ties have 4,683 rankings


def rank_alpha(
    unit: ArrayLike, ranks: ArrayLike, *, distance: str = "kendall", level: float = 0.95
) -> Estimate:
    """Alpha of complete rankings: `ranks` (n, k), 1 the best; those with a NaN are left out.

    Raises ValueError for lengths that differ, an unknown distance or more than 5,000 rankings.
    """
    units, table = codes(unit), np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(units):
        raise ValueError(f"ranks of shape {table.shape} for {len(units)} ratings")
    if distance not in DISTANCES:
        raise ValueError(f"distance must be one of {DISTANCES}, not {distance}")
    complete = ~np.isnan(table).any(axis=1)
    units, table = codes(units[complete]), table[complete]
    kinds, which = np.unique(table, axis=0, return_inverse=True)
    if len(kinds) > MOST_KINDS:
        raise ValueError(f"{len(kinds)} different rankings: at most {MOST_KINDS} are compared")
    shape = int(units.max(initial=-1)) + 1, len(kinds)
    counted = np.bincount(units * shape[1] + which.reshape(-1), minlength=shape[0] * shape[1])
    counts = counted.reshape(shape).astype(np.float64)
    pairable = counts[counts.sum(axis=1) >= 2]
    apart = _kendall(kinds) if distance == "kendall" else _spearman(kinds)
    parts = alpha_parts(pairable, apart)
    reason = "" if parts.expected > 0 else "every ranking is the same: there is nothing to agree on"
    return estimate_from(parts, pairable, reason, level)


def _kendall(kinds: Floats) -> Floats:
    pairs = list(combinations(range(kinds.shape[1]), 2))
    found = np.zeros((len(kinds), len(kinds)))
    for a, b in pairs:
        ahead = np.sign(kinds[:, b] - kinds[:, a])
        found += np.abs(ahead[:, None] - ahead[None, :]) / 2
    return found / max(len(pairs), 1)


def _spearman(kinds: Floats) -> Floats:
    above = (kinds[:, None, :] < kinds[:, :, None]).sum(axis=2)
    ranks = above + ((kinds[:, None, :] == kinds[:, :, None]).sum(axis=2) + 1) / 2
    norms = np.square(ranks).sum(axis=1)
    k = kinds.shape[1]
    farthest = max(k * (k * k - 1) / 3, 1)
    return np.maximum(0.0, norms[:, None] + norms[None, :] - 2 * ranks @ ranks.T) / farthest

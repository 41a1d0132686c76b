"""Stored orders dealt anew among the ratings: what chance alone would have done.

Knows orders and what each rating said, both as kinds. Knows no statistic of them.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.intp]


def kinds_of(rows: Counts) -> tuple[Counts, Counts]:
    """The distinct rows of a table of small whole numbers, and which of them each row is."""
    shifted = rows - rows.min(initial=0)
    base = int(shifted.max(initial=0)) + 1
    key = shifted @ base ** np.arange(rows.shape[1], dtype=np.intp)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], which.reshape(-1)


def crossed_counts(first: Counts, second: Counts) -> Counts:
    """How often kind i of the first met kind j of the second."""
    shape = int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)


def dealt(table: Counts, replicates: int, rng: np.random.Generator) -> Counts:
    """Tables (replicates, *table.shape) with the margins of `table`, as random dealing gives them.

    Row by row, column by column: each entry is hypergeometric given those before it.
    """
    drawn = np.zeros((replicates, *table.shape), dtype=np.int64)
    left = np.tile(table.sum(axis=0), (replicates, 1))
    for i, size in enumerate(table.sum(axis=1)):
        wanted = np.full(replicates, size)
        others = left.sum(axis=1)
        for j in range(table.shape[1]):
            others = others - left[:, j]
            drawn[:, i, j] = rng.hypergeometric(left[:, j], others, wanted)
            wanted = wanted - drawn[:, i, j]
        left = left - drawn[:, i]
    return drawn


def p_value(observed: float, drawn: NDArray[np.float64]) -> float:
    """(1 + as far or farther) / (1 + replicates): Phipson and Smyth 2010, SAGMB 9:39, eq. 2."""
    return (1 + int((drawn >= observed - 1e-9).sum())) / (1 + len(drawn))

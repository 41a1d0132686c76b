"""Stored orders dealt anew among the ratings: what chance alone would have done.

Knows orders and what each rating said, both as kinds. Knows no statistic of them. Random draws
follow numbers of sources that come from what sources did alone (`neutral`), so that another order
or other names of the sources change no digit.
"""

from itertools import chain, islice, permutations, product

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.intp]

MOST_TRIED = 5040
MOST_ENTRIES = 50_000_000  # of tables held at a time: 400 MB


def neutral(orders: Counts, said: Counts, sources: int) -> Counts:
    """A new number for each source, (sources,), the same however the sources are numbered.

    `orders` (n, slots) holds sources, `said` (n, ...) what each rating said of the slots. Sources
    are sorted by how often they met which answer in which slot; of those with equal counts every
    numbering is tried and the one that writes the data down first in the alphabet is taken (the
    first MOST_TRIED, which five sources alike in everything exhaust).
    """
    kinds, which = kinds_of(said)
    met = [
        np.bincount(column * len(kinds) + which, minlength=sources * len(kinds))
        for column in orders.T
    ]
    about = np.array(met, dtype=np.intp).reshape(orders.shape[1], sources, len(kinds))
    alike: dict[bytes, list[int]] = {}
    for source in range(sources):
        alike.setdefault(about[:, source].astype(">i8").tobytes(), []).append(source)
    groups = [alike[key] for key in sorted(alike)]
    tried = islice(product(*map(permutations, groups)), MOST_TRIED)
    numberings = [np.argsort([*chain.from_iterable(one)]) for one in tried]
    if len(numberings) == 1:
        return numberings[0]
    rows, times = np.unique(
        np.concatenate([orders, which[:, None]], axis=1), axis=0, return_counts=True
    )
    return min(numberings, key=lambda to: _written(rows, times, to))


def _written(rows: Counts, times: Counts, to: Counts) -> bytes:
    renumbered = np.concatenate([to[rows[:, :-1]], rows[:, -1:], times[:, None]], axis=1)
    return renumbered[np.lexsort(renumbered.T)].astype(">i8").tobytes()


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


def dealt_sums(
    table: Counts, weights: NDArray[np.float64], replicates: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Sums (replicates, w) of `weights` (*table.shape, w) over tables as `dealt` gives them.

    Tables that are too many to hold come in parts; where they have more entries than ratings, the
    ratings themselves are dealt.
    """
    if table.sum() < table.size and replicates * table.size > MOST_ENTRIES:
        first, second = np.nonzero(table)
        times = table[first, second]
        first, second = np.repeat(first, times), np.repeat(second, times)
        return np.array(
            [weights[first, rng.permutation(second)].sum(axis=0) for _ in range(replicates)]
        )
    at_once = max(1, MOST_ENTRIES // max(1, table.size))
    parts = [min(at_once, replicates - done) for done in range(0, replicates, at_once)]
    return np.concatenate(
        [np.einsum("mkr,krw->mw", dealt(table, part, rng), weights) for part in parts]
    )


def p_value(observed: float, drawn: NDArray[np.float64]) -> float:
    """(1 + as far or farther) / (1 + replicates): Phipson and Smyth 2010, SAGMB 9:39, eq. 2."""
    return (1 + int((drawn >= observed - 1e-9).sum())) / (1 + len(drawn))

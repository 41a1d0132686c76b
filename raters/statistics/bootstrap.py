"""The two-way bootstrap: a check on the jackknife that shares no formula with it.

Knows numbers with a rater and a question each. Resamples raters and, independently, questions with
replacement; a rating counts as often as its rater times as often as its question (pigeonhole
bootstrap: Owen 2007, Ann. Appl. Stat. 1:386). Mildly too wide, as the noise of single ratings is
resampled by both ways; the headline interval is the jackknife's.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .estimate import LIKE_THESE, Estimate, undefined
from .jackknife import FEWEST, Crossed

METHOD = "two-way bootstrap, percentile"
CELLS_AT_ONCE = 2_000_000  # weights held in memory at a time


def bootstrap_share(
    y: ArrayLike,
    clusters: Crossed,
    *,
    rng: np.random.Generator,
    out_of: int = 1,
    replicates: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """The mean of `y / out_of` (shape (n,)) with its percentile interval over both ways.

    Unanimity and a single rater or question have no interval here: resampling shows no variation.
    """
    values = np.asarray(y, dtype=np.float64)
    n = len(values)
    if not n:
        return undefined("no ratings", method=METHOD, estimand=LIKE_THESE)
    bare = Estimate(
        value=float(values.sum() / n / out_of),
        n=n,
        method=METHOD,
        estimand=LIKE_THESE,
        effective_raters=clusters.effective_raters,
        effective_questions=clusters.effective_questions,
        level=level,
        undefined="one rater or one question cannot be resampled",
    )
    if min(clusters.effective_raters, clusters.effective_questions) < FEWEST:
        return bare
    if values.min() == values.max():
        return replace(bare, undefined="all ratings are the same: resampling shows no variation")
    means = _means(values, clusters, rng, replicates) / out_of
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return replace(
        bare, low=float(low), high=float(high), se=float(means.std(ddof=1)), undefined=""
    )


def _means(
    values: NDArray[np.float64], clusters: Crossed, rng: np.random.Generator, replicates: int
) -> NDArray[np.float64]:
    at = (clusters.rater, clusters.question)
    shape = tuple(int(by.max()) + 1 for by in at)
    sums, counts = (
        sparse.csr_array((weights, at), shape=shape) for weights in (values, np.ones(len(values)))
    )
    raters, questions = shape
    found: list[NDArray[np.float64]] = []
    left = replicates
    while left:
        some = min(left, max(1, CELLS_AT_ONCE // max(shape)))
        by_rater, by_question = (
            rng.multinomial(size, np.full(size, 1 / size), size=some).astype(np.float64)
            for size in (raters, questions)
        )
        above, below = (((by_rater @ table) * by_question).sum(axis=1) for table in (sums, counts))
        found.append(above[below > 0] / below[below > 0])  # an empty sample says nothing
        left -= some
    return np.concatenate(found)

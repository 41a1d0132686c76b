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

Floats = NDArray[np.float64]

METHOD = "two-way bootstrap, percentile"
RESAMPLE = "to be resampled"
CELLS_AT_ONCE = 2_000_000  # weights held in memory at a time
MOST_RATINGS = 200_000  # beyond, it takes minutes, and a check is needed the least


def bootstrap_share(
    y: ArrayLike,
    clusters: Crossed,
    *,
    rng: np.random.Generator,
    out_of: int = 1,
    replicates: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """The mean of `y / out_of` (shape (n,)) with its percentile interval over both ways."""
    values = np.asarray(y, dtype=np.float64)[None, :]
    return bootstrap_shares(
        values, clusters, rng=rng, out_of=out_of, replicates=replicates, level=level
    )[0]


def bootstrap_shares(
    y: ArrayLike,
    clusters: Crossed,
    *,
    rng: np.random.Generator,
    out_of: int = 1,
    replicates: int = 2000,
    level: float = 0.95,
) -> tuple[Estimate, ...]:
    """The mean of each row of `y / out_of` (figures, n), NaN for a rating that is not of it.

    All figures are taken from the same resamples. Unanimity and a single rater or question have no
    interval here: resampling shows no variation.
    """
    values = np.asarray(y, dtype=np.float64)
    bare = [_bare(row[~np.isnan(row)], out_of, clusters, level) for row in values]
    wanted = [i for i, one in enumerate(bare) if one.undefined == RESAMPLE]
    if wanted:
        drawn = _means(values[wanted], clusters, rng, replicates)
        for i, means in zip(wanted, drawn, strict=True):
            bare[i] = _with_interval(bare[i], means[~np.isnan(means)] / out_of)
    return tuple(bare)


def _bare(values: Floats, out_of: int, clusters: Crossed, level: float) -> Estimate:
    """The figure without its interval: why there can be none, or RESAMPLE."""
    n = len(values)
    if not n:
        return undefined("no ratings", method=METHOD, estimand=LIKE_THESE)
    reason = RESAMPLE
    if min(clusters.effective_raters, clusters.effective_questions) < FEWEST:
        reason = "one rater or one question cannot be resampled"
    elif len(clusters.rater) > MOST_RATINGS:
        reason = f"more than {MOST_RATINGS:,} ratings: they are not resampled"
    elif values.min() == values.max():
        reason = "all ratings are the same: resampling shows no variation"
    return Estimate(
        value=float(values.sum() / n / out_of),
        n=n,
        method=METHOD,
        estimand=LIKE_THESE,
        effective_raters=clusters.effective_raters,
        effective_questions=clusters.effective_questions,
        level=level,
        undefined=reason,
    )


def _with_interval(bare: Estimate, means: Floats) -> Estimate:
    if len(means) < 2:
        return replace(bare, undefined="no resample holds a rating of it")
    low, high = np.quantile(means, [(1 - bare.level) / 2, (1 + bare.level) / 2])
    se = float(means.std(ddof=1))
    return replace(bare, low=float(low), high=float(high), se=se, undefined="")


def _means(values: Floats, clusters: Crossed, rng: np.random.Generator, replicates: int) -> Floats:
    """Means of each row over each resample, (rows, replicates); NaN where it holds no rating."""
    at = (clusters.rater, clusters.question)
    raters, questions = shape = tuple(int(by.max()) + 1 for by in at)
    tables, counts = [], {}
    for row in values:
        here = ~np.isnan(row)
        if here.tobytes() not in counts:  # figures of the same ratings share their counts
            counts[here.tobytes()] = sparse.csr_array((here.astype(np.float64), at), shape=shape)
        sums = sparse.csr_array((np.where(here, row, 0), at), shape=shape)
        tables.append((sums, here.tobytes()))
    found = []
    left = replicates
    while left:
        some = min(left, max(1, CELLS_AT_ONCE // max(shape)))
        by_rater, by_question = (_resampled(size, some, rng) for size in (raters, questions))

        def resampled(
            table: sparse.csr_array, by_rater: Floats = by_rater, by_question: Floats = by_question
        ) -> Floats:
            return np.asarray(((by_rater @ table) * by_question).sum(axis=1))

        below = {name: resampled(table) for name, table in counts.items()}
        drawn = [(resampled(sums), below[name]) for sums, name in tables]
        found.append([np.divide(a, b, out=np.full(some, np.nan), where=b > 0) for a, b in drawn])
        left -= some
    return np.concatenate(found, axis=1)


def _resampled(size: int, replicates: int, rng: np.random.Generator) -> Floats:
    """How often each of `size` clusters is drawn, (replicates, size)."""
    drawn = rng.integers(0, size, (replicates, size)) + size * np.arange(replicates)[:, None]
    counted = np.bincount(drawn.ravel(), minlength=replicates * size)
    return counted.reshape(replicates, size).astype(np.float64)

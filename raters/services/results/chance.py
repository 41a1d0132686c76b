"""Whether the sources could have come out as they did by the luck of the slots alone."""

import numpy as np

from raters.services.results.counted import Counted
from raters.statistics import NONE_GOOD, TIE, UNRANKED, SourceEffect, source_effect

SECOND = 1  # stream of the study's seed; the slots' own test has the first


def by_chance(counted: Counted, names: tuple[str, ...], seed: int) -> SourceEffect:
    ranks = np.take_along_axis(counted.ranks, counted.order, axis=1)
    picked = np.isnan(ranks).all(axis=1) & (counted.best >= 0)
    ranks[picked] = np.where(counted.order == counted.best[:, None], 1, 2)[picked]
    ranks[(counted.best == TIE) & np.isnan(ranks).all(axis=1)] = 1
    ranks[counted.best == NONE_GOOD] = np.nan
    said = np.where(np.isnan(ranks), UNRANKED, ranks).astype(np.intp)
    rng = np.random.default_rng([abs(seed), SECOND])
    return source_effect(counted.order, said, sources=names, rng=rng)

"""Whether the sources could have come out as they did by the luck of the slots alone."""

import numpy as np

from raters.services.results.counted import Counted
from raters.statistics import UNRANKED, SourceEffect, source_effect

SECOND = 1  # stream of the study's seed; the slots' own test has the first


def by_chance(counted: Counted, names: tuple[str, ...], seed: int) -> SourceEffect:
    ranks = counted.ranks_by_slot()
    said = np.where(np.isnan(ranks), UNRANKED, ranks).astype(np.intp)
    rng = np.random.default_rng([abs(seed), SECOND])
    return source_effect(counted.order, said, sources=names, rng=rng)

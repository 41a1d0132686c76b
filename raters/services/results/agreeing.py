"""How far raters agree on which rationale of a triple is the best, under any protocol."""

import numpy as np

from raters.services.results.counted import Counted
from raters.statistics import Agreement, agreement


def agreement_on_best(counted: Counted, names: tuple[str, ...], *, tied: str) -> Agreement:
    """`tied` is what it means that no single one is the best."""
    said = np.where(counted.best >= 0, counted.best, len(names) - 1 - counted.best)
    categories = (*names, tied, "none good")  # TIE is -1, NONE_GOOD -2
    return agreement(counted.triple, counted.rater, said, categories=categories)

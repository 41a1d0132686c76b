"""How far raters agree on which rationale of a triple is the best, under any protocol."""

import numpy as np

from raters.services.results.counted import Counted, Ints
from raters.statistics import Agreement, agreement


def said_best(counted: Counted, sources: int) -> tuple[Ints, int]:
    """Which source each rating calls the best, with *tied* and *none good* as the last two."""
    said = np.where(counted.best >= 0, counted.best, sources - 1 - counted.best)
    return said, sources + 2  # TIE is -1, NONE_GOOD -2


def agreement_on_best(counted: Counted, names: tuple[str, ...], *, tied: str) -> Agreement:
    """`tied` is what it means that no single one is the best."""
    said, _ = said_best(counted, len(names))
    categories = (*names, tied, "none good")
    return agreement(counted.triple, counted.rater, said, categories=categories)

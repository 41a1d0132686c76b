"""How much raters and questions differ, for whoever plans the next study with this one as a pilot.

Of the source that was the best most often against all others: the planner thinks of one pair.
"""

import numpy as np

from raters.services.results.counted import Counted
from raters.statistics import NONE_GOOD, TIE, Spreads, spreads


def spread(counted: Counted) -> Spreads:
    counts = np.bincount(counted.best[counted.best >= 0], minlength=1)
    y = np.where(counted.best == TIE, 0.5, counted.best == int(counts.argmax()))
    said = counted.best != NONE_GOOD
    return spreads(counted.rater[said], counted.question[said], y[said])

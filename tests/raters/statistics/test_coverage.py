"""The headline interval holds what it promises, where the plain one does not (simulation)."""

import numpy as np
import pytest
from scipy.special import expit

from raters.statistics import PLAIN, crossed, share

RATERS, QUESTIONS, RATINGS, STUDIES = 20, 50, 1000, 200
RATER_SD, QUESTION_SD = 0.6, 0.8


def simulated(rng):
    """Each rater judges each question once; at odds 1 the average over both populations is .5."""
    rater, question = np.divmod(np.arange(RATINGS), QUESTIONS)
    leaning = (
        rng.normal(0, RATER_SD, RATERS)[rater] + rng.normal(0, QUESTION_SD, QUESTIONS)[question]
    )
    return rng.random(RATINGS) < expit(leaning), crossed(rater, question)


@pytest.mark.slow
def test_the_two_way_jackknife_covers_and_the_plain_interval_does_not():
    rng = np.random.default_rng(20261123)
    covered = {"two-way": 0, "plain": 0}
    for _ in range(STUDIES):
        y, clusters = simulated(rng)
        for name, found in (
            ("two-way", share(y, clusters)),
            ("plain", share(y, clusters, estimand=PLAIN)),
        ):
            covered[name] += found.low <= 0.5 <= found.high
    assert 0.915 <= covered["two-way"] / STUDIES <= 0.985  # 95 % +- 2.3 simulation errors
    assert covered["plain"] / STUDIES < 0.75

"""Intervals by question, against statsmodels."""

import random

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from generation.uncertainty import difference, mean, share


def drawn(seed: int, questions: int = 30) -> tuple[list[float], list[int]]:
    rng = random.Random(seed)
    names = [n for n in range(questions) for _ in range(rng.choice([1, 2, 5]))]
    level = [rng.gauss(0, 1) for _ in range(questions)]
    return [level[n] + rng.gauss(0, 0.5) for n in names], names


def test_a_share_with_one_value_a_question_has_wilsons_interval():
    found = share([1.0] * 30 + [0.0] * 10, range(40))
    low, high = proportion_confint(30, 40, method="wilson")
    # The variance has 39 for 40 in it, so a 40th less counts.
    assert (found.value, found.n, found.questions) == (0.75, 40, 40)
    assert (found.low, found.high) == (pytest.approx(low, abs=3e-3), pytest.approx(high, abs=3e-3))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_share_of_none_or_all_has_an_interval_too(value):
    found = share([value] * 20, range(20))
    assert (found.low, found.high) == pytest.approx(
        proportion_confint(20 * value, 20, method="wilson")
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mean_has_the_cluster_robust_interval(seed):
    values, questions = drawn(seed)
    fit = sm.OLS(np.array(values), np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(questions)}, use_t=True
    )
    # statsmodels counts (N - 1) / (N - K) too, which is 1 for a mean.
    low, high = fit.conf_int()[0]
    found = mean(values, questions)
    assert (found.value, found.low, found.high) == pytest.approx((fit.params[0], low, high))


def test_repeated_values_of_one_question_tell_nothing_new():
    values, questions = [1.0, 0.0, 1.0, 1.0], [1, 2, 3, 4]
    once, thrice = mean(values, questions), mean(values * 3, questions * 3)
    assert (once.low, once.high) == pytest.approx((thrice.low, thrice.high))
    assert share(values * 3, questions * 3).low == pytest.approx(share(values, questions).low)


def test_a_difference_is_paired_and_mirrors():
    first, questions = drawn(4)
    second = [value - 0.5 for value in first]
    assert difference(first, second, questions).value == pytest.approx(0.5)
    other, _ = drawn(4)
    other = [value * 2 for value in other]
    there, back = difference(first, other, questions), difference(other, first, questions)
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


def test_what_the_values_do_not_say_is_not_said():
    assert mean([3.0, 4.0], ["q", "q"]).low is None  # one question
    assert difference([1.0, 0.0], [1.0, 0.0], [1, 2]).high is None  # they never differ
    with pytest.raises(ValueError, match="no values"):
        mean([], [])

"""What a plan promises, by simulation with the interval that the results use."""

import numpy as np
import pytest
from scipy import stats

from raters.statistics import Plan, power, ratings_needed

PAPER = Plan(ratings=200, raters=20, questions=50)


def rng():
    return np.random.default_rng(12)


def test_the_papers_plan_has_little_power():
    """200 ratings by 20 raters at true odds 1.28: about one study in four finds it."""
    found = power(PAPER, odds=1.28, rng=rng(), studies=300)
    assert 0.12 < found.power.value < 0.35
    assert found.power.low < found.power.value < found.power.high


def test_without_a_preference_few_studies_find_one_and_most_intervals_hold():
    found = power(PAPER, odds=1, rng=rng(), studies=400)
    assert found.power.value < 0.08
    assert found.covered.value > 0.92


def test_without_spread_it_is_the_power_of_a_plain_test():
    plan = Plan(ratings=400, raters=100, questions=2000, rater_sd=0, question_sd=0)
    found = power(plan, odds=1.4, rng=rng(), studies=300)
    p = 1.4 / 2.4
    wanted = stats.norm.sf(1.984 - (p - 0.5) / (p * (1 - p) / 400) ** 0.5)
    assert found.power.value == pytest.approx(wanted, abs=0.08)


def test_more_questions_and_raters_help_and_spread_hurts():
    plan = Plan(ratings=1000, raters=20, questions=50)
    base, more_questions, more_spread = (
        power(changed, odds=1.28, rng=rng(), studies=200)
        for changed in (
            plan,
            Plan(ratings=1000, raters=20, questions=500),
            Plan(ratings=1000, raters=20, questions=50, rater_sd=1.0),
        )
    )
    assert more_questions.power.value > base.power.value > more_spread.power.value
    assert more_questions.width < base.width < more_spread.width


def test_the_number_of_ratings_for_a_wanted_power():
    plan = Plan(ratings=1, raters=40, questions=200)
    needed = ratings_needed(plan, odds=1.6, rng=rng(), studies=150)
    found = power(Plan(ratings=needed, raters=40, questions=200), odds=1.6, rng=rng())
    assert found.power.value == pytest.approx(0.8, abs=0.12)


def test_where_more_ratings_do_not_help_it_says_so():
    plan = Plan(ratings=1, raters=4, questions=6)
    assert ratings_needed(plan, odds=1.2, rng=rng(), most=500, studies=50) is None


def test_one_rater_finds_nothing_about_raters_like_these():
    found = power(Plan(ratings=20, raters=1, questions=20), odds=3, rng=rng(), studies=20)
    assert (found.power.value, found.width) == (0, None)


def test_the_same_generator_gives_the_same_figures():
    assert power(PAPER, odds=2, rng=rng(), studies=20) == power(
        PAPER, odds=2, rng=rng(), studies=20
    )


@pytest.mark.parametrize(
    "wrong",
    [{"ratings": 0}, {"raters": 0}, {"questions": 0}, {"rater_sd": -1}, {"question_sd": -0.1}],
)
def test_plans_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError):
        Plan(**({"ratings": 1, "raters": 1, "questions": 1} | wrong))


def test_odds_must_be_positive():
    with pytest.raises(ValueError, match="odds"):
        power(PAPER, odds=0, rng=rng())

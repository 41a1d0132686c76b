"""What a study costs and what it can find, before it begins and while it runs."""

import numpy as np
import pytest

from raters.statistics import Plan, Terms, cost, days_left, power, ratings_for_width, rehearse

PAPER = Plan(ratings=200, raters=20, questions=50)
TERMS = Terms(
    seconds_per_rating=60, seconds_before=300, pay_per_hour=12, fee=0.25, raters_at_once=5
)


def rng():
    return np.random.default_rng(17)


def test_by_hand_what_the_papers_study_costs():
    """20 raters, 5 minutes to begin and 10 ratings of a minute each: 5 hours at 15."""
    found = cost(PAPER, TERMS)
    assert found.minutes_each == 15
    assert found.hours == pytest.approx(5)
    assert found.elapsed_hours == pytest.approx(1)
    assert found.money == pytest.approx(75)


def test_raters_who_drop_out_are_paid_for_what_they_did():
    found = cost(Plan(ratings=200, raters=20, questions=50, drop_out=0.2), TERMS)
    assert found.hours == pytest.approx((20 * 300 + 180 * 60) / 3600)


def test_the_papers_own_design_is_warned_of():
    found = rehearse(PAPER, odds=1.28, terms=TERMS, rng=rng(), studies=200)
    assert found.warnings[0].startswith("Little power: true odds of 1.28 are found in")
    assert found.found.power.value < 0.4
    assert any("Twice the raters" in said for said in found.warnings)


def test_a_plan_with_power_is_not():
    plan = Plan(ratings=4000, raters=80, questions=500)
    found = rehearse(plan, odds=1.5, terms=TERMS, rng=rng(), studies=60)
    assert not any("Little power" in said or "few" in said for said in found.warnings)


def test_few_questions_raters_and_long_sessions_are_warned_of():
    plan = Plan(ratings=500, raters=5, questions=10)
    said = " ".join(rehearse(plan, odds=2, terms=TERMS, rng=rng(), studies=20).warnings)
    for words in ("10 questions are few", "5 raters are few", "works 105 minutes"):
        assert words in said


def test_one_rater_finds_no_interval_and_is_told():
    plan = Plan(ratings=20, raters=1, questions=20)
    said = " ".join(rehearse(plan, odds=2, terms=TERMS, rng=rng(), studies=10).warnings)
    assert "No simulated study had an interval" in said


def test_drop_outs_cost_precision():
    whole, dropped = (
        power(
            Plan(ratings=600, raters=20, questions=200, drop_out=drop_out),
            odds=1.5, rng=rng(), studies=150,
        )
        for drop_out in (0, 0.5)
    )  # fmt: skip
    assert dropped.width > 1.05 * whole.width
    assert dropped.covered.value > 0.9


def test_ratings_for_a_wanted_width():
    plan = Plan(ratings=1, raters=40, questions=400)
    needed = ratings_for_width(plan, width=0.1, rng=rng())
    reached = power(Plan(ratings=needed, raters=40, questions=400), odds=1, rng=rng()).width
    assert reached == pytest.approx(0.1, rel=0.06)


def test_a_width_that_raters_and_questions_do_not_give_is_none():
    plan = Plan(ratings=1, raters=4, questions=10)
    assert ratings_for_width(plan, width=0.05, rng=rng(), most=2000, studies=20) is None


def test_days_left():
    assert days_left(done=120, needed=200, per_day=40) == 2
    assert days_left(done=250, needed=200, per_day=0) == 0
    assert days_left(done=120, needed=200, per_day=0) is None
    assert days_left(done=120, needed=None, per_day=40) is None


@pytest.mark.parametrize("wrong", [{"fee": -1}, {"seconds_per_rating": -1}, {"raters_at_once": 0}])
def test_terms_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError):
        Terms(**wrong)


def test_a_width_or_drop_out_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="width"):
        ratings_for_width(PAPER, width=0, rng=rng())
    with pytest.raises(ValueError, match="drop out"):
        Plan(ratings=1, raters=1, questions=1, drop_out=1)

"""The interval of a mean of crossed ratings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from raters.statistics import (
    PLAIN,
    THESE,
    Estimate,
    crossed,
    jackknife_variance,
    kish,
    sandwich_variance,
    share,
)

# four raters on three questions: 110, 111, 100, 101
HAND = np.array([1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1])
RATERS = np.repeat([1, 2, 3, 4], 3)
QUESTIONS = np.tile([1, 2, 3], 4)

uneven = np.random.default_rng(3)
Y = uneven.integers(0, 2, 80)
R = uneven.integers(0, 7, 80) ** 2 // 8
Q = uneven.integers(0, 12, 80)


def brute_force(y, by):
    """CV3 by its definition: leave every cluster out in turn."""
    means = np.array([y[by != one].mean() for one in np.unique(by)])
    return (len(means) - 1) / len(means) * np.square(means - y.mean()).sum()


# -- the variance ----------------------------------------------------------------------------------


def test_by_hand_the_two_way_sandwich():
    clusters = crossed(RATERS, QUESTIONS)
    assert sandwich_variance(HAND, clusters).two_way == pytest.approx(0.026094, abs=5e-7)
    plain = sandwich_variance(HAND, clusters, corrected=False)
    assert plain.two_way == pytest.approx(0.013889, abs=5e-7)
    assert (plain.raters, plain.questions, plain.cells) == pytest.approx(
        (2 / 144, 8 / 432, 8 / 432)
    )


def test_by_hand_the_jackknife_equals_the_corrected_sandwich_where_clusters_are_equal():
    assert jackknife_variance(HAND, crossed(RATERS, QUESTIONS)).two_way == pytest.approx(
        0.026094, abs=5e-7
    )


def test_the_jackknife_is_delete_one_cluster():
    by = jackknife_variance(Y, crossed(R, Q))
    cells = R * 100 + Q
    wanted = [brute_force(Y, clusters) for clusters in (R, Q, cells)]
    assert [by.raters, by.questions, by.cells] == pytest.approx(wanted, rel=1e-12)
    assert by.two_way == pytest.approx(wanted[0] + wanted[1] - wanted[2], rel=1e-12)


def test_the_sandwich_is_that_of_a_regression_on_a_constant():
    fit = OLS(Y, np.ones(len(Y))).fit()
    found = sandwich_variance(Y, crossed(R, Q), corrected=False)
    for variance, groups in ((found.raters, R), (found.questions, Q)):
        robust = fit.get_robustcov_results("cluster", groups=groups, use_correction=False)
        assert variance == pytest.approx(robust.cov_params()[0, 0])


def test_duplicated_ratings_within_a_cell_change_no_clustered_error():
    once = share(HAND, crossed(RATERS, QUESTIONS))
    twice = share(np.tile(HAND, 2), crossed(np.tile(RATERS, 2), np.tile(QUESTIONS, 2)))
    assert (twice.value, twice.se) == pytest.approx((once.value, once.se), rel=1e-12)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), rel=1e-12)


def test_effective_clusters():
    assert kish([5, 5, 5, 5]) == 4
    assert kish([97, 1, 1, 1]) == pytest.approx(100**2 / (97**2 + 3))
    assert kish([]) == 0


# -- the interval ----------------------------------------------------------------------------------


def test_by_hand_the_interval():
    found = share(HAND, crossed(RATERS, QUESTIONS))
    assert found.value == pytest.approx(2 / 3)
    assert (found.effective_raters, found.effective_questions, found.df) == (4, 3, 2)
    assert found.notes == ("the variance by questions is used: the two-way one is smaller",)
    reach = stats.t.ppf(0.975, 2) * (0.0185185185 * 3 / 2) ** 0.5 / (2 / 3 * 1 / 3)
    odds = np.exp(np.log(2) + np.array([-reach, reach]))
    assert [found.low, found.high] == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_the_plain_interval_is_wilsons():
    found = share(
        np.r_[np.ones(113), np.zeros(87)], crossed(np.arange(200), np.arange(200)), estimand=PLAIN
    )
    wanted = proportion_confint(113, 200, method="wilson")
    assert (found.low, found.high) == pytest.approx(wanted, rel=1e-12)


def test_these_raters_are_clustered_by_question():
    found = share(Y, crossed(R, Q), estimand=THESE)
    assert found.se == pytest.approx(brute_force(Y, Q) ** 0.5)
    assert found.df == pytest.approx(found.effective_questions - 1)


def test_one_rater_says_nothing_about_raters_like_these():
    alone = crossed(np.zeros(6), np.arange(6))
    found = share([1, 0, 1, 1, 0, 1], alone)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "one rater" in found.undefined
    these = share([1, 0, 1, 1, 0, 1], alone, estimand=THESE)
    assert these.low < 2 / 3 < these.high


def test_one_question_says_nothing_about_other_questions():
    found = share([1, 0, 1], crossed([1, 2, 3], [1, 1, 1]))
    assert found.value == pytest.approx(2 / 3)
    assert found.low is None
    assert "one question" in found.undefined


def test_unanimity_gives_a_one_sided_bound():
    clusters = crossed(RATERS, QUESTIONS)
    always, never = share(np.ones(12), clusters), share(np.zeros(12), clusters)
    assert (always.value, always.low, always.high) == (1, pytest.approx(0.05 ** (1 / 3)), 1)
    assert (never.value, never.low, never.high) == (0, 0, pytest.approx(1 - 0.05 ** (1 / 3)))
    assert "one-sided" in always.notes[0]


def test_a_sum_that_is_not_positive_is_replaced_and_says_so():
    """Every rater and every question at one half: only the cells vary."""
    y, raters, questions = [1, 0, 0, 1], [1, 1, 2, 2], [1, 2, 1, 2]
    found = share(y, crossed(raters, questions))
    assert found.se == pytest.approx(jackknife_variance(y, crossed(raters, questions)).cells ** 0.5)
    assert found.notes == ("the variance by cells is used: the two-way one is not positive",)


def test_a_two_way_variance_that_is_the_largest_is_used_without_a_note():
    """Raters and questions both differ: 1111, 1110, 1100, 1000."""
    y = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    clusters = crossed(np.repeat(range(4), 4), np.tile(range(4), 4))
    by, found = jackknife_variance(y, clusters), share(y, clusters)
    assert by.two_way > max(by.questions, by.raters)
    assert found.se == pytest.approx(by.two_way**0.5)
    assert found.notes == ()


def test_ratings_that_do_not_vary_have_no_interval():
    found = share(np.full(12, 0.5), crossed(RATERS, QUESTIONS))
    assert found.value == 0.5
    assert "do not vary" in found.undefined


def test_no_ratings():
    assert share([], crossed([], [])).undefined == "no ratings"


def test_as_many_raters_as_questions():
    with pytest.raises(ValueError, match="3 raters for 2 questions"):
        crossed([1, 2, 3], [1, 2])


def test_an_estimate_without_a_reason_or_with_nan_cannot_be_made():
    with pytest.raises(ValueError, match="says why"):
        Estimate(value=0.5)
    with pytest.raises(ValueError, match="cannot be nan"):
        Estimate(value=float("nan"), undefined="no")


# -- for all ratings -------------------------------------------------------------------------------

ratings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0, 1, 2, 3])), max_size=30
)


@settings(deadline=None)
@given(ratings, st.sampled_from(["raters like these", "these raters", "ratings as if independent"]))
def test_always_a_figure_inside_its_interval_or_a_reason(rows, estimand):
    rater, question, y = (np.array([row[i] for row in rows]) for i in range(3))
    found = share(y, crossed(rater, question), out_of=3, estimand=estimand)
    if found.undefined:
        assert found.low is found.high is None
    else:
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


@settings(deadline=None)
@given(ratings, st.randoms())
def test_the_order_of_rows_changes_no_digit(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = (
        share(
            [row[2] for row in some],
            crossed([row[0] for row in some], [row[1] for row in some]),
            out_of=3,
        )
        for some in (rows, shuffled)
    )
    assert first == second

"""How much raters and questions differ, from a pilot."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from raters.statistics import spreads
from raters.statistics.jackknife import crossed
from raters.statistics.spreads import _covariance


def pilot(seed, raters, questions, rater_sd, question_sd, centre=0.3):
    rng = np.random.default_rng(seed)
    rater, question = np.divmod(np.arange(raters * questions), questions)
    leaning = (
        centre
        + rng.normal(0, rater_sd, raters)[rater]
        + rng.normal(0, question_sd, questions)[question]
    )
    return rater, question, rng.random(len(rater)) < expit(leaning)


def test_a_large_pilot_tells_both_spreads():
    found = spreads(*pilot(1, 150, 150, 0.6, 0.8))
    assert found.raters.value == pytest.approx(0.6, abs=0.1)
    assert found.questions.value == pytest.approx(0.8, abs=0.12)
    for one in (found.raters, found.questions):
        assert one.low < one.value < one.high


def test_intervals_hold_the_true_spreads():
    held = [0, 0]
    for seed in range(40):
        found = spreads(*pilot(seed, 30, 40, 0.6, 0.8))
        held[0] += found.raters.low <= 0.6 <= found.raters.high
        held[1] += found.questions.low <= 0.8 <= found.questions.high
    assert min(held) >= 33


def test_the_covariance_is_the_mean_over_pairs():
    rng = np.random.default_rng(2)
    rater, question, y = rng.integers(0, 5, 40), rng.integers(0, 8, 40), rng.integers(0, 2, 40)
    clusters = crossed(rater, question)
    found = _covariance(y.astype(float), y.mean(), clusters.rater, clusters.cell, 0.95)
    products = [
        (y[i] - y.mean()) * (y[j] - y.mean())
        for i, j in combinations(range(40), 2)
        if rater[i] == rater[j] and question[i] != question[j]
    ]
    assert found.value == pytest.approx(np.mean(products))


def test_no_spread_is_zero_and_says_so():
    found = spreads(*pilot(4, 40, 40, 0, 0))
    assert found.raters.low == 0
    assert found.raters.value < 0.2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([], "no ratings"), ([(0, 0, 1), (1, 1, 1)], "all ratings are the same"),
     ([(0, 0, 1), (0, 1, 0)], "fewer than two raters")],
)  # fmt: skip
def test_where_there_is_nothing_to_tell_it_says_why(rows, reason):
    assert reason in spreads(*([row[i] for row in rows] for i in range(3))).raters.undefined


@pytest.mark.parametrize("seed", range(4))
def test_two_raters_give_no_interval_that_looks_certain(seed):
    found = spreads(*pilot(seed, 2, 20, 0.6, 0.8))
    assert found.raters.value is not None
    assert (found.raters.low, found.raters.high) == (None, None)
    assert found.raters.undefined == "2 raters are too few to say how sure that is"
    assert found.questions.low is not None


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="1 values for 2"):
        spreads([1, 2], [1, 2], [1])


rows = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0, 0.5, 1])), max_size=20
)


@settings(deadline=None)
@given(rows, st.randoms())
def test_always_a_figure_inside_its_interval_or_a_reason_in_any_order(some, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    one, other = (
        spreads(*([row[i] for row in rows] for i in range(3))) for rows in (some, shuffled)
    )
    assert one == other
    for found in (one.raters, one.questions):
        if found.undefined:
            assert (found.low, found.high) == (None, None)
        else:
            assert 0 <= found.low <= found.value <= found.high

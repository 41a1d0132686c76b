"""An interval that holds at every look: the boundary, and peeking at studies by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit

from raters.statistics import anytime, crossed, share
from raters.statistics.looks import boundary


def test_by_hand_the_boundary():
    """Howard et al. 2021, eq. 14: sqrt((v + rho) log((v + rho) / (alpha^2 rho))); at v = rho and
    alpha = .05 that is sqrt(2 rho log(800))."""
    planned = 1 / boundary_rho()  # so that rho is 1
    assert boundary(1.0, planned=planned) == pytest.approx((2 * np.log(800)) ** 0.5)


def boundary_rho():
    """rho of planned information 1, by minimising the boundary at 1."""

    def squared(log_rho):
        rho = np.exp(log_rho)
        return (1 + rho) * np.log((1 + rho) / (rho * 0.05**2))

    best = minimize_scalar(squared, bounds=(-8, 4), method="bounded", options={"xatol": 1e-12})
    return np.exp(best.x)


def test_it_is_tightest_at_the_planned_precision():
    assert boundary_rho() == pytest.approx(1 / 8.211968, rel=1e-6)
    at = {planned: boundary(100, planned=planned) for planned in (20, 50, 100, 200, 500)}
    assert min(at, key=at.get) == 100
    assert at[100] / 100**0.5 == pytest.approx(3.0351225)  # against 1.96 at a single look


def test_a_brownian_motion_stays_inside_for_all_times_but_one_in_twenty():
    rng = np.random.default_rng(3)
    times = np.geomspace(0.01, 100, 400)
    steps = rng.normal(size=(4000, 400)) * np.diff(times, prepend=0) ** 0.5
    limits = np.array([boundary(t, planned=1.0) for t in times])
    crossed_once = (np.abs(steps.cumsum(axis=1)) > limits).any(axis=1).mean()
    assert 0.02 < crossed_once < 0.05


@pytest.mark.slow
def test_nineteen_peeks_make_false_positives_with_the_ordinary_interval_and_not_with_this_one():
    """Raters come one after another, 10 ratings each; one looks after every fifth rater."""
    rng = np.random.default_rng(20261123)
    ordinary = sequence = 0
    studies = 400
    for _ in range(studies):
        rater, question = np.repeat(np.arange(100), 10), rng.integers(0, 200, 1000)
        leaning = rng.normal(0, 0.25, 100)[rater] + rng.normal(0, 0.8, 200)[question]
        y = rng.random(1000) < expit(leaning)
        peeked = sure = False
        for raters in range(10, 101, 5):
            seen = rater < raters
            found = share(y[seen], crossed(rater[seen], question[seen]))
            always = anytime(found, planned_width=0.08)
            peeked |= not found.low <= 0.5 <= found.high
            sure |= always.low is not None and not always.low <= 0.5 <= always.high
        ordinary, sequence = ordinary + peeked, sequence + sure
    assert ordinary / studies > 0.12
    assert sequence / studies < 0.05


def test_it_is_wider_than_the_interval_of_one_look():
    rng = np.random.default_rng(5)
    found = share(rng.random(600) < 0.6, crossed(np.arange(600) % 30, np.arange(600) // 15))
    always = anytime(found, planned_width=0.1)
    assert always.low < found.low < found.value < found.high < always.high
    assert always.value == found.value
    assert "every look" in always.notes[0]


@pytest.mark.parametrize(
    ("y", "raters", "reason"),
    [
        ([], 1, "no ratings"),
        (np.ones(40), 20, "unanimous so far"),
        (np.arange(40) % 2, 4, "too early"),
        (np.arange(40) % 2, 1, "one rater"),
    ],
)
def test_where_it_is_silent_it_says_why(y, raters, reason):
    n = len(y)
    found = anytime(share(y, crossed(np.arange(n) % raters, np.arange(n))), planned_width=0.1)
    assert reason in found.undefined
    assert found.low is None


@pytest.mark.parametrize("width", [0, 1, -0.1])
def test_a_width_that_cannot_be_is_refused(width):
    with pytest.raises(ValueError, match="planned width"):
        anytime(share([1, 0], crossed([1, 2], [1, 2])), planned_width=width)


rows = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 1)), max_size=60)


@settings(deadline=None)
@given(rows, st.floats(0.001, 0.999))
def test_always_an_interval_around_the_figure_or_a_reason(some, width):
    rater, question, y = (np.array([row[i] for row in some]) for i in range(3))
    found = anytime(share(y, crossed(rater, question)), planned_width=width)
    if not found.undefined:
        assert 0 <= found.low < found.value < found.high <= 1

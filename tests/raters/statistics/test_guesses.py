"""Bang's blinding index of raters' own guesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from raters.statistics import UNKNOWN, bang_index


def index(guesses, source=0, sources=("a", "b"), raters=None):
    n = len(guesses)
    raters = np.arange(n) if raters is None else raters
    return bang_index(raters, np.full(n, source), guesses, sources=sources).index[source]


def test_by_hand_with_two_sources():
    """50 right, 20 wrong, 30 do not know: (50 - 20) / 100, and Bang's variance n / (n - 1)."""
    found = index([0] * 50 + [1] * 20 + [UNKNOWN] * 30)
    assert found.value == pytest.approx(0.3)
    variance = (0.5 * 0.5 + 0.2 * 0.8 + 2 * 0.5 * 0.2) / 100  # Bang et al. 2004, section 2.2
    assert found.se == pytest.approx((variance * 100 / 99) ** 0.5)
    reach = stats.t.ppf(0.975, 99) * found.se
    assert (found.low, found.high) == pytest.approx((0.3 - reach, 0.3 + reach))


def test_with_three_sources_blind_guesses_give_zero():
    found = index([0, 1, 2] * 20, sources=("a", "b", "c"))
    assert found.value == pytest.approx(0)
    assert found.low < 0 < found.high


def test_one_rater_who_guesses_often_is_one_rater():
    few = index([0] * 30 + [1] * 20, raters=np.r_[np.zeros(30), np.arange(20) + 1])
    assert few.effective_raters < 3
    assert few.high - few.low > 0.9


def test_all_right_and_all_wrong_have_bounds():
    right, wrong = index([0] * 10), index([1] * 10)
    assert (right.value, right.high) == (1, 1)
    assert right.low == pytest.approx(2 * 0.05**0.1 - 1)
    assert (wrong.value, wrong.low, wrong.high) == (-1, -1, pytest.approx(-right.low))


@pytest.mark.parametrize(
    ("guesses", "raters", "reason"),
    [
        ([], None, "nobody guessed"),
        ([UNKNOWN] * 4, None, "nobody dared"),
        ([0, 1, 0], [1, 1, 1], "one rater"),
        ([0, 1, 0, 1], [1, 1, 2, 2], "every rater scores the same"),
    ],
)
def test_where_there_is_none_it_says_why(guesses, raters, reason):
    assert reason in index(guesses, raters=raters).undefined


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="2 guesses"):
        bang_index([1], [0], [0, 1], sources=["a", "b"])
    with pytest.raises(ValueError, match="one source"):
        bang_index([1], [0], [0], sources=["a"])
    with pytest.raises(ValueError, match="index"):
        bang_index([1], [0], [2], sources=["a", "b"])


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(-1, 2)), max_size=30)


@settings(deadline=None)
@given(rows, st.randoms())
def test_always_a_figure_inside_its_interval_or_a_reason_in_any_order(some, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    one, other = (
        bang_index(*([row[i] for row in rows] for i in range(3)), sources=list("abc"))
        for rows in (some, shuffled)
    )
    assert one == other
    for found in one.index:
        if not found.undefined:
            assert -0.5 <= found.low <= found.value <= found.high <= 1
            assert found.low < found.high

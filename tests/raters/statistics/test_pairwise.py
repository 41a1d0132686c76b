"""P(A above B) from rankings: with ties, odds, tests and Holm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from raters.statistics import compare, crossed, holm, one_sided_p, share, two_sided_p

NAN = float("nan")
RATERS = np.repeat(range(20), 10)
QUESTIONS = np.random.default_rng(5).permuted(np.tile(range(50), (20, 1)), axis=1)[:, :10].ravel()


def two_sources(first_wins, n=200):
    first = np.random.default_rng(6).permutation(np.where(np.arange(n) < first_wins, 1, 2))
    return compare(RATERS, QUESTIONS, np.c_[first, 3 - first], sources=["STaR", "few-shot"])[0]


def test_by_hand_113_of_200():
    """The published comparison: odds 1.30, p = .038 only if plain and one-sided."""
    found = two_sources(113)
    assert (found.wins, found.ties, found.losses) == (113, 0, 87)
    assert round(found.odds.value, 2) == 1.30
    assert round(found.more_likely, 2) == 0.30
    assert round(found.p_plain, 3) == 0.077
    assert round(found.p_plain_one_sided, 3) == 0.038


def test_odds_carry_the_interval_of_the_share():
    found = two_sources(113)
    assert found.odds.low == pytest.approx(found.share.low / (1 - found.share.low))
    assert found.odds.high == pytest.approx(found.share.high / (1 - found.share.high))


def test_a_tie_is_half_a_win_and_a_missing_rank_is_missing():
    ranks = [[1, 2, 3], [1, 1, 2], [2, 1, NAN], [NAN, 1, 2]]
    ab, ac, bc = compare([1, 1, 2, 2], [1, 2, 1, 2], ranks, sources=["a", "b", "c"])
    assert (ab.wins, ab.ties, ab.losses, ab.share.value) == (1, 1, 1, 0.5)
    assert (ac.wins, ac.ties, ac.losses, ac.plain.value) == (2, 0, 0, 1)
    assert (bc.first, bc.second, bc.share.n) == ("b", "c", 3)


def test_a_source_that_never_won_has_no_odds_but_a_bound():
    found = two_sources(200)
    assert found.odds.value is None
    assert found.more_likely is None
    assert found.odds.undefined == "the other never won"
    assert found.odds.low > 1


def test_the_p_value_agrees_with_the_interval():
    for wins in range(90, 130, 4):
        found = two_sources(wins)
        outside = not found.share.low <= 0.5 <= found.share.high
        assert (found.p_value < 0.05) == outside


def test_the_p_value_at_unanimity_is_a_sign_test_on_effective_units():
    alike = share(np.ones(12), crossed(np.repeat(range(4), 3), np.tile(range(3), 4)))
    assert two_sided_p(alike) == pytest.approx(stats.binomtest(3, 3).pvalue)


def test_one_sided_it_is_the_tail_above_the_null():
    ahead = two_sources(113).share
    for null in (0.4, 0.5, 0.6):
        half = two_sided_p(ahead, null=null) / 2
        wanted = half if ahead.value > null else 1 - half
        assert one_sided_p(ahead, null=null) == pytest.approx(wanted)


def test_one_sided_at_unanimity_it_is_the_exact_tail():
    clusters = crossed(np.repeat(range(4), 3), np.tile(range(3), 4))
    all_of_them, none = (share(np.full(12, y), clusters) for y in (1, 0))
    wanted = stats.binomtest(3, 3, 0.4, alternative="greater").pvalue
    assert one_sided_p(all_of_them, null=0.4) == pytest.approx(wanted)
    assert one_sided_p(none, null=0.4) == 1


def test_holm_equals_statsmodels_and_does_not_count_missing_tests():
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9]
    wanted = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(tuple(wanted))
    assert holm([None, 0.02, None]) == (None, 0.02, None)


def test_intervals_that_hold_together_are_wider():
    rng = np.random.default_rng(8)
    ranks = np.argsort(rng.random((200, 3)), axis=1) + 1
    for found in compare(RATERS, QUESTIONS, ranks, sources=["a", "b", "c"]):
        assert found.together.level == pytest.approx(1 - 0.05 / 3)
        assert found.together.low < found.share.low < found.share.high < found.together.high
        assert found.p_holm >= found.p_value


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="2 sources"):
        compare([1], [1], [[1, 2, 3]], sources=["a", "b"])
    with pytest.raises(ValueError, match="2 rankings for 1"):
        compare([1], [1], [[1, 2], [2, 1]], sources=["a", "b"])


rows = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 3), st.tuples(*[st.sampled_from([1, 2, 3, NAN])] * 3)
    ),
    max_size=20,
)


@settings(deadline=None)
@given(rows)
def test_no_data_make_it_crash_and_swapping_two_sources_mirrors(some):
    columns = [[row[i] for row in some] for i in range(2)]
    ranks = np.array([row[2] for row in some]).reshape(-1, 3)
    found = compare(*columns, ranks, sources=["a", "b", "c"])
    swapped = compare(*columns, ranks[:, [1, 0, 2]], sources=["b", "a", "c"])
    assert (found[0].wins, found[0].losses) == (swapped[0].losses, swapped[0].wins)
    assert found[0].p_value == pytest.approx(swapped[0].p_value)
    if found[0].share.value is not None:
        assert found[0].share.value == pytest.approx(1 - swapped[0].share.value)
    assert found[1].share == swapped[2].share

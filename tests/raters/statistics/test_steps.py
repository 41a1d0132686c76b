"""Numbers of steps: two writers compared, and preferences at growing difficulty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from raters.statistics import crossed, share, share_by_steps, step_counts


def test_by_hand_a_confusion_table_with_agreement():
    found = step_counts([2, 2, 3, 4, 2, 3], [2, 3, 3, 2, 2, 2])
    assert found.counts == (2, 3, 4)
    assert found.table == ((2, 1, 0), (1, 1, 0), (1, 0, 0))
    assert (found.same.value, found.fewer, found.more) == (0.5, 2, 1)
    assert found.same.low < 0.5 < found.same.high


def test_the_rank_correlation_is_spearmans():
    rng = np.random.default_rng(4)
    a = rng.integers(1, 7, 80)
    b = np.clip(a + rng.integers(-1, 2, 80), 1, None)
    found = step_counts(a, b).correlation
    assert found.value == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    error = ((1 + found.value**2 / 2) / 77) ** 0.5
    assert np.arctanh(found.high) - np.arctanh(found.value) == pytest.approx(1.959964 * error)


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [([1, 2], [1, 2], "fewer than five"), ([2] * 6, range(6), "one side are the same"),
     (range(6), range(6), "perfect order")],
)  # fmt: skip
def test_where_there_is_no_correlation_it_says_why(a, b, reason):
    assert reason in step_counts(a, b).correlation.undefined


def test_preference_by_steps_is_the_share_within_each_bin():
    rng = np.random.default_rng(6)
    question = rng.integers(0, 40, 400)
    steps = question % 8 + 1
    rater, y = rng.integers(0, 10, 400), rng.random(400) < steps / 10
    found = share_by_steps(rater, question, y, steps, most_bins=4)
    assert [(one.fewest, one.most) for one in found] == [(1, 2), (3, 4), (5, 6), (7, 8)]
    first = steps <= 2
    assert found[0].share == share(y[first], crossed(rater[first], question[first]))
    assert [one.questions for one in found] == [10, 10, 10, 10]
    assert found[0].share.value < found[-1].share.value


def test_one_number_of_steps_is_one_bin_and_none_are_none():
    assert len(share_by_steps([1, 2], [1, 2], [1, 0], [3, 3])) == 1
    assert share_by_steps([], [], [], []) == ()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="2 counts for 1"):
        step_counts([1, 2], [1])
    with pytest.raises(ValueError, match="fewer than no steps"):
        step_counts([-1], [1])
    with pytest.raises(ValueError, match="1 ratings"):
        share_by_steps([1], [1], [1], [1, 2])


rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 1), st.integers(0, 9)),
    max_size=25,
)


@settings(deadline=None)
@given(rows)
def test_every_rating_is_in_one_bin_and_figures_have_intervals_or_reasons(some):
    columns = [[row[i] for row in some] for i in range(4)]
    found = share_by_steps(*columns)
    assert sum(one.share.n for one in found) == len(some)
    counts = step_counts(columns[0], columns[3])
    assert sum(map(sum, counts.table)) == len(some)
    if not counts.correlation.undefined:
        assert -1 <= counts.correlation.low <= counts.correlation.high <= 1

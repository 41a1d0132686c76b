"""Alpha of whole rankings with a named distance."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from raters.statistics import agreement, rank_alpha

NAN = float("nan")


def rankings(seed, n=60):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 15, n), rng.integers(1, 4, (n, 3)).astype(float)


def kendall(a, b):
    pairs = combinations(range(len(a)), 2)
    return np.mean([abs(np.sign(a[j] - a[i]) - np.sign(b[j] - b[i])) / 2 for i, j in pairs])


def spearman(a, b):
    return np.square(stats.rankdata(a) - stats.rankdata(b)).sum()


@pytest.mark.parametrize(("name", "apart"), [("kendall", kendall), ("spearman", spearman)])
@pytest.mark.parametrize("seed", range(3))
def test_against_pairs_written_out(name, apart, seed):
    """Krippendorff 2004, ch. 11: pairs of a unit weigh 1 / (m - 1), chance is any two values."""
    unit, ranks = rankings(seed)
    kept = np.isin(unit, [u for u in range(15) if (unit == u).sum() >= 2])
    unit, ranks = unit[kept], ranks[kept]
    n = len(unit)
    distances = np.array([[apart(a, b) for b in ranks] for a in ranks])
    observed = sum(
        distances[np.ix_(unit == u, unit == u)].sum() / ((unit == u).sum() - 1)
        for u in np.unique(unit)
    )
    wanted = 1 - (observed / n) / (distances.sum() / (n * (n - 1)))
    found = rank_alpha(unit, ranks, distance=name)
    assert found.value == pytest.approx(wanted, abs=1e-12)
    assert found.low < found.value < found.high


def test_with_two_alternatives_it_is_the_nominal_alpha():
    rng = np.random.default_rng(4)
    unit, first = rng.integers(0, 10, 50), rng.integers(0, 2, 50)
    nominal = agreement(unit, np.arange(50), first, categories=["a", "b"]).alpha
    found = rank_alpha(unit, np.c_[first + 1, 2 - first])
    assert (found.value, found.low) == pytest.approx((nominal.value, nominal.low))


def test_complete_agreement_has_a_bound_and_one_ranking_a_reason():
    ranks = np.array([[1, 2, 3], [3, 2, 1]] * 10, dtype=float)
    found = rank_alpha(np.arange(20) % 2 + np.arange(20) // 10 * 2, ranks)
    assert (found.value, found.high) == (1, 1)
    assert found.low < 1
    same = rank_alpha([1, 1, 2, 2], np.tile([1.0, 2.0, 3.0], (4, 1)))
    assert "every ranking is the same" in same.undefined


def test_incomplete_rankings_are_left_out_and_lone_ones_say_nothing():
    assert rank_alpha([1, 1], [[1, 2], [1, NAN]]).undefined


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="distance"):
        rank_alpha([1], [[1, 2]], distance="hamming")
    with pytest.raises(ValueError, match="2 ratings"):
        rank_alpha([1, 2], [[1, 2]])


rows = st.lists(
    st.tuples(st.integers(0, 4), st.tuples(*[st.sampled_from([1.0, 2.0, 3.0, NAN])] * 3)),
    max_size=20,
)


@settings(deadline=None)
@given(rows, st.sampled_from(["kendall", "spearman"]))
def test_always_a_figure_inside_its_interval_or_a_reason(some, distance):
    ranks = np.array([row[1] for row in some]).reshape(-1, 3)
    found = rank_alpha([row[0] for row in some], ranks, distance=distance)
    assert found.undefined or found.low <= found.value <= found.high

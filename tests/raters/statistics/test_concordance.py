"""Kendall's W within triples, and what is left of it beyond chance."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from raters.statistics import concordance

QUARTER = [[3, 1, 2], [3, 1, 2], [2, 3, 1], [2, 1, 3]]  # rank sums 10, 6, 8


def test_by_hand_w_of_a_quarter_from_four_raters_is_chance():
    found = concordance([1] * 4, QUARTER)
    assert found.w.value == pytest.approx(0.25)
    assert found.corrected.value == pytest.approx(0)
    assert "one triple" in found.w.undefined


@pytest.mark.parametrize("seed", range(10))
def test_w_is_friedmans_statistic_over_its_maximum_ties_included(seed):
    ranks = np.random.default_rng(seed).integers(1, 4, (6, 3))
    chi2 = stats.friedmanchisquare(*ranks.T).statistic
    assert concordance(np.zeros(6), ranks).w.value == pytest.approx(chi2 / (6 * 2))


def test_corrected_w_is_the_mean_rank_correlation_between_raters():
    ranks = np.argsort(np.random.default_rng(2).random((5, 4)), axis=1)
    wanted = np.mean([stats.spearmanr(a, b).statistic for a, b in combinations(ranks, 2)])
    assert concordance(np.zeros(5), ranks).corrected.value == pytest.approx(wanted)


def test_mean_over_triples_with_a_t_interval():
    rng = np.random.default_rng(3)
    triples = np.repeat(range(12), 4)
    ranks = np.argsort(rng.random((48, 3)) + np.arange(3) / 3, axis=1)
    found = concordance(triples, ranks)
    each = [concordance(np.zeros(4), ranks[triples == one]).w.value for one in range(12)]
    wanted = stats.t.interval(0.95, 11, np.mean(each), stats.sem(each))
    assert (found.w.low, found.w.high) == pytest.approx((wanted[0], min(1, wanted[1])))
    assert (found.triples, found.rankings) == (12, 48)


def test_incomplete_rankings_and_triples_ranked_once_are_left_out():
    ranks = [[1, 2, 3], [1, 2, float("nan")], [1, 2, 3], [1, 3, 2], [2, 2, 2], [2, 2, 2]]
    found = concordance([1, 1, 2, 2, 3, 3], ranks)
    assert (found.triples, found.rankings) == (1, 5)


def test_no_variation_between_triples_and_nothing_at_all_have_reasons():
    assert "same concordance" in concordance([1, 1, 2, 2], [[1, 2]] * 4).w.undefined
    assert "ranked twice" in concordance([], np.empty((0, 3))).w.undefined
    with pytest.raises(ValueError, match="2 ratings"):
        concordance([1, 2], [[1, 2]])

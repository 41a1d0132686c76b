"""The two-way bootstrap agrees with the jackknife where both are defined."""

import numpy as np
import pytest

from raters.statistics import bootstrap_share, bootstrap_shares, crossed, share


def study(seed, raters=30, questions=60):
    rng = np.random.default_rng(seed)
    rater, question = np.divmod(np.arange(raters * questions), questions)
    leaning = rng.normal(0, 0.6, raters)[rater] + rng.normal(0, 0.8, questions)[question]
    return rng.random(len(rater)) < 1 / (1 + np.exp(-leaning)), crossed(rater, question)


def test_it_is_a_little_wider_than_the_jackknife():
    y, clusters = study(1)
    ours, check = share(y, clusters), bootstrap_share(y, clusters, rng=np.random.default_rng(2))
    assert check.value == ours.value
    assert 0.9 < check.se / ours.se < 1.25
    assert check.low == pytest.approx(ours.low, abs=0.02)
    assert check.high == pytest.approx(ours.high, abs=0.02)


def test_it_is_resampling_both_ways_written_out():
    y, clusters = study(3, raters=6, questions=8)
    rng = np.random.default_rng(4)
    table = np.asarray(y).reshape(6, 8)
    drawn = [
        table[np.ix_(rng.integers(0, 6, 6), rng.integers(0, 8, 8))].mean() for _ in range(20_000)
    ]
    found = bootstrap_share(y, clusters, rng=np.random.default_rng(5), replicates=20_000)
    assert found.se == pytest.approx(np.std(drawn), rel=0.03)


def test_the_same_generator_gives_the_same_interval():
    y, clusters = study(6)
    found = bootstrap_share(y, clusters, rng=np.random.default_rng(7), replicates=50)
    assert found == bootstrap_share(y, clusters, rng=np.random.default_rng(7), replicates=50)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("y", "rater", "question", "reason"),
    [
        ([], [], [], "no ratings"),
        ([1, 0], [1, 1], [1, 2], "cannot be resampled"),
        ([1, 1], [1, 2], [1, 2], "all ratings are the same"),
    ],
)
def test_where_there_is_no_interval_it_says_why(y, rater, question, reason):
    found = bootstrap_share(y, crossed(rater, question), rng=np.random.default_rng(0))
    assert reason in found.undefined


def test_several_figures_from_the_same_resamples_and_ratings_that_are_not_of_one():
    y, clusters = study(8)
    some = np.where(clusters.rater < 15, y, np.nan)
    both = bootstrap_shares(
        [y, 1 - y, some, np.full(len(y), np.nan)], clusters, rng=np.random.default_rng(9)
    )
    assert both[0].low == pytest.approx(1 - both[1].high)
    assert both[0] == bootstrap_share(y, clusters, rng=np.random.default_rng(9))
    assert (both[2].n, both[2].value) == (900, y[clusters.rater < 15].mean())
    assert both[2].low < both[2].value < both[2].high
    assert both[3].undefined == "no ratings"

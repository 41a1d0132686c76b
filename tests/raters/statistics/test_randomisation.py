"""Sources against chance: the stored orders dealt anew."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from raters.statistics import source_effect
from raters.statistics.dealing import dealt

ALL_SIX = np.array(list(permutations(range(3))))
SOURCES = ["a", "b", "c"]


def rng():
    return np.random.default_rng(31)


def effect(orders, ranks, replicates=2000):
    return source_effect(orders, ranks, sources=SOURCES, rng=rng(), replicates=replicates)


def test_a_source_that_always_comes_first_is_found():
    orders = np.tile(ALL_SIX, (5, 1))
    found = effect(orders, orders + 1)  # source 0 is ranked 1, wherever it stands
    assert found.p_value == pytest.approx(1 / 2001)
    assert [one.difference for one in found.pairs] == [30, 30, 30]


def test_a_slot_that_always_comes_first_is_no_source_effect():
    orders = np.tile(ALL_SIX, (5, 1))
    found = effect(orders, np.tile([1, 2, 3], (30, 1)))
    assert found.p_value == 1
    assert [one.difference for one in found.pairs] == [0, 0, 0]


def test_against_a_loop_that_permutes_the_orders():
    generator = rng()
    orders, ranks = ALL_SIX[generator.integers(0, 6, 40)], ALL_SIX[generator.integers(0, 6, 40)] + 1

    def difference(orders):
        rank_of = np.take_along_axis(ranks, np.argsort(orders, axis=1), axis=1)
        return abs(np.sign(rank_of[:, 1] - rank_of[:, 0]).sum())

    drawn = np.array([difference(generator.permutation(orders)) for _ in range(4000)])
    found = effect(orders, ranks, replicates=20_000).pairs[0]
    assert abs(found.difference) == difference(orders)
    assert found.p_value == pytest.approx((drawn >= difference(orders)).mean(), abs=0.03)


def test_the_p_value_is_uniform_where_names_are_dealt_by_chance():
    generator = rng()
    found = [
        source_effect(
            ALL_SIX[generator.integers(0, 6, 60)],
            ALL_SIX[generator.integers(0, 6, 60)] + 1,
            sources=SOURCES, rng=generator, replicates=199,
        ).p_value
        for _ in range(300)
    ]  # fmt: skip
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_dealing_keeps_the_margins_and_equals_scipys_random_tables():
    table = np.array([[5, 3, 2], [1, 4, 6]])
    drawn = dealt(table, 20_000, rng())
    assert (drawn.sum(axis=1) == table.sum(axis=0)).all()
    assert (drawn.sum(axis=2) == table.sum(axis=1)).all()
    wanted = stats.random_table(table.sum(axis=1), table.sum(axis=0))
    theirs = wanted.rvs(20_000, random_state=rng())
    assert drawn.mean(axis=0) == pytest.approx(theirs.mean(axis=0), abs=0.06)
    assert drawn.var(axis=0) == pytest.approx(theirs.var(axis=0), rel=0.06)


@pytest.mark.parametrize(
    ("orders", "ranks", "reason"),
    [
        (np.empty((0, 3)), np.empty((0, 3)), "no ratings"),
        ([[0, 1, 2]] * 4, [[1, 2, 3]] * 4, "one order only"),
        ([[0, 1, 2], [1, 0, 2]], [[1, 1, 1]] * 2, "tells two sources apart"),
    ],
)
def test_where_there_is_nothing_to_test_it_says_why(orders, ranks, reason):
    found = effect(orders, ranks)
    assert (found.p_value, found.replicates) == (None, 0)
    assert reason in found.undefined


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="shape"):
        effect([[0, 1]], [[1, 2, 3]])
    with pytest.raises(ValueError, match="3 sources"):
        effect([[0, 3]], [[1, 2]])


order = st.permutations(range(3))
rows = st.lists(st.tuples(order, st.tuples(*[st.sampled_from([1, 2, 3, -1])] * 3)), max_size=12)


@settings(deadline=None)
@given(rows)
def test_always_a_p_value_or_a_reason(some):
    found = effect(
        np.array([row[0] for row in some]).reshape(-1, 3),
        np.array([row[1] for row in some]).reshape(-1, 3),
        replicates=50,
    )
    for p in (found.p_value, *(one.p_value for one in found.pairs)):
        assert p is None if found.undefined else 0 < p <= 1

"""Draws of orders depend neither on the order of rows nor on how sources are numbered."""

import tracemalloc
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.statistics import slot_effect, source_effect
from raters.statistics.dealing import dealt, dealt_sums, neutral

ALL_SIX = np.array(list(permutations(range(3))))


def study(seed, n):
    rng = np.random.default_rng(seed)
    orders = ALL_SIX[rng.integers(0, 6, n)]
    return orders, orders[np.arange(n), rng.choice(3, n, p=[0.6, 0.3, 0.1])]


def both_tests(orders, picked):
    ranks = np.where(orders == picked[:, None], 1, 2)
    names = [str(source) for source in range(3)]
    by_source = source_effect(
        orders, ranks, sources=names, rng=np.random.default_rng(3), replicates=199
    )
    pairs = {frozenset((one.first, one.second)): one.p_value for one in by_source.pairs}
    by_slot = slot_effect(orders, picked, rng=np.random.default_rng(3), replicates=199)
    return by_slot, by_source.p_value, pairs


@given(
    seed=st.integers(0, 999),
    n=st.integers(1, 12),
    to=st.permutations(range(3)),
    shuffle=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_sources_numbered_otherwise_and_rows_shuffled_have_the_same_digits(seed, n, to, shuffle):
    orders, picked = study(seed, n)
    rows = list(range(n))
    shuffle.shuffle(rows)
    slot, p, pairs = both_tests(orders, picked)
    found_slot, found_p, found_pairs = both_tests(
        np.array(to)[orders][rows], np.array(to)[picked][rows]
    )
    assert found_slot == slot
    assert found_p == p
    assert found_pairs == {
        frozenset(str(to[int(name)]) for name in pair): value for pair, value in pairs.items()
    }


def test_sources_alike_in_everything_are_numbered_in_time():
    orders = np.array([[0, 1, 2, 3, 4, 5, 6, 7]])
    numbers = neutral(orders, np.zeros((1, 1), dtype=np.intp), 8)
    assert sorted(numbers.tolist()) == list(range(8))


def test_dealing_keeps_the_margins():
    table = np.array([[3, 1], [0, 4]])
    drawn = dealt(table, 50, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == table.sum(axis=0)).all()
    assert (drawn.sum(axis=2) == table.sum(axis=1)).all()
    assert drawn[:, 0, 0].mean() == pytest.approx(4 * 3 / 8, abs=0.3)


@pytest.mark.parametrize("fill", [1, 5])
def test_tables_too_many_to_hold_give_the_same_sums_in_parts(monkeypatch, fill):
    table = np.eye(4, dtype=np.intp) * fill  # fewer ratings than entries, and more
    weights = np.arange(32.0).reshape(4, 4, 2) ** 0.5
    whole = dealt_sums(table, weights, 20_000, np.random.default_rng(1))
    monkeypatch.setattr("raters.statistics.dealing.MOST_ENTRIES", 16_000)
    parts = dealt_sums(table, weights, 20_000, np.random.default_rng(2))
    assert parts.shape == whole.shape
    expected = table.sum() / 16 * weights.sum(axis=(0, 1))  # margins are all alike
    assert parts.mean(axis=0) == pytest.approx(expected, rel=0.01)
    assert parts.std(axis=0) == pytest.approx(whole.std(axis=0), rel=0.05)


@pytest.mark.parametrize("fill", [15, 40])
def test_tables_are_held_a_part_at_a_time(monkeypatch, fill):
    """All 500 tables of 20 by 20 are 1.6 MB, a part of them .2 MB."""
    monkeypatch.setattr("raters.statistics.dealing.MOST_ENTRIES", 20_000)
    table = np.eye(20, dtype=np.intp) * fill  # fewer ratings than entries, and more
    weights = np.ones((20, 20, 1))
    assert megabytes(dealt_sums, table, weights, 500, np.random.default_rng(1)) < 0.8


def test_the_test_of_sources_holds_no_table_of_every_deal(monkeypatch):
    """120 rankings of six sources, no two alike: all tables of 999 deals would be 115 MB."""
    monkeypatch.setattr("raters.statistics.dealing.MOST_ENTRIES", 1_000_000)
    rng = np.random.default_rng(2)
    orders = rng.permuted(np.tile(np.arange(6), (120, 1)), axis=1)
    ranks = rng.permuted(np.tile(np.arange(1, 7), (120, 1)), axis=1)
    held = megabytes(source_effect, orders, ranks, sources="abcdef", rng=rng, replicates=999)
    assert held < 40


def megabytes(call, *given, **named):
    """The most that a call held at once; numpy's arrays count when they are asked for."""
    tracemalloc.start()
    try:
        call(*given, **named)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()

"""Where sources stood, and whether the slot drew picks."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from raters.statistics import picks_per_slot, slot_counts, slot_effect

ALL_SIX = np.array(list(permutations(range(3))))


def rng():
    return np.random.default_rng(11)


def test_counts_are_source_by_slot():
    assert slot_counts([[0, 1, 2], [0, 2, 1]], 4).tolist() == [
        [2, 0, 0],
        [0, 1, 1],
        [0, 1, 1],
        [0, 0, 0],
    ]
    assert slot_counts(ALL_SIX, 3).tolist() == [[2, 2, 2]] * 3


def test_picks_fall_on_the_slot_where_the_picked_one_stood():
    orders = [[2, 0, 1], [0, 1, 2], [1, 2, 0], [0, 1, 2]]
    assert picks_per_slot(orders, [2, 2, 2, -1]).tolist() == [1, 1, 1]


def test_a_rater_who_always_picks_the_first_slot_is_found():
    orders = np.tile(ALL_SIX, (10, 1))
    found = slot_effect(orders, orders[:, 0], rng=rng(), replicates=999)
    assert found.picks == (60, 0, 0)
    assert found.expected == pytest.approx((20, 20, 20))
    assert found.p_value == pytest.approx(1 / 1000)


def test_a_source_that_always_wins_is_no_slot_effect():
    orders = np.tile(ALL_SIX, (10, 1))
    found = slot_effect(orders, np.zeros(60), rng=rng(), replicates=999)
    assert found.picks == (20, 20, 20)
    assert found.p_value == 1


def test_against_a_permutation_test_with_a_loop():
    generator = rng()
    orders = ALL_SIX[generator.integers(0, 6, 60)]
    picked = generator.choice(3, 60, p=[0.6, 0.3, 0.1])

    def distance(some):
        picks = picks_per_slot(some, picked)
        return (np.square(picks - np.array(expected)) / expected).sum()

    found = slot_effect(orders, picked, rng=rng(), replicates=20_000)
    expected = found.expected
    drawn = [distance(generator.permutation(orders)) for _ in range(4000)]
    wanted = np.mean(np.array(drawn) >= distance(orders) - 1e-9)
    assert found.statistic == pytest.approx(distance(orders))
    assert found.p_value == pytest.approx(wanted, abs=0.03)


def test_the_p_value_is_uniform_where_slots_have_no_effect():
    generator = rng()
    found = [
        slot_effect(
            ALL_SIX[generator.integers(0, 6, 90)],
            generator.choice(3, 90, p=[0.5, 0.3, 0.2]),
            rng=generator,
            replicates=199,
        ).p_value
        for _ in range(400)
    ]
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_same_generator_gives_the_same_p_value():
    orders, picked = ALL_SIX[np.arange(30) % 6], np.arange(30) % 2
    assert slot_effect(orders, picked, rng=rng()) == slot_effect(orders, picked, rng=rng())


@pytest.mark.parametrize(
    ("orders", "picked", "reason"),
    [
        (np.empty((0, 3)), [], "no picks"),
        ([[0, 1, 2]], [-1], "no picks"),
        ([[0, 1, 2]] * 5, [0, 1, 2, 0, 1], "one order only"),
        ([[0, 1, 2], [1, 0, 2]], [0, 0], "a slot never held"),
    ],
)
def test_where_there_is_nothing_to_test_the_reason_is_said(orders, picked, reason):
    found = slot_effect(orders, picked, rng=rng())
    assert found.p_value is None
    assert reason in found.undefined


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="not shown"):
        picks_per_slot([[0, 1]], [2])
    with pytest.raises(ValueError, match="shape"):
        picks_per_slot([[0, 1]], [1, 0])
    with pytest.raises(ValueError, match="3 sources"):
        slot_counts([[0, 3]], 3)

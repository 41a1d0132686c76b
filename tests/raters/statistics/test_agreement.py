"""Agreement beyond chance, against two independent libraries."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa

from raters.statistics import agreement

CATEGORIES = ["human", "few-shot", "STaR", "too close"]


def random_ratings(seed, *, units=30, raters=6, missing=0.4):
    rng = np.random.default_rng(seed)
    unit, rater = np.divmod(np.arange(units * raters), raters)
    right = rng.integers(0, 3, units)[unit]
    value = np.where(rng.random(len(unit)) < 0.5, right, rng.integers(0, 4, len(unit)))
    kept = rng.random(len(unit)) >= missing
    return unit[kept], rater[kept], value[kept]


def coefficients(unit, rater, value):
    found = agreement(unit, rater, value, categories=CATEGORIES)
    return found.raw, found.alpha, found.ac1, found.fleiss


@pytest.mark.parametrize("seed", range(20))
def test_alpha_equals_the_krippendorff_package(seed):
    unit, rater, value = random_ratings(seed)
    table = np.full((6, 30), np.nan)
    table[rater, unit] = value
    wanted = krippendorff.alpha(table, level_of_measurement="nominal")
    found = agreement(unit, rater, value, categories=CATEGORIES).alpha
    assert found.value == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_fleiss_equals_statsmodels(seed):
    unit, rater, value = random_ratings(seed, missing=0)
    table = np.zeros((30, 4))
    np.add.at(table, (unit, value), 1)
    found = agreement(unit, rater, value, categories=CATEGORIES).fleiss
    assert found.value == pytest.approx(fleiss_kappa(table), abs=1e-10)


def test_by_hand():
    """Units aab, ab, bb and a lone a: agreement 1/3, 0, 1."""
    unit, rater = [1, 1, 1, 2, 2, 3, 3, 4], [1, 2, 3, 1, 2, 1, 2, 1]
    found = agreement(unit, rater, [0, 0, 1, 0, 1, 1, 1, 0], categories=["a", "b"])
    assert found.raw.value == pytest.approx(4 / 9)
    # a: 3 of 7 pairable values; observed (4/2 + 2/1 + 0)/7, expected (49 - 9 - 16)/(7 * 6)
    assert found.alpha.value == pytest.approx(1 - (4 / 7) / (24 / 42))
    a = (2 / 3 + 1 / 2 + 0 + 1) / 4
    chance = 2 * a * (1 - a)
    assert found.ac1.value == pytest.approx((4 / 9 - chance) / (1 - chance))
    assert "from 1 to 3 values" in found.fleiss.undefined
    assert (found.units, found.pairable_units, found.raters, found.values) == (4, 3, 3, 8)
    assert found.base_rates == (("a", 0.5), ("b", 0.5))


def test_the_paradox_that_base_rates_explain():
    """Nearly all values in one category: high raw agreement, alpha near zero, AC1 high."""
    unit, rater = np.divmod(np.arange(100), 2)
    value = np.zeros(100, dtype=int)
    value[[0, 3]] = 1
    found = agreement(unit, rater, value, categories=["a", "b"])
    assert found.raw.value == pytest.approx(0.96)
    assert found.alpha.value < 0
    assert found.ac1.value > 0.9
    assert found.base_rates[0] == ("a", 0.98)


def test_the_interval_is_delete_one_unit():
    unit, rater, value = random_ratings(1)
    for which in range(3):
        whole = coefficients(unit, rater, value)[which]
        units = [u for u in np.unique(unit) if (unit == u).sum() >= 2]
        without = np.array(
            [
                coefficients(unit[unit != u], rater[unit != u], value[unit != u])[which].value
                for u in units
            ]
        )
        variance = (len(units) - 1) / len(units) * np.square(without - whole.value).sum()
        assert whole.se == pytest.approx(variance**0.5)
        assert whole.low < whole.value < whole.high


def test_complete_agreement_has_a_bound_and_not_a_bare_one():
    unit, rater = np.divmod(np.arange(40), 4)
    for found in coefficients(unit, rater, unit % 3):
        assert found.value == 1
        assert 0 < found.low < 1
        assert "complete agreement" in found.notes[0]


def test_one_category_leaves_nothing_to_agree_on():
    raw, alpha, ac1, fleiss = coefficients([1, 1, 2, 2], [1, 2, 1, 2], [3, 3, 3, 3])
    assert "one category" in alpha.undefined
    assert "one category" in fleiss.undefined
    assert raw.value == ac1.value == 1


def test_nothing_rated_twice():
    for found in coefficients([1, 2, 3], [1, 1, 2], [0, 1, 2]):
        assert found.undefined == "no unit was rated twice"


@pytest.mark.parametrize("value", [[4, 0], [-1, 0], [0]])
def test_what_cannot_be_is_refused(value):
    with pytest.raises(ValueError):
        agreement([1, 1], [1, 2], value, categories=CATEGORIES)


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), max_size=30)


@settings(deadline=None)
@given(rows, st.randoms())
def test_always_a_figure_inside_its_interval_or_a_reason_in_any_order(some, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    columns, others = (
        [[row[i] for row in several] for i in range(3)] for several in (some, shuffled)
    )
    assert coefficients(*columns) == coefficients(*others)
    for found in coefficients(*columns):
        if found.undefined:
            assert found.low is None
        else:
            assert -1 <= found.low <= found.value <= found.high <= 1

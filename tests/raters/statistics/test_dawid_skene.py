"""Dawid-Skene by EM, against the same objective maximised by brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from raters.statistics import dawid_skene

CATEGORIES = ["a", "b"]


def simulated(seed, units=40, raters=5, categories=3, right=0.75):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, categories, units)
    unit, rater = np.divmod(np.arange(units * raters), raters)
    said = np.where(
        rng.random(len(unit)) < right, truth[unit], rng.integers(0, categories, len(unit))
    )
    return truth, unit, rater, said


def written_out(prior, confusion, unit, rater, said, smoothing):
    """Log likelihood and log prior, one unit and one true category at a time."""
    total = 0.0
    for one in range(unit.max() + 1):
        likelihood = 0.0
        for true, share in enumerate(prior):
            chance = share
            for r, c in zip(rater[unit == one], said[unit == one], strict=True):
                chance *= confusion[r][true][c]
            likelihood += chance
        total += np.log(likelihood)
    return total + smoothing * (np.log(prior).sum() + np.log(confusion).sum())


def softmax(free):
    full = np.concatenate([free, np.zeros((*free.shape[:-1], 1))], axis=-1)
    return np.exp(full) / np.exp(full).sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_the_maximum_that_brute_force_finds(seed):
    _, unit, rater, said = simulated(seed, units=6, raters=3, categories=2)
    found = dawid_skene(unit, rater, said, categories=CATEGORIES, smoothing=0.5)

    def objective(free):
        prior, confusion = softmax(free[:1]), softmax(free[1:].reshape(3, 2, 1))
        return -written_out(prior, confusion, unit, rater, said, 0.5)

    starts = [np.array(signs) for signs in product((-1.0, 1.0), repeat=7)][::5]
    best = min((minimize(objective, start, method="BFGS") for start in starts), key=lambda r: r.fun)
    assert found.objective == pytest.approx(
        written_out(np.array(found.prior), found.confusion, unit, rater, said, 0.5), abs=1e-6
    )
    assert found.objective == pytest.approx(-best.fun, abs=1e-5)


def test_it_finds_the_true_categories_and_the_rater_who_guesses():
    truth, unit, rater, said = simulated(4, units=200, right=0.8)
    rng = np.random.default_rng(5)
    said = np.where(rater == 2, rng.integers(0, 3, len(said)), said)
    found = dawid_skene(unit, rater, said, categories=["a", "b", "c"])
    assert (found.posterior.argmax(axis=1) == truth).mean() > 0.93
    right = [one.value for one in found.right]
    assert right[2] < 0.5 < min(right[:2] + right[3:])
    assert "diagnostic" in found.right[0].undefined


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([], "rated twice"), ([(0, 0, 0), (1, 0, 1)], "rated twice"),
     ([(0, 0, 1), (0, 1, 1)], "one category")],
)  # fmt: skip
def test_where_there_is_nothing_to_fit_it_says_why(rows, reason):
    columns = [[row[i] for row in rows] for i in range(3)]
    assert reason in dawid_skene(*columns, categories=CATEGORIES).undefined


def test_what_cannot_be_is_refused():
    for wrong in ([0, 2], [0]):
        with pytest.raises(ValueError):
            dawid_skene([0, 0], [0, 1], wrong, categories=CATEGORIES)
    with pytest.raises(ValueError, match="smoothing"):
        dawid_skene([0, 0], [0, 1], [0, 1], categories=CATEGORIES, smoothing=0)


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 1)), max_size=25)


@settings(deadline=None)
@given(rows)
def test_probabilities_or_a_reason(some):
    found = dawid_skene(*([row[i] for row in some] for i in range(3)), categories=CATEGORIES)
    if not found.undefined:
        assert np.allclose(found.posterior.sum(axis=1), 1)
        assert np.allclose(found.confusion.sum(axis=2), 1)
        assert np.isfinite(found.objective)
        assert all(0 < one.value < 1 for one in found.right)

"""Strengths with slot and length taken out."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from raters.statistics import adjusted_strengths, strengths

ALL_SIX = np.array(list(permutations(range(3))))
SOURCES = ["a", "b", "c"]
NAN = float("nan")


def study(seed=1, n=1500, slots=(0.0, 0.0, 0.0), beta=0.0, strength=(0.0, 0.3, 0.8)):
    rng = np.random.default_rng(seed)
    order = ALL_SIX[rng.integers(0, 6, n)]
    lengths = np.round(2 ** (rng.normal(0, 1, (n, 3)) + 7 + 0.5 * order)) + 1
    worth = np.array(strength)[order] + np.array(slots) + beta * np.log2(lengths)
    ranks = (-(worth + rng.gumbel(size=(n, 3)))).argsort(axis=1).argsort(axis=1) + 1.0
    return rng.integers(0, 40, n), rng.integers(0, 60, n), order, ranks, lengths


def values(estimates):
    return np.array([one.value for one in estimates])


def by_source(order, ranks):
    table = np.full((len(order), 3), NAN)
    np.put_along_axis(table, order, ranks, axis=1)
    return table


def test_the_raw_ones_are_the_strengths():
    rater, question, order, ranks, _ = study(n=200)
    ranks[:40] = np.where(ranks[:40] == 3, 2, ranks[:40])  # some ties
    found = adjusted_strengths(rater, question, order, ranks, sources=SOURCES).raw
    wanted = strengths(rater, question, by_source(order, ranks), sources=SOURCES).log_strengths
    assert values(found) == pytest.approx(values(wanted), abs=1e-8)
    assert [one.se for one in found] == pytest.approx([one.se for one in wanted], rel=1e-6)


def test_slot_and_length_are_found_and_taken_out():
    rater, question, order, ranks, lengths = study(slots=(0.6, 0.0, -0.6), beta=0.4)
    found = adjusted_strengths(rater, question, order, ranks, sources=SOURCES, lengths=lengths)
    assert values(found.slots) == pytest.approx([0.6, 0, -0.6], abs=0.15)
    assert found.length.value == pytest.approx(0.4, abs=0.08)
    wanted = np.array([0, 0.3, 0.8]) - 1.1 / 3
    assert values(found.adjusted) == pytest.approx(wanted, abs=0.15)
    # c writes the longest texts, so without length it looks stronger than it is
    assert found.raw[2].value > found.adjusted[2].value + 0.05
    for one in (*found.raw, *found.adjusted, *found.slots, found.length):
        assert one.low < one.value < one.high


def test_it_is_the_maximum_of_the_likelihood_written_out():
    rater, question, order, ranks, lengths = study(n=80, slots=(0.5, 0, 0), beta=0.2)
    found = adjusted_strengths(rater, question, order, ranks, sources=SOURCES, lengths=lengths)
    logs = np.log2(lengths)
    logs = logs - logs.mean(axis=1, keepdims=True)

    def loss(free):
        alpha = np.r_[0, free[:2]][order] + np.r_[0, free[2:4]] + free[4] * logs
        total = 0.0
        for row, rank in zip(alpha, ranks, strict=True):
            best_first = row[np.argsort(rank)]
            total += sum(best_first[i] - np.logaddexp.reduce(best_first[i:]) for i in range(2))
        return -total

    best = minimize(loss, np.zeros(5), method="BFGS").x
    source, slot = np.r_[0, best[:2]], np.r_[0, best[2:4]]
    assert values(found.adjusted) == pytest.approx(source - source.mean(), abs=1e-4)
    assert values(found.slots) == pytest.approx(slot - slot.mean(), abs=1e-4)
    assert found.length.value == pytest.approx(best[4], abs=1e-4)


def test_picks_use_the_first_choice_alone():
    rater, question, order, ranks, _ = study(n=400)
    picked = np.where(ranks == 1, 1.0, 2.0)
    found = adjusted_strengths(rater, question, order, picked, sources=SOURCES, picks=True)
    shares = [(order[picked == 1] == i).mean() for i in range(3)]
    raw = values(found.raw)
    assert np.exp(raw) / np.exp(raw).sum() == pytest.approx(shares, abs=1e-8)


@pytest.mark.parametrize(
    ("order", "ranks", "reason"),
    [
        ([[0, 1, 2]] * 3, [[1, 2, 3], [3, 1, 2], [2, 3, 1]], "cannot be told from the source"),
        ([[0, 1, 2], [1, 2, 0]], [[1, 2, 3], [2, 3, 1]], "never came above"),
        (np.empty((0, 3)), np.empty((0, 3)), "no two sources"),
    ],
)
def test_where_there_is_none_it_says_why(order, ranks, reason):
    n = len(order)
    found = adjusted_strengths(range(n), range(n), order, ranks, sources=SOURCES)
    assert reason in found.undefined
    assert found.adjusted[0].value is None


@pytest.mark.parametrize(
    ("order", "ranks", "lengths"),
    [
        ([[0, 1]], [[1, 2, 3]], None),
        ([[0, 3]], [[1, 2]], None),
        ([list(range(7))], [list(range(1, 8))], None),
        ([[0, 1]], [[1, 2]], [[0, 5]]),
        ([[0, 1]], [[1, 2]], [[5]]),
    ],
)
def test_what_cannot_be_is_refused(order, ranks, lengths):
    sources = SOURCES if len(order[0]) < 7 else list("abcdefg")
    with pytest.raises(ValueError):
        adjusted_strengths([1], [1], order, ranks, sources=sources, lengths=lengths)


rows = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 3), st.permutations(range(3)),
        st.tuples(*[st.sampled_from([1.0, 2.0, 3.0, NAN])] * 3),
        st.tuples(*[st.integers(1, 400)] * 3),
    ),
    max_size=15,
)  # fmt: skip


@settings(deadline=None)
@given(rows, st.booleans())
def test_no_data_make_it_crash(some, picks):
    rater, question, order, ranks, lengths = ([row[i] for row in some] for i in range(5))
    found = adjusted_strengths(
        rater, question, np.array(order).reshape(-1, 3), np.array(ranks).reshape(-1, 3),
        sources=SOURCES, lengths=np.array(lengths).reshape(-1, 3), picks=picks,
    )  # fmt: skip
    for one in (*found.raw, *found.adjusted, *found.slots, found.length):
        assert one.undefined or one.low <= one.value <= one.high

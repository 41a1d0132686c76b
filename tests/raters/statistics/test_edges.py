"""Edge data: one rater, unanimity, a source never picked, nothing at all: a figure or why not."""

import dataclasses
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.statistics import (
    Estimate,
    adjusted_strengths,
    blinding_audit,
    bootstrap_shares,
    crossed,
    dawid_skene,
    habits,
    leave_one_out,
    self_consistency,
    slot_effect,
    source_effect,
)

NAMES = ("a", "b", "c")
ROW = st.tuples(
    st.integers(0, 3),  # rater
    st.integers(0, 3),  # question
    st.permutations(range(3)),
    st.lists(st.sampled_from([1.0, 2.0, 3.0, float("nan")]), min_size=3, max_size=3),
    st.lists(st.sampled_from([1, 2, 900]), min_size=3, max_size=3),
)


def whole(found):
    """Every estimate has a value and an interval, or says why it has none; no number is NaN."""
    if isinstance(found, Estimate):
        assert found.undefined or None not in (found.value, found.low, found.high)
    if dataclasses.is_dataclass(found):
        for field in dataclasses.fields(found):
            whole(getattr(found, field.name))
    elif isinstance(found, tuple | list):
        for each in found:
            whole(each)
    elif isinstance(found, np.ndarray):
        assert np.isfinite(found).all()
    elif isinstance(found, float):
        assert isfinite(found)


def every_figure(rows, picks):
    rater, question, order, ranks, lengths = zip(*rows, strict=True) if rows else ((),) * 5
    order = np.array(order, dtype=np.intp).reshape(-1, 3)
    ranks = np.array(ranks, dtype=np.float64).reshape(-1, 3)
    rng = np.random.default_rng(1)
    first = ranks == 1
    best = np.where(first.sum(axis=1) == 1, first.argmax(axis=1), -1)
    said = np.where(best >= 0, best, 3)
    yield adjusted_strengths(
        rater, question, order, ranks, sources=NAMES, picks=picks,
        lengths=np.array(lengths, dtype=np.float64).reshape(-1, 3),
    )  # fmt: skip
    clusters = crossed(np.array(rater, dtype=int), np.array(question, dtype=int))
    yield bootstrap_shares([best == 0, ranks[:, 0]], clusters, rng=rng, replicates=50)
    yield dawid_skene(question, rater, said, categories=(*NAMES, "none"))
    yield leave_one_out(question, rater, said)
    yield habits(rater, best, slots=3)
    yield self_consistency(rater, question, said, said[::-1])
    source = np.where(best >= 0, order[np.arange(len(order)), best], -1)
    yield slot_effect(order, source, rng=rng, replicates=50)
    by_slot = np.where(np.isnan(ranks), -1, ranks).astype(np.intp)
    yield source_effect(order, by_slot, sources=NAMES, rng=rng, replicates=50)


@given(rows=st.lists(ROW, max_size=14), picks=st.booleans())
@settings(max_examples=120, deadline=None)
def test_whatever_was_rated_gives_figures_or_reasons(rows, picks):
    for found in every_figure(rows, picks):
        whole(found)


@pytest.mark.parametrize("rows", [
    [],
    [(0, 0, [0, 1, 2], [1.0, 2.0, 3.0], [5, 5, 5])],
    [(r, q, [0, 1, 2], [1.0, 2.0, 3.0], [5, 6, 7]) for r in range(4) for q in range(4)],
    [(0, q, [q % 3, (q + 1) % 3, (q + 2) % 3], [1.0, 2.0, 3.0], [5, 6, 7]) for q in range(9)],
    [(r, 0, [0, 1, 2], [1.0, 1.0, 1.0], [5, 5, 5]) for r in range(5)],
])  # fmt: skip
def test_one_rater_unanimity_and_nothing_at_all_have_reasons(rows):
    adjusted, *others = every_figure(rows, picks=False)
    assert adjusted.undefined
    for found in others:
        whole(found)


@given(
    texts=st.lists(st.lists(st.text(max_size=6), min_size=3, max_size=3), max_size=8),
    seed=st.integers(0, 5),
)
@settings(max_examples=30, deadline=None)
def test_texts_of_any_kind_are_audited(texts, seed):
    whole(
        blinding_audit(
            np.repeat(np.arange(len(texts)), 3),
            np.tile(np.arange(3), len(texts)),
            [text for of in texts for text in of],
            sources=NAMES,
            rng=np.random.default_rng(seed),
        )
    )

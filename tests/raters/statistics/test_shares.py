"""Picks become share best, and nothing about those that were not picked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.statistics import LIKE_THESE, NONE_GOOD, PLAIN, THESE, TIE, crossed, share, share_best

SOURCES = ["human", "few-shot", "STaR"]
RATERS = [1, 1, 1, 2, 2, 2]
QUESTIONS = [1, 2, 3, 1, 2, 3]


def best(picked, **more):
    return share_best(RATERS, QUESTIONS, picked, sources=SOURCES, **more)


def test_counts_and_shares():
    found = best([2, 2, 0, 2, TIE, NONE_GOOD])
    assert (found.ratings, found.picks, found.ties, found.none_good) == (6, 4, 1, 1)
    assert [one.picked for one in found.sources] == [1, 0, 3]
    assert [one.share.value for one in found.sources] == pytest.approx(
        [(1 + 1 / 3) / 6, 1 / 18, (3 + 1 / 3) / 6]
    )


def test_none_good_is_an_outcome_of_its_own():
    found = best([2, 2, 0, 2, 2, NONE_GOOD]).sources[2]
    assert found.share.value == pytest.approx(4 / 6)
    assert (found.among_good.value, found.among_good.n) == (pytest.approx(4 / 5), 5)


def test_the_shares_are_those_of_the_jackknife_with_every_estimand_beside():
    found = best([2, 2, 0, 2, 1, 0]).sources[2]
    clusters, y = crossed(RATERS, QUESTIONS), [1, 1, 0, 1, 0, 0]
    wanted = [share(y, clusters, estimand=one) for one in (LIKE_THESE, THESE, PLAIN)]
    for one, other in zip([found.share, found.these_raters, found.plain], wanted, strict=True):
        assert one.estimand == other.estimand
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_a_source_that_was_not_shown_is_not_counted():
    shown = [[0, 1], [0, 2], [0, 1], [1, 2], [0, 1], [0, 2]]
    found = best([0, 2, 1, 2, TIE, 0], shown=shown)
    assert [one.shown for one in found.sources] == [5, 4, 3]
    assert found.sources[0].share.value == pytest.approx((2 + 1 / 2) / 5)


def test_a_source_that_was_never_picked_has_a_bound():
    found = best([2, 2, 0, 2, 2, 0]).sources[1]
    assert (found.share.value, found.share.low) == (0, 0)
    assert 0 < found.share.high < 1


def test_one_rater():
    found = share_best([1] * 4, [1, 2, 3, 4], [0, 1, 1, 0], sources=["a", "b"]).sources[0]
    assert "one rater" in found.share.undefined
    assert not found.these_raters.undefined


def test_picks_refuse_an_order_among_the_others():
    found = best([2, 2, 0, 2, 1, 0]).above("STaR", "human")
    assert found.value is None
    assert "picks say which is best" in found.undefined


@pytest.mark.parametrize(
    ("picked", "shown"),
    [
        ([3, 0, 0, 0, 0, 0], None),
        ([-3, 0, 0, 0, 0, 0], None),
        ([0], None),
        ([0] * 6, [[1, 2]] * 6),
        ([0] * 6, [[0, 1]]),
        ([0] * 6, [[0, 3]] * 6),
    ],
)
def test_what_cannot_be_is_refused(picked, shown):
    with pytest.raises(ValueError):
        best(picked, shown=shown)


rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(NONE_GOOD, 2)), max_size=25
)


def of(some):
    return share_best(*([row[i] for row in some] for i in range(3)), sources=SOURCES)


@settings(deadline=None)
@given(rows)
def test_shares_and_none_good_add_up_to_one(some):
    found = of(some)
    if some:
        total = sum(one.these_raters.value for one in found.sources)
        assert total + found.none_good / len(some) == pytest.approx(1)


@settings(deadline=None)
@given(rows, st.randoms())
def test_the_order_of_rows_changes_no_digit(some, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    assert of(shuffled) == of(some)


@settings(deadline=None)
@given(rows)
def test_two_sources_swapped_swap_their_figures(some):
    swap = np.array([1, 0, 2, NONE_GOOD, TIE])  # from the end: -2, -1
    swapped = [(rater, question, int(swap[picked])) for rater, question, picked in some]
    first, second = of(some).sources, of(swapped).sources
    assert first[0].share == second[1].share
    assert first[1].share == second[0].share
    assert first[2] == second[2]

"""Each rater with the others, with themselves, and in their habits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.statistics import habits, leave_one_out, self_consistency

NAN = float("nan")


def test_by_hand_with_the_others():
    """Unit 1: r1 a, r2 a, r3 b. Unit 2: r1 a, r2 b. Unit 3: r3 alone."""
    found = leave_one_out([1, 1, 1, 2, 2, 3], ["r1", "r2", "r3", "r1", "r2", "r3"], list("aabaab"))
    assert [one.rater for one in found] == ["r1", "r2", "r3"]
    assert [one.ratings for one in found] == [2, 2, 2]
    # r1: half of the others in unit 1, all of the others in unit 2
    assert [one.agreement.value for one in found] == [0.75, 0.75, 0]
    assert [one.expected for one in found] == [0.375, 0.375, 0.75]


def test_a_raters_own_repeats_are_not_others():
    found = leave_one_out([1, 1, 1], ["r1", "r1", "r2"], ["a", "b", "a"])
    assert [one.agreement.value for one in found] == [0.5, 0.5]


def test_against_a_loop():
    rng = np.random.default_rng(2)
    unit, rater, said = rng.integers(0, 12, 90), rng.integers(0, 6, 90), rng.integers(0, 3, 90)
    for one in leave_one_out(unit, rater, said):
        mine = rater == one.rater
        each = [
            np.mean(said[others] == said[i])
            for i in np.flatnonzero(mine)
            if (others := (unit == unit[i]) & ~mine).any()
        ]
        assert one.agreement.value == pytest.approx(np.mean(each))


def test_nobody_else_rated_their_units():
    assert "nobody else" in leave_one_out([1, 2], [1, 2], [0, 0])[0].agreement.undefined


def test_repeats_answered_as_the_first_time():
    found = self_consistency([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 3], list("abcabc"), list("abcxyc"))
    assert found.overall.value == pytest.approx(4 / 6)
    assert found.overall.low < 4 / 6 < found.overall.high
    assert [(rater, one.value) for rater, one in found.raters] == [(1, 1), (2, 0.5), (3, 0.5)]
    assert found.raters[0][1].low < 1  # never a bare one


def test_no_repeats():
    found = self_consistency([], [], [], [])
    assert (found.overall.undefined, found.raters) == ("no ratings", ())


def test_habits_count_slots_other_answers_and_time():
    first, second = habits([2, 1, 1, 1], [0, 2, 2, -1], slots=3, seconds=[NAN, 10, 30, 20])
    assert (first.rater, first.slots, first.others, first.seconds) == (1, (0, 0, 2), 1, 20)
    assert (second.rater, second.slots, second.others, second.seconds) == (2, (1, 0, 0), 0, None)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="1 values for 2"):
        leave_one_out([1, 2], [1, 2], [0])
    with pytest.raises(ValueError, match="1 repeats for 2"):
        self_consistency([1, 2], [1, 2], [0], [0])
    with pytest.raises(ValueError, match="1 slots"):
        habits([1, 2], [0], slots=3)


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)), max_size=25)


@settings(deadline=None)
@given(rows)
def test_always_a_figure_inside_its_interval_or_a_reason(some):
    for one in leave_one_out(*([row[i] for row in some] for i in range(3))):
        found = one.agreement
        if not found.undefined:
            assert 0 <= found.low <= found.value <= found.high <= 1

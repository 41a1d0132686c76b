"""Time, hourly pay and top-ups, by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from raters.models import StudyPath
from raters.services.paying import payment_rows, payments, time_spent
from tests.factories import NOW, make_raters, make_study, rate


def minutes(*numbers):
    return [NOW + timedelta(minutes=number) for number in numbers]


def test_time_runs_from_the_beginning_to_the_last_answer():
    assert time_spent(NOW, minutes(2, 5, 9)) == 9


def test_a_long_pause_counts_as_ten_minutes():
    assert time_spent(NOW, minutes(2, 600, 603)) == 2 + 10 + 3


@pytest.fixture
def study(db):
    """Two who finish, in 4 and 10 minutes, and one who does not."""
    study = make_study(questions=6, raters_per_triple=1, triples_per_rater=2)
    StudyPath.objects.create(study=study, reward=Decimal("1.00"), least_hourly=Decimal("9.00"))
    for rater, times in zip(make_raters(study, 3), [(0, 4), (0, 10), (0,)], strict=True):
        for at in minutes(*times):
            rate(rater, now=at)
    return study


def test_who_finished_is_paid_and_topped_up_to_the_least_an_hour(study):
    paid = payments(study=study)
    assert [line.minutes for line in paid.raters] == [4, 10, 0]
    assert [line.is_done for line in paid.raters] == [True, True, False]
    # 9.00 an hour is 0.60 for 4 minutes, which 1.00 covers, and 1.50 for 10.
    assert [line.owed for line in paid.raters] == [Decimal("0.00"), Decimal("0.50"), None]
    assert [line.hourly for line in paid.raters] == [Decimal("15.00"), Decimal("6.00"), None]
    assert (paid.done, paid.median_minutes, paid.owed) == (2, 7, Decimal("0.50"))
    assert paid.hourly == Decimal("8.57")


def test_without_a_reward_nothing_is_owed(study):
    StudyPath.objects.update(reward=None)
    paid = payments(study=study)
    assert paid.median_minutes == 7
    assert paid.hourly is None
    assert paid.owed is None


def test_the_sheet_has_a_line_a_rater(study):
    header, *rows = payment_rows(study=study)
    assert header[-1] == "top-up owed"
    assert rows[1] == ("Rater 2", "", "done", "2", "10.0", "6.00", "0.50")
    assert rows[2] == ("Rater 3", "", "", "1", "0.0", "", "")

"""What is kept ahead, renewed by a heartbeat, given back by a page that was left, taken back."""

from datetime import timedelta

import pytest

from raters.models import Assignment, Place, Rater
from raters.services.assigning import (
    Progress,
    assignment_leave,
    assignment_skip,
    assignments_lapse,
    assignments_renew,
    rater_progress,
)
from tests.factories import (
    NOW,
    claim,
    make_rater,
    make_raters,
    make_study,
    submit,
    take,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LEASE = 20 * MINUTE


def fresh(assignment: Assignment) -> Assignment:
    return Assignment.objects.get(pk=assignment.pk)


def tokens(hand: list[Assignment]) -> list[str]:
    return [str(each.token) for each in hand]


def places(study, state: str) -> int:
    return Place.objects.filter(study=study, state=state).count()


# --- one ahead ---------------------------------------------------------------------------------
def test_what_is_ahead_comes_next():
    rater = make_rater(make_study())
    first, ahead = take(rater)
    submit(rater, first)
    assert take(rater)[0] == ahead


def test_nothing_is_kept_ahead_beyond_a_raters_share():
    study = make_study(questions=9, most_per_rater=2)
    rater = make_rater(study)
    submit(rater, take(rater)[0])
    (last,) = take(rater)
    submit(rater, last)
    assert take(rater) == []
    assert rater_progress(rater=Rater.objects.get(pk=rater.pk)) == Progress(done=2, total=2)


def test_nothing_is_kept_ahead_at_a_studys_tail():
    """Three places and two raters: who comes first keeps one ahead, then all wait for the last."""
    study = make_study(questions=4, raters_per_triple=1)
    one, other = make_raters(study, 2)
    assert len(take(one)) == 2
    assert len(take(other)) == 1
    assert places(study, "open") == 1


def test_the_last_triple_of_a_single_rater_is_kept_ahead():
    rater = make_rater(make_study(questions=2, raters_per_triple=1))
    assert len(take(rater)) == 2


def test_a_heartbeat_renews_both_leases():
    rater = make_rater(make_study())
    held = take(rater)
    assert assignments_renew(rater=rater, tokens=tokens(held), now=NOW + MINUTE)
    assert {fresh(each).lease_until for each in held} == {NOW + LEASE + MINUTE}


def test_a_heartbeat_for_what_was_lost_says_so_and_renews_nothing():
    study = make_study()
    one, other = make_raters(study, 2)
    first, ahead = take(one)
    assignment_skip(rater=one, token=str(ahead.token), now=NOW)
    assert not assignments_renew(rater=one, tokens=tokens([first, ahead]), now=NOW + MINUTE)
    assert not assignments_renew(rater=other, tokens=tokens([first]), now=NOW + MINUTE)
    assert fresh(first).lease_until == NOW + LEASE


def test_a_heartbeat_takes_back_what_another_page_of_the_rater_gave_back():
    study = make_study()
    rater = make_rater(study)
    first, ahead = take(rater)
    assignment_leave(rater=rater, ahead=str(ahead.token), now=NOW)
    assignments_lapse(study=study, now=NOW + 3 * MINUTE)
    assert fresh(first).state == fresh(ahead).state == "lapsed"
    now = NOW + 4 * MINUTE
    assert assignments_renew(rater=rater, tokens=tokens([first, ahead]), now=now)
    for each in (first, ahead):
        assert (fresh(each).state, fresh(each).lease_until) == ("held", now + LEASE)
        assert (fresh(each).order, fresh(each).place.state) == (each.order, "held")


def test_a_heartbeat_cannot_take_back_what_somebody_else_has():
    study = make_study(questions=1, raters_per_triple=1)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    claim(quick, now=NOW + LEASE + MINUTE)
    assert not assignments_renew(rater=slow, tokens=tokens([lost]), now=NOW + LEASE + MINUTE)


@pytest.mark.parametrize("change", [{"most_per_rater": 1}, {"state": "closed", "closed_at": NOW}])
def test_a_heartbeat_takes_nothing_back_beyond_a_share_or_a_close(change):
    study = make_study()
    rater = make_rater(study)
    first, ahead = take(rater)
    assignment_leave(rater=rater, ahead=str(ahead.token), now=NOW)
    type(study).objects.update(**change)
    assert not assignments_renew(rater=rater, tokens=tokens([first, ahead]), now=NOW)
    assert fresh(ahead).state == "lapsed"


def test_leaving_gives_the_one_ahead_back_and_soon_the_other():
    study = make_study()
    rater = make_rater(study)
    first, ahead = take(rater)
    assignment_leave(rater=rater, ahead=str(ahead.token), now=NOW)
    assert (fresh(ahead).state, fresh(first).lease_until) == ("lapsed", NOW + 2 * MINUTE)
    assert places(study, "held") == 1
    back = take(rater, now=NOW + MINUTE)
    assert (back[0], back[0].lease_until) == (first, NOW + MINUTE + LEASE)


def test_leaving_in_the_last_minutes_of_a_lease_does_not_lengthen_it():
    rater = make_rater(make_study())
    (first, *_) = take(rater)
    assignment_leave(rater=rater, ahead=None, now=NOW + LEASE - MINUTE)
    assert fresh(first).lease_until == NOW + LEASE

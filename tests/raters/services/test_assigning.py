"""Handing out: under a lease, never one too many, never one lost, nobody stranded."""

from datetime import timedelta

import pytest

from raters.models import Assignment, Place, Rater
from raters.services.assigning import (
    assignment_flag,
    assignment_skip,
    assignments_hand,
    assignments_lapse,
    skipped_left,
)
from raters.services.rating import RatingRefused
from raters.services.study_states import study_close, study_pause, study_resume
from tests.factories import (
    NOW,
    claim,
    make_rater,
    make_raters,
    make_researcher,
    make_study,
    rate,
    rate_all,
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


# --- claims ------------------------------------------------------------------------------------
def test_a_claim_holds_a_place_with_its_order_under_a_lease():
    study = make_study()
    assignment = claim(make_rater(study))
    assert (assignment.order, assignment.place.state) == (assignment.place.order, "held")
    assert (assignment.claimed_at, assignment.lease_until) == (NOW, NOW + LEASE)


def test_asking_again_gives_what_is_in_hand():
    study = make_study()
    rater = make_rater(study)
    assert tokens(take(rater)) == tokens(take(rater, now=NOW + MINUTE))
    assert places(study, "held") == 2


def test_raters_at_once_hold_places_of_their_own():
    study = make_study()
    held = [claim(rater) for rater in make_raters(study, 5)]
    assert len({assignment.place_id for assignment in held}) == 5


def test_a_rater_never_meets_a_triple_twice():
    study = make_study(questions=4, raters_per_triple=3)
    rater = make_rater(study)
    assert rate_all(study, [rater]) == 4
    met = Assignment.objects.filter(rater=rater).values_list("triple", flat=True)
    assert len(set(met)) == 4
    assert assignments_hand(rater=rater, now=NOW) == []


def test_raters_fill_a_study_to_the_last_place_and_no_further():
    study = make_study(questions=5, raters_per_triple=3)
    assert rate_all(study, make_raters(study, 4)) == 15
    assert places(study, "filled") == 15


@pytest.mark.parametrize("opened", [True, False])
def test_a_study_that_is_not_open_hands_out_nothing(opened):
    study = make_study(opened=False, closed=opened)
    rater = Rater.objects.create(study=study, name="early", created_at=NOW)
    assert assignments_hand(rater=rater, now=NOW) == []
    assert Assignment.objects.count() == 0


# --- leases ------------------------------------------------------------------------------------
def test_looking_again_in_the_second_half_of_a_lease_renews_it():
    rater = make_rater(make_study())
    claim(rater)
    assert claim(rater, now=NOW + 9 * MINUTE).lease_until == NOW + LEASE
    renewed = claim(rater, now=NOW + 11 * MINUTE)
    assert renewed.lease_until == fresh(renewed).lease_until == NOW + 31 * MINUTE


def test_a_lease_that_ran_out_returns_the_place_to_others():
    study = make_study(questions=1, raters_per_triple=1)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    assert assignments_hand(rater=quick, now=NOW + LEASE) == []
    taken = claim(quick, now=NOW + LEASE + MINUTE)
    assert taken.place_id == lost.place_id
    assert (fresh(lost).state, fresh(lost).place_id) == ("lapsed", None)


def test_whoever_comes_back_goes_on_with_the_triple_they_were_reading():
    study = make_study(questions=9)
    rater = make_rater(study)
    before = claim(rater)
    assignments_lapse(study=study, now=NOW + LEASE + MINUTE)
    assert places(study, "held") == 0
    after = claim(rater, now=NOW + 2 * LEASE)
    assert (after.token, after.order) == (before.token, before.order)
    assert (after.state, after.lease_until) == ("held", NOW + 3 * LEASE)
    assert places(study, "held") == 2


def test_whoever_comes_back_too_late_gets_another_triple():
    study = make_study(questions=2, raters_per_triple=1, most_per_rater=1)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    Place.objects.filter(study=study, state="open").update(state="filled")
    taken = claim(quick, now=NOW + LEASE + MINUTE)
    Place.objects.filter(study=study, state="filled").update(state="open")
    other = claim(slow, now=NOW + LEASE + MINUTE)
    assert taken.triple_id == lost.triple_id
    assert other.triple_id != lost.triple_id


def test_a_lapsed_triple_is_resumed_in_another_order_only_under_a_new_token():
    study = make_study(questions=1, raters_per_triple=2)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    Place.objects.exclude(pk=lost.place_id).update(state="filled")
    claim(quick, now=NOW + LEASE + MINUTE)
    Place.objects.exclude(pk=lost.place_id).update(state="open")
    free = Place.objects.exclude(pk=lost.place_id).get()
    assert free.order != lost.order
    again = claim(slow, now=NOW + LEASE + MINUTE)
    assert (again.pk, again.place_id, again.order) == (lost.pk, free.pk, free.order)
    assert fresh(lost).token == again.token != lost.token
    with pytest.raises(RatingRefused):
        submit(slow, lost)
    submit(slow, again, now=NOW + LEASE + MINUTE)
    assert fresh(lost).state == "rated"


def test_a_late_answer_fills_no_place_of_another_order():
    study = make_study(questions=1, raters_per_triple=2)
    slow = make_rater(study)
    lost = claim(slow)
    assignments_lapse(study=study, now=NOW + LEASE + MINUTE)
    Place.objects.filter(order=lost.order).update(state="filled")
    assert submit(slow, lost, now=NOW + LEASE + MINUTE).was_late


def test_what_was_skipped_comes_back_in_the_place_that_others_left():
    study = make_study(questions=1, raters_per_triple=2)
    picky, other = make_raters(study, 2)
    skipped = skip(picky)
    Place.objects.exclude(order=skipped.order).update(state="filled")
    rate(other)
    Place.objects.exclude(order=skipped.order).update(state="open")
    rate(picky)
    assert places(study, "filled") == 2


# --- skips -------------------------------------------------------------------------------------
def test_a_skipped_triple_goes_back_for_others():
    study = make_study(questions=1, raters_per_triple=1)
    picky, other = make_raters(study, 2)
    skipped = claim(picky)
    assignment_skip(rater=picky, token=str(skipped.token), now=NOW)
    assert (fresh(skipped).state, fresh(skipped).place_id) == ("skipped", None)
    assert claim(other).place_id == skipped.place_id


def skip(rater: Rater, **more) -> Assignment:
    skipped = take(rater, **more)[0]
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW)
    return skipped


def test_a_skipped_triple_comes_back_to_that_rater_when_nothing_else_is_left():
    study = make_study(questions=3)
    rater = make_rater(study)
    skipped = skip(rater)
    assert [rate(rater).rating.assignment_id != skipped.pk for _ in range(2)] == [True, True]
    again = claim(rater)
    assert (again.pk, again.order) == (skipped.pk, skipped.order)
    assert fresh(again).place.state == "held"
    rate(rater)
    assert fresh(skipped).state == "rated"
    assert skipped_left(rater=rater) == 0


def test_what_was_skipped_twice_comes_back_only_if_asked_the_least_skipped_first():
    study = make_study(questions=2)
    rater = make_rater(study)
    one, other = skip(rater), skip(rater)
    assert (skip(rater), skip(rater)) == (one, other)
    assert assignments_hand(rater=rater, now=NOW) == []
    assert skipped_left(rater=rater) == 2
    assert (skip(rater, skipped=True), skip(rater, skipped=True)) == (one, other)
    assert assignments_hand(rater=rater, now=NOW, skipped=True) == [one]


def test_a_place_that_everybody_skipped_is_not_lost():
    study = make_study(questions=1, raters_per_triple=1)
    raters = make_raters(study, 3)
    assert len({skip(rater).triple_id for rater in raters}) == 1
    rate(raters[0])
    assert places(study, "filled") == 1
    assert [skipped_left(rater=rater) for rater in raters] == [0, 0, 0]


def test_a_rater_who_has_done_all_that_was_asked_gets_nothing_they_skipped():
    study = make_study(questions=3, most_per_rater=1)
    rater = make_rater(study)
    skip(rater)
    rate(rater)
    assert assignments_hand(rater=rater, now=NOW, skipped=True) == []
    assert skipped_left(rater=rater) == 0


def test_a_skip_after_the_lease_ran_out_is_a_skip():
    study = make_study(questions=2)
    rater = make_rater(study)
    skipped = claim(rater)
    assignments_lapse(study=study, now=NOW + LEASE + MINUTE)
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW + LEASE + MINUTE)
    assert fresh(skipped).state == "skipped"
    assert claim(rater, now=NOW + LEASE + MINUTE).triple_id != skipped.triple_id


def test_skipping_twice_is_skipping_once():
    study = make_study(questions=3)
    rater = make_rater(study)
    skipped = claim(rater)
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW)
    following = take(rater)
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW)
    assert tokens(take(rater)) == tokens(following)
    assert fresh(skipped).skip_count == 1


def test_nobody_skips_for_somebody_else():
    study = make_study()
    one, other = make_raters(study, 2)
    held = claim(one)
    assignment_skip(rater=other, token=str(held.token), now=NOW)
    assert fresh(held).state == "held"


def test_a_rated_triple_cannot_be_skipped():
    study = make_study()
    rater = make_rater(study)
    rated = rate(rater).rating.assignment
    assignment_skip(rater=rater, token=str(rated.token), now=NOW)
    assert fresh(rated).state == "rated"
    assert places(study, "filled") == 1


# --- flags -------------------------------------------------------------------------------------
def flag(rater: Rater, assignment: Assignment) -> None:
    assignment_flag(
        rater=rater, token=str(assignment.token), reason="unclear", comment="Which box?", now=NOW
    )


def test_a_flagged_triple_is_never_offered_to_that_rater_again_but_to_others():
    study = make_study(questions=2, raters_per_triple=1)
    rater, other = make_raters(study, 2)
    broken = claim(rater)
    flag(rater, broken)
    flag(rater, broken)
    assert (fresh(broken).state, fresh(broken).flag.comment) == ("flagged", "Which box?")
    assert rate_all(study, [rater]) == 1
    assert assignments_hand(rater=rater, now=NOW, skipped=True) == []
    assert claim(other).triple_id == broken.triple_id


def test_nobody_flags_for_somebody_else():
    one, other = make_raters(make_study(), 2)
    held = claim(one)
    flag(other, held)
    assert fresh(held).state == "held"


# --- closing -----------------------------------------------------------------------------------
def test_closing_takes_back_what_is_in_hand():
    study = make_study()
    rater = make_rater(study)
    held = claim(rater)
    study_close(study=study, user=make_researcher(), now=NOW)
    assert fresh(held).state == "lapsed"
    assert places(study, "open") == 18
    assert assignments_hand(rater=Rater.objects.get(pk=rater.pk), now=NOW) == []


def test_a_page_that_was_read_before_the_close_hands_out_nothing():
    study = make_study()
    rater = make_rater(study)
    assert rater.study.state == "open"
    study_close(study=type(study).objects.get(), user=make_researcher(), now=NOW)
    assert assignments_hand(rater=rater, now=NOW) == []


# --- pausing -----------------------------------------------------------------------------------
def test_a_paused_study_keeps_what_is_in_hand_and_hands_out_nothing_new():
    study = make_study()
    rater, other = make_raters(study, 2)
    first, ahead = take(rater)
    study_pause(study=study, user=study.owner, now=NOW)
    assert tokens(take(rater)) == tokens([first, ahead])
    submit(rater, first)
    assert tokens(take(rater)) == tokens([ahead])
    assert take(other) == []
    study_resume(study=study, user=study.owner, now=NOW)
    assert len(take(rater)) == 2

"""Handing out: under a lease, never one too many, never one lost, nobody stranded."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.models import Assignment, Place, Rater
from raters.services.assigning import (
    Progress,
    assignment_next,
    assignment_skip,
    assignments_lapse,
    rater_progress,
    skipped_left,
)
from raters.services.study_states import study_close
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
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LEASE = 20 * MINUTE


def fresh(assignment: Assignment) -> Assignment:
    return Assignment.objects.get(pk=assignment.pk)


def places(study, state: str) -> int:
    return Place.objects.filter(study=study, state=state).count()


# --- claims ------------------------------------------------------------------------------------
def test_a_claim_holds_the_first_open_place_of_the_queue_under_a_lease():
    study = make_study()
    assignment = claim(make_rater(study))
    assert (assignment.place.queue, assignment.place.state) == (0, "held")
    assert assignment.order == assignment.place.order
    assert (assignment.claimed_at, assignment.lease_until) == (NOW, NOW + LEASE)


def test_asking_again_gives_the_triple_in_hand():
    study = make_study()
    rater = make_rater(study)
    assert claim(rater).token == claim(rater, now=NOW + MINUTE).token
    assert places(study, "held") == 1


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
    assert assignment_next(rater=rater, now=NOW) is None


def test_raters_fill_a_study_to_the_last_place_and_no_further():
    study = make_study(questions=5, raters_per_triple=3)
    assert rate_all(study, make_raters(study, 4)) == 15
    assert places(study, "filled") == 15


@pytest.mark.parametrize("opened", [True, False])
def test_a_study_that_is_not_open_hands_out_nothing(opened):
    study = make_study(opened=False, closed=opened)
    rater = Rater.objects.create(study=study, name="early", created_at=NOW)
    assert assignment_next(rater=rater, now=NOW) is None
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
    assert assignment_next(rater=quick, now=NOW + LEASE) is None
    taken = claim(quick, now=NOW + LEASE + MINUTE)
    assert taken.place_id == lost.place_id
    assert (fresh(lost).state, fresh(lost).place_id) == ("lapsed", None)


def test_whoever_comes_back_goes_on_with_the_triple_they_were_reading():
    study = make_study(questions=9)
    rater = make_rater(study)
    before = claim(rater)
    assignments_lapse(study=study, now=NOW + LEASE + MINUTE)
    after = claim(rater, now=NOW + 2 * LEASE)
    assert (after.token, after.order) == (before.token, before.order)
    assert (after.state, after.lease_until) == ("held", NOW + 3 * LEASE)
    assert places(study, "held") == 1


def test_whoever_comes_back_too_late_gets_another_triple():
    study = make_study(questions=2, raters_per_triple=1)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    taken = claim(quick, now=NOW + LEASE + MINUTE)
    other = claim(slow, now=NOW + LEASE + MINUTE)
    assert taken.triple_id == lost.triple_id
    assert other.triple_id != lost.triple_id


def test_a_lapsed_triple_is_resumed_in_a_place_with_the_order_that_was_shown():
    study = make_study(questions=1, raters_per_triple=2)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    Place.objects.exclude(pk=lost.place_id).update(state="filled")
    claim(quick, now=NOW + LEASE + MINUTE)
    Place.objects.exclude(pk=lost.place_id).update(state="open")
    free = Place.objects.exclude(pk=lost.place_id).get()
    assert free.order != lost.order
    assert assignment_next(rater=slow, now=NOW + LEASE + MINUTE) is None


# --- skips -------------------------------------------------------------------------------------
def test_a_skipped_triple_goes_back_for_others():
    study = make_study(questions=1, raters_per_triple=1)
    picky, other = make_raters(study, 2)
    skipped = claim(picky)
    assignment_skip(rater=picky, token=str(skipped.token), now=NOW)
    assert (fresh(skipped).state, fresh(skipped).place_id) == ("skipped", None)
    assert claim(other).place_id == skipped.place_id


def skip(rater: Rater, **more) -> Assignment:
    skipped = assignment_next(rater=rater, now=NOW, **more)
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
    assert assignment_next(rater=rater, now=NOW) is None
    assert skipped_left(rater=rater) == 2
    assert (skip(rater, skipped=True), skip(rater, skipped=True)) == (one, other)
    assert assignment_next(rater=rater, now=NOW, skipped=True) == one


def test_a_place_that_everybody_skipped_is_not_lost():
    study = make_study(questions=1, raters_per_triple=1)
    raters = make_raters(study, 3)
    assert len({skip(rater).triple_id for rater in raters}) == 1
    rate(raters[0])
    assert places(study, "filled") == 1
    assert [skipped_left(rater=rater) for rater in raters] == [0, 0, 0]


def test_a_rater_who_has_done_all_that_was_asked_gets_nothing_they_skipped():
    study = make_study(questions=3, triples_per_rater=1)
    rater = make_rater(study)
    skip(rater)
    rate(rater)
    assert assignment_next(rater=rater, now=NOW, skipped=True) is None
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
    following = claim(rater)
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW)
    assert fresh(following).state == "held"
    assert places(study, "held") == 1


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


# --- quota and progress ------------------------------------------------------------------------
def test_a_rater_gets_as_many_triples_as_were_promised():
    study = make_study(questions=5, triples_per_rater=2)
    rater = make_rater(study)
    assert rate_all(study, [rater]) == 2
    assert rater_progress(rater=rater) == Progress(done=2, total=2)


def test_a_skip_does_not_use_up_the_quota():
    study = make_study(questions=5, triples_per_rater=2)
    rater = make_rater(study)
    assignment_skip(rater=rater, token=str(claim(rater).token), now=NOW)
    assert rate_all(study, [rater]) == 2


def test_a_page_that_was_read_before_the_last_rating_hands_out_nothing_beyond_the_quota():
    study = make_study(questions=5, triples_per_rater=1)
    rater = make_rater(study)
    other_tab = Rater.objects.select_related("study").get(pk=rater.pk)
    rate(rater)
    assert other_tab.rated_count == 0
    assert assignment_next(rater=other_tab, now=NOW) is None


def test_progress_without_a_quota_counts_the_triples_of_the_study():
    study = make_study(questions=5)
    rater = make_rater(study)
    rate(rater)
    assert rater_progress(rater=rater) == Progress(done=1, total=5)


# --- closing -----------------------------------------------------------------------------------
def test_closing_takes_back_what_is_in_hand():
    study = make_study()
    rater = make_rater(study)
    held = claim(rater)
    study_close(study=study, user=make_researcher(), now=NOW)
    assert fresh(held).state == "lapsed"
    assert places(study, "open") == 18
    assert assignment_next(rater=Rater.objects.get(pk=rater.pk), now=NOW) is None


def test_a_page_that_was_read_before_the_close_hands_out_nothing():
    study = make_study()
    rater = make_rater(study)
    assert rater.study.state == "open"
    study_close(study=type(study).objects.get(), user=make_researcher(), now=NOW)
    assert assignment_next(rater=rater, now=NOW) is None


# --- cost --------------------------------------------------------------------------------------
def queries_of_a_claim(rater: Rater) -> list[str]:
    rater = Rater.objects.select_related("study").get(pk=rater.pk)
    with CaptureQueriesContext(connection) as captured:
        assignment = assignment_next(rater=rater, now=NOW)
        assert assignment is not None
        assert assignment.study.state
        assert assignment.triple.question.text
    return [query["sql"] for query in captured]


def test_a_claim_costs_as_many_queries_in_a_large_study_as_in_a_small_one():
    small = queries_of_a_claim(make_rater(make_study(name="small", questions=10)))
    large = queries_of_a_claim(make_rater(make_study(name="large", questions=500)))
    assert len(small) == len(large) <= 11, "\n".join(large)


def test_a_claim_costs_as_many_queries_after_many_ratings_as_before_the_first():
    study = make_study(questions=30)
    first, second = make_raters(study, 2)
    fewest = len(queries_of_a_claim(first))
    for _ in range(20):
        rate(second)
    assert len(queries_of_a_claim(second)) == fewest


def test_looking_at_the_triple_in_hand_costs_one_query():
    rater = make_rater(make_study())
    claim(rater)
    assert len(queries_of_a_claim(rater)) == 1


def test_a_submit_costs_the_same_whatever_came_before():
    study = make_study(questions=30)
    rater = make_rater(study)
    costs = []
    for _ in range(15):
        assignment = claim(rater)
        with CaptureQueriesContext(connection) as captured:
            submit(rater, assignment)
        costs.append(len(captured))
    assert costs == [costs[0]] * 15
    assert costs[0] <= 11

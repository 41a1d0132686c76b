"""Turns: the order seen the least, repeats at their rate, a share, and what all that costs."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.models import Place, Rater
from raters.services.assigning import (
    Progress,
    assignment_skip,
    assignments_hand,
    rater_progress,
)
from tests.factories import (
    NOW,
    claim,
    make_rater,
    make_raters,
    make_study,
    rate,
    rate_all,
    submit,
    take,
)

pytestmark = pytest.mark.django_db

ORDERS = ("012", "021", "102", "120", "201", "210")


def places(study, state: str) -> int:
    return Place.objects.filter(study=study, state=state).count()


# --- orders ------------------------------------------------------------------------------------
def test_a_rater_sees_every_order_equally_often_within_one():
    study = make_study(questions=60)
    rater = make_rater(study)
    shown: Counter[str] = Counter()
    for _ in range(20):
        shown[rate(rater).rating.assignment.order] += 1
        assert max(shown.values()) - min(shown[order] for order in ORDERS) <= 1


def test_orders_follow_from_the_seed_and_the_raters_name_alone():
    walks = []
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        rater = make_rater(make_study(name=name, questions=12, seed=seed))
        walks.append([rate(rater).rating.assignment.order for _ in range(12)])
    assert walks[0] == walks[1] != walks[2]


# --- checks and repeats ------------------------------------------------------------------------
def test_repeats_come_at_their_rate_in_another_order_and_not_soon():
    study = make_study(questions=50, raters_per_triple=1, repeat_percent=20, seed=1)
    rater = make_rater(study)
    walk = []
    while hand := take(rater):
        submit(rater, hand[0])
        walk.append(hand[0])
    repeats = [n for n, each in enumerate(walk) if each.kind == "repeat"]
    assert 8 <= len(repeats) <= 22
    assert len({walk[n].triple_id for n in repeats}) == len(repeats)
    for n in repeats:
        (first,) = (m for m in range(n) if walk[m].triple_id == walk[n].triple_id)
        assert n - first > 5
        assert walk[n].order != walk[first].order
    rater.refresh_from_db()
    assert rater.rated_count == places(study, "filled") == 50


def test_repeats_are_of_the_seed_and_neither_hold_nor_fill_a_place():
    kinds = []
    for name in ("one", "two"):
        study = make_study(name=name, questions=30, raters_per_triple=1, repeat_percent=30, seed=3)
        rater = make_rater(study)
        rate_all(study, [rater])
        kinds.append(list(rater.assignments.order_by("pk").values_list("kind", flat=True)))
        assert not rater.assignments.filter(kind="repeat", place__isnull=False).exists()
    assert kinds[0] == kinds[1]
    assert "repeat" in kinds[0]


# --- share and progress ------------------------------------------------------------------------
def test_a_rater_gets_their_share_and_no_more():
    study = make_study(questions=5, most_per_rater=2)
    rater = make_rater(study)
    assert rate_all(study, [rater]) == 2
    assert rater_progress(rater=rater) == Progress(done=2, total=2)


def test_a_skip_does_not_use_up_the_share():
    study = make_study(questions=5, most_per_rater=2)
    rater = make_rater(study)
    assignment_skip(rater=rater, token=str(claim(rater).token), now=NOW)
    assert rate_all(study, [rater]) == 2


def test_a_page_that_was_read_before_the_last_rating_hands_out_nothing_beyond_the_share():
    study = make_study(questions=5, most_per_rater=1)
    rater = make_rater(study)
    other_tab = Rater.objects.select_related("study").get(pk=rater.pk)
    rate(rater)
    assert other_tab.rated_count == 0
    assert assignments_hand(rater=other_tab, now=NOW) == []


def test_progress_without_a_quota_counts_the_triples_of_the_study():
    study = make_study(questions=5)
    rater = make_rater(study)
    rate(rater)
    assert rater_progress(rater=rater) == Progress(done=1, total=5)


# --- cost --------------------------------------------------------------------------------------
def queries_of_a_hand(rater: Rater) -> list[str]:
    """What it costs to go on after a submit, with one in hand already."""
    rate(rater)
    rater = Rater.objects.select_related("study").get(pk=rater.pk)
    with CaptureQueriesContext(connection) as captured:
        assert len(assignments_hand(rater=rater, now=NOW)) == 2
    return [query["sql"] for query in captured]


def test_going_on_costs_as_many_queries_in_a_large_study_as_in_a_small_one():
    small = queries_of_a_hand(make_rater(make_study(name="small", questions=60, seed=1)))
    large = queries_of_a_hand(make_rater(make_study(name="large", questions=500, seed=1)))
    assert len(small) == len(large) <= 7, "\n".join(large)  # two of them open and end the test's


def test_going_on_costs_as_many_queries_after_many_ratings_as_before_the_first():
    study = make_study(questions=60, seed=1)
    first, second = make_raters(study, 2)
    fewest = len(queries_of_a_hand(first))
    for _ in range(20):
        rate(second)
    assert len(queries_of_a_hand(second)) == fewest


def test_looking_at_what_is_in_hand_costs_two_queries():
    rater = make_rater(make_study())
    take(rater)
    with CaptureQueriesContext(connection) as captured:
        take(rater)
    assert len(captured) == 2 + 2  # and what opens and ends the transaction


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

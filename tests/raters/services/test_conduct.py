"""A frozen plan's rules are held to as well: whoever falls under one and counts is a deviation."""

from datetime import timedelta

import pytest

from raters.models import Rating
from raters.services.conduct import NOBODY, conduct, deviations, plan_in_short
from raters.services.exclusions import exclusion_lift, exclusions_apply
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate
from tests.raters.services.test_freezing import frozen, plan

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
FAST = "half of all ratings took less than 3 s"


@pytest.fixture
def study():
    """Planned with 6 ratings by 3 raters, and given: two fast ones with three and two ratings, a
    slow one with one."""
    study = make_study()
    frozen(study, ratings=6)
    for rater, count, seconds in zip(make_raters(study, 3), (3, 2, 1), (1, 1, 10), strict=True):
        for _ in range(count):
            rate(rater)
        Rating.objects.filter(assignment__rater=rater).update(visible_ms=1000 * seconds)
    return study


def close(study):
    study_close(study=study, user=study.owner, now=LATER)


def otherwise(study):
    return [
        (one.what, one.before, one.after, one.who, one.at, one.why)
        for one in deviations(study=study)
    ]


def test_a_rule_that_is_not_applied_in_the_end_is_a_deviation(study):
    assert otherwise(study) == []  # until it is closed, it may be
    close(study)
    assert otherwise(study) == [
        (
            "rule too-fast, not applied", FAST,
            "r001, r002 fall under it and count, with 5 ratings", NOBODY, None, "",
        )
    ]  # fmt: skip
    assert plan_in_short(study=study)["deviations"] == len(conduct(study=study).deviations) == 1


def test_applied_before_the_end_it_is_none_but_for_what_is_missing(study):
    exclusions_apply(study=study, user=study.owner, now=NOW)
    close(study)
    assert otherwise(study) == [
        ("end", "", "closed with 1 of 6 ratings, 1 of 3 raters", "alice", LATER, "")
    ]


def test_who_is_let_in_again_is_listed_with_who_did_it_and_why(study):
    first, _ = exclusions_apply(study=study, user=study.owner, now=NOW)
    exclusion_lift(exclusion=first, user=study.owner, why="a broken clock", now=LATER)
    close(study)
    assert otherwise(study) == [
        ("end", "", "closed with 4 of 6 ratings, 2 of 3 raters", "alice", LATER, ""),
        (
            "rule too-fast, not applied", FAST,
            "r001 falls under it and counts, with 3 ratings", "alice", LATER, "a broken clock",
        ),
    ]  # fmt: skip


def test_every_rule_is_listed_that_was_not_applied(study):
    rules = {"too-fast": {"seconds": 3}, "too-few": {"ratings": 2}}
    plan(study, ratings=6, rules=rules, why="a reviewer")
    close(study)
    assert [one[0] for one in otherwise(study)] == [
        "rule too-few",
        "rule too-fast, not applied",
        "rule too-few, not applied",
    ]


def test_without_a_frozen_plan_nothing_was_promised():
    study = make_study(raters_per_triple=1)
    plan(study)
    rate(make_raters(study, 1)[0])
    Rating.objects.update(visible_ms=1000)
    close(study)
    assert otherwise(study) == []

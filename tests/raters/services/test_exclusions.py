"""Raters are left out by rules that know no preference, all who fall under one or nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.exports.reading import rated_triples
from raters.exports.shape import Task
from raters.models import Assignment, Exclusion, Rater, Rating
from raters.protocols import StudyRefused
from raters.services.exclusions import (
    exclusion_asked,
    exclusion_lift,
    exclusion_lines,
    exclusions_apply,
    rater_facts,
)
from raters.services.freezing import plan_save
from raters.services.places import Check, checks_add, is_refilled, places_refill
from raters.services.results.counted import counting, read
from raters.services.study_states import study_close
from tests.factories import (
    NOW,
    make_question_set,
    make_raters,
    make_rationales,
    make_study,
    rate,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def plan(study, **rules):
    written = dict.fromkeys(("hypothesis", "headline", "stopping"), "")
    written |= {"sides": "two-sided", "ratings": None, "raters": None}
    named = {kind.replace("_", "-"): rule for kind, rule in rules.items()}
    return plan_save(study=study, user=study.owner, rules=named, now=NOW, **written)


@pytest.fixture
def study():
    """A fast rater with four ratings of 1 s, a slow one with two of 10 s; a plan made before."""
    study = make_study(questions=6)
    plan(study, too_fast={"seconds": 3})
    fast, slow = make_raters(study, 2)
    for rater, count, seconds in ((fast, 4, 1), (slow, 2, 10)):
        for _ in range(count):
            rate(rater)
        of_rater = Rating.objects.filter(assignment__rater=rater)
        of_rater.update(visible_ms=1000 * seconds, elapsed_ms=20_000)
    return study


def apply(study, now=NOW):
    return exclusions_apply(study=study, user=study.owner, now=now)


def exported(study):
    """How many rows of the ratings export count, and under which rules the others are."""
    study.closed_at = study.closed_at or LATER
    rows = [rating for triple in rated_triples(Task(study)) for rating in triple.ratings]
    return sum(row.counted for row in rows), sorted(row.excluded for row in rows if row.excluded)


# --- who falls under a rule ---
def test_raters_are_listed_with_what_the_rules_know_before_anything_is_done(study):
    fast, slow = rater_facts(study=study)
    assert (fast.pseudonym, fast.counting, fast.facts.median_seconds) == ("r001", 4, 1.0)
    assert fast.under == {"too-fast": "median 1.0 s, less than 3 s"}
    assert (slow.counting, slow.under, slow.is_due) == (2, {}, False)
    assert not Exclusion.objects.exists()


def test_time_since_first_paint_stands_in_where_the_browser_did_not_say(study):
    Rating.objects.filter(visible_ms=1000).update(visible_ms=None, elapsed_ms=2000)
    assert rater_facts(study=study)[0].facts.median_seconds == 2.0


def test_a_check_is_right_where_the_expected_text_was_picked():
    study = make_study(questions=2, check_percent=50)
    easy = make_question_set("easy", questions=9)
    sources = make_rationales(easy)
    asked = easy.questions.get(key="q008")
    texts = [asked.rationales.get(source=source) for source in sources]
    checks_add(study=study, checks=[Check(asked, texts, expected=1)])
    (check,) = study.triples.filter(kind="check")  # expects the one at position 1
    right, wrong = make_raters(study, 2)
    for rater, slot in ((right, 2), (wrong, 0)):
        assignment = Assignment.objects.create(
            study=study, rater=rater, triple=check, kind="check", state="rated", order="021",
            claimed_at=NOW,
        )  # fmt: skip
        position = int(assignment.order[slot])
        Rating.objects.create(
            assignment=assignment, key=uuid4(), outcome="pick", slot=slot,
            picked=check.members.get(position=position), submitted_at=NOW,
        )  # fmt: skip
    assert [one.facts.checks for one in rater_facts(study=study)] == [(True,), (False,)]


def test_too_few_is_judged_of_who_left_and_at_the_end(study):
    plan(study, too_few={"ratings": 3})
    assert [bool(one.under) for one in rater_facts(study=study)] == [False, False]
    slow = study.raters.last()
    Rater.objects.filter(pk=slow.pk).update(returned_at=NOW)
    assert [bool(one.under) for one in rater_facts(study=study)] == [False, True]
    Rater.objects.filter(pk=slow.pk).update(returned_at=None)
    study_close(study=study, user=study.owner, now=NOW)
    assert [bool(one.under) for one in rater_facts(study=study)] == [False, True]


# --- excluding ---
def test_whoever_falls_under_a_rule_counts_nowhere(study):
    assert (counting(study).count(), exported(study)) == (6, (6, []))
    (made,) = apply(study)
    assert (made.rule, made.detail) == ("too-fast", "median 1.0 s, less than 3 s")
    assert (made.rater.name, made.user, made.at, made.is_late) == (
        "Rater 1",
        study.owner,
        NOW,
        False,
    )
    assert counting(study).count() == 2
    assert exported(study) == (2, ["too-fast"] * 4)
    assert len(read(study, 3).rater) == 2


def test_nobody_is_excluded_twice_and_without_a_plan_nobody_at_all(study):
    assert len(apply(study)) == 1
    assert apply(study) == []
    assert apply(make_study(name="without", sources=("T1", "T2"))) == []


def test_a_rule_set_after_the_first_rating_marks_its_exclusions(study):
    plan(study, too_fast={"seconds": 5})
    assert [one.is_late for one in apply(study)] == [True]


def test_what_the_rules_said_and_since_when_stays_with_the_exclusion(study):
    apply(study)
    plan(study, too_few={"ratings": 2})
    (line,) = exclusion_lines(study=study)
    assert line.words == ("half of all ratings took less than 3 s",)
    assert (line.set_at, line.is_late) == (NOW, False)


def test_every_rule_is_told_where_a_rater_falls_under_several(study):
    plan(study, too_fast={"seconds": 3}, often_fast={"percent": 50, "seconds": 2})
    (made,) = apply(study)
    assert made.rule == "too-fast"
    assert made.detail == "median 1.0 s, less than 3 s; 4 of 4 ratings took less than 2 s"


def test_a_rater_who_asks_is_excluded_by_hand_with_a_reason(study):
    slow = study.raters.last()
    asked = {"study": study, "rater": slow, "user": study.owner, "now": NOW}
    for reason in ("", "  ", "x" * 301):
        with pytest.raises(StudyRefused):
            exclusion_asked(reason=reason, **asked)
    made = exclusion_asked(reason="wrote to us", **asked)
    assert (made.rule, made.detail) == ("asked", "wrote to us")
    with pytest.raises(StudyRefused, match="already"):
        exclusion_asked(reason="again", **asked)
    assert exported(study) == (4, ["asked"] * 2)


# --- letting in again ---
def test_lifted_it_stays_listed_and_the_ratings_count_again(study):
    (made,) = apply(study)
    with pytest.raises(StudyRefused):
        exclusion_lift(exclusion=made, user=study.owner, why=" ", now=LATER)
    exclusion_lift(exclusion=made, user=study.owner, why="a slow clock", now=LATER)
    assert (counting(study).count(), exported(study)) == (6, (6, []))
    (line,) = exclusion_lines(study=study)
    assert (line.rater, line.ratings) == ("r001", 4)
    assert (line.lifted_at, line.lifted_by, line.lifted_why) == (LATER, "alice", "a slow clock")
    with pytest.raises(StudyRefused, match="lifted already"):
        exclusion_lift(exclusion=made, user=study.owner, why="once more", now=LATER)


def test_excluded_again_there_are_two_lines_the_one_that_holds_first(study):
    (made,) = apply(study)
    exclusion_lift(exclusion=made, user=study.owner, why="by mistake", now=LATER)
    apply(study, now=LATER)
    assert [line.lifted_at for line in exclusion_lines(study=study)] == [None, LATER]


def test_an_exclusion_once_results_could_be_read_says_so(study):
    study_close(study=study, user=study.owner, now=NOW)
    apply(study, now=LATER)
    assert [line.is_after_end for line in exclusion_lines(study=study)] == [True]


def test_others_are_asked_for_what_an_excluded_rater_rated(study):
    (made,) = apply(study)
    assert not is_refilled(rater=made.rater)
    assert places_refill(rater=made.rater, user=study.owner, now=NOW) == 4
    assert is_refilled(rater=made.rater)
    assert [line.is_refilled for line in exclusion_lines(study=study)] == [True]


def test_lines_take_as_many_queries_for_two_exclusions_as_for_one(study):
    counted = []
    for rater in study.raters.order_by("pk"):
        exclusion_asked(study=study, rater=rater, user=study.owner, reason="a letter", now=NOW)
        with CaptureQueriesContext(connection) as queries:
            exclusion_lines(study=study)
        counted.append(len(queries))
    assert counted[0] == counted[1]

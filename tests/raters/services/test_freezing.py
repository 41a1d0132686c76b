"""A plan is frozen once, with a digest that anyone can check, and no later change is missed."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from raters.models import Exclusion, Study, StudyPath, StudyPlan
from raters.protocols import StudyRefused, StudySettings
from raters.services.conduct import UNKNOWN, deviations
from raters.services.exclusions import exclusion_asked, exclusion_lift
from raters.services.freezing import (
    MOVING,
    PATH_MOVING,
    WITHDREW,
    canonical,
    closing_deviates,
    headline_words,
    plan_save,
    study_freeze,
    study_terms,
)
from raters.services.paying import path_save
from raters.services.places import raters_per_triple_change
from raters.services.study_states import study_close, study_open, study_pause, study_resume
from raters.services.withdrawing import rater_withdraw
from tests.factories import NOW, make_question_set, make_raters, make_rationales, make_study, rate
from tests.factories import rate_all as fill

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
WRITTEN = {
    "hypothesis": "S1 reasons better than S2.", "sides": "two-sided", "headline": "0",
    "ratings": None, "raters": 3, "stopping": "When it is full.",
}  # fmt: skip
RULES = {"too-fast": {"seconds": 3}}


def plan(study, *, now=NOW, why="", rules=RULES, **changes):
    written = {**WRITTEN, **changes}
    return plan_save(study=study, user=study.owner, rules=rules, now=now, why=why, **written)


def frozen(study, **changes):
    plan(study, **changes)
    return study_freeze(study=study, user=study.owner, now=NOW)


def changed(study):
    return [(one.what, one.before, one.after, one.who, one.why) for one in deviations(study=study)]


# --- freezing ---
def test_the_digest_is_that_of_the_text_which_is_canonical_json():
    study = make_study(opened=False)
    freeze = frozen(study)
    assert freeze.sha256 == hashlib.sha256(freeze.text.encode()).hexdigest()
    fixed = json.loads(freeze.text)
    assert canonical(fixed) == freeze.text
    assert fixed["frozen_at"] == "2026-01-05T09:00:00+00:00"
    assert fixed["study"] == study.code
    terms = fixed["terms"]
    assert terms["hypothesis"] == "S1 reasons better than S2."
    assert terms["headline"] == f"share best of {terms['sources'][0]}"
    assert terms["rule too-fast"] == "half of all ratings took less than 3 s"
    assert (terms["raters_per_triple"], sorted(terms["sources"])) == (3, ["S1", "S2", "S3"])


def test_every_column_of_a_study_is_frozen_or_named_as_moving():
    columns = {field.name for field in Study._meta.concrete_fields}
    terms = set(study_terms(make_study(opened=False)))
    assert columns - MOVING <= terms
    assert columns >= MOVING
    assert set(StudySettings.__dataclass_fields__) <= terms


def test_the_seed_is_not_told_nor_a_digest_of_it():
    study = make_study(opened=False, seed=123456789)
    text = frozen(study).text
    assert "123456789" not in text
    assert hashlib.sha256(b"123456789").hexdigest() not in text


def test_every_column_of_the_raters_path_is_frozen_or_named_as_moving():
    columns = {field.name for field in StudyPath._meta.concrete_fields}
    assert columns >= PATH_MOVING
    terms = set(study_terms(make_study(opened=False)))
    assert columns - PATH_MOVING - {"consent"} <= terms
    assert "consent text, its SHA-256" in terms


def test_a_plan_is_frozen_once_and_only_where_there_is_one():
    study = make_study(opened=False)
    with pytest.raises(StudyRefused, match="no plan yet"):
        study_freeze(study=study, user=study.owner, now=NOW)
    frozen(study)
    with pytest.raises(StudyRefused, match="frozen already"):
        study_freeze(study=study, user=study.owner, now=NOW)


def test_after_the_first_rating_it_says_how_many_there_were():
    study = make_study()
    rate(make_raters(study, 1)[0])
    freeze = frozen(study)
    assert freeze.ratings == json.loads(freeze.text)["ratings_before"] == 1


def test_a_closed_study_has_nothing_more_to_promise():
    study = make_study(closed=True)
    with pytest.raises(StudyRefused, match="is closed"):
        plan(study)
    StudyPlan.objects.create(study=study, changed_at=NOW)
    with pytest.raises(StudyRefused, match="is closed"):
        study_freeze(study=study, user=study.owner, now=NOW)


# --- rules ---
def test_a_rule_set_or_changed_after_the_first_rating_is_late_and_others_are_not():
    study = make_study()
    plan(study, rules={"too-fast": {"seconds": 3}, "too-few": {"ratings": 2}})
    rate(make_raters(study, 1)[0])
    kept = plan(study, rules={"too-fast": {"seconds": 3}, "too-few": {"ratings": 4}}, now=LATER)
    assert kept.rules == {
        "too-fast": {"seconds": 3, "set_at": NOW.isoformat(), "is_late": False},
        "too-few": {"ratings": 4, "set_at": LATER.isoformat(), "is_late": True},
    }


def test_rules_that_make_no_sense_are_refused_and_nothing_is_kept():
    study = make_study()
    with pytest.raises(StudyRefused, match="5 of 4"):
        plan(study, rules={"failed-checks": {"right": 5, "of": 4}})
    assert not StudyPlan.objects.exists()


# --- deviations ---
def test_without_a_frozen_plan_nothing_deviates():
    study = make_study()
    plan(study)
    plan(study, hypothesis="Another.")
    raters_per_triple_change(study=study, user=study.owner, raters=4, now=NOW)
    assert changed(study) == []
    assert list(study.audit.filter(action__startswith="plan").values_list("action", flat=True)) == [
        "plan written",
        "plan changed",
    ]


def test_what_belongs_to_running_a_study_is_no_deviation():
    study = make_study(opened=False, raters_per_triple=1)
    frozen(study)
    study_open(study=study, user=study.owner, now=NOW)
    study_pause(study=study, user=study.owner, now=NOW)
    study_resume(study=study, user=study.owner, now=NOW)
    fill(study, make_raters(study, 3))
    assert not closing_deviates(study=study)
    study_close(study=study, user=study.owner, now=LATER)
    assert changed(study) == []


def test_other_raters_a_triple_and_back_are_two_deviations():
    study = make_study()
    frozen(study)
    for raters, why in ((5, "too few"), (3, "no money")):
        raters_per_triple_change(study=study, user=study.owner, raters=raters, now=LATER, why=why)
    assert changed(study) == [
        ("raters_per_triple", 3, 5, "alice", "too few"),
        ("raters_per_triple", 5, 3, "alice", "no money"),
    ]


def test_a_changed_plan_lists_every_term_that_changed():
    study = make_study()
    frozen(study)
    plan(study, rules={"too-few": {"ratings": 2}}, sides="one-sided", why="a reviewer", now=LATER)
    few = "fewer than 2 ratings in the end"
    assert changed(study) == [
        ("rule too-fast", "half of all ratings took less than 3 s", None, "alice", "a reviewer"),
        ("rule too-few", None, few, "alice", "a reviewer"),
        ("sides", "two-sided", "one-sided", "alice", "a reviewer"),
    ]


def test_closing_before_the_wanted_ratings_is_one():
    study = make_study()
    frozen(study)
    rate(make_raters(study, 1)[0])
    assert closing_deviates(study=study)
    study_close(study=study, user=study.owner, now=LATER, why="the panel is gone")
    assert changed(study) == [
        ("end", "", "closed with 1 of 18 ratings, 1 of 3 raters", "alice", "the panel is gone")
    ]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"ratings": 4, "raters": 2}, "closed with 6 ratings where 4 were planned"),
        ({"ratings": 6, "raters": 1}, "closed with 2 raters where 1 were planned"),
        ({"ratings": 5, "raters": 3}, "closed with 6 ratings where 5 were planned, 2 of 3 raters"),
    ],
)
def test_so_is_closing_with_more_ratings_or_other_raters_than_planned(wanted, said):
    study = make_study(raters_per_triple=1)
    frozen(study, **wanted)
    fill(study, make_raters(study, 2))
    assert closing_deviates(study=study)
    study_close(study=study, user=study.owner, now=LATER)
    assert changed(study) == [("end", "", said, "alice", "")]


def test_a_plan_that_names_no_number_of_raters_is_kept_with_any():
    study = make_study(raters_per_triple=1)
    frozen(study, raters=None)
    fill(study, make_raters(study, 2))
    study_close(study=study, user=study.owner, now=LATER)
    assert changed(study) == []


def test_what_excluded_raters_gave_does_not_fill_a_study():
    study = make_study(raters_per_triple=1)
    frozen(study, raters=1)
    (rater,) = make_raters(study, 1)
    fill(study, [rater])
    Exclusion.objects.create(study=study, rater=rater, rule="asked", detail="a letter", at=LATER)
    study_close(study=study, user=study.owner, now=LATER)
    assert changed(study) == [("end", "", "closed with 0 of 6 ratings, 0 of 1 raters", "alice", "")]


def test_a_withdrawal_after_the_end_is_the_raters_own():
    study = make_study(raters_per_triple=1)
    frozen(study, raters=1)
    (rater,) = make_raters(study, 1)
    fill(study, [rater])
    study_close(study=study, user=study.owner, now=LATER)
    rater_withdraw(rater=rater, deletes=True, now=LATER)
    assert changed(study) == [
        ("end", "", "closed with 0 of 6 ratings, 0 of 1 raters", "the rater", WITHDREW)
    ]


def test_who_is_left_out_after_the_end_and_let_in_again_is_noted_with_who_did_it():
    study = make_study(raters_per_triple=1)
    frozen(study, raters=1)
    (rater,) = make_raters(study, 1)
    fill(study, [rater])
    study_close(study=study, user=study.owner, now=LATER)
    made = exclusion_asked(study=study, rater=rater, user=study.owner, reason="a letter", now=LATER)
    exclusion_lift(exclusion=made, user=study.owner, why="another letter", now=LATER)
    fewer = "closed with 0 of 6 ratings, 0 of 1 raters"
    assert changed(study) == [
        ("end", "", fewer, "alice", "a rater asked to be left out"),
        ("end", fewer, "", "alice", "let in again: another letter"),
    ]


def test_a_change_by_another_road_is_listed_all_the_same_and_once():
    study = make_study(instructions="Read all.")
    frozen(study)
    Study.objects.filter(pk=study.pk).update(instructions="Read one.")
    assert changed(study) == [("instructions", "Read all.", "Read one.", UNKNOWN, "")]
    raters_per_triple_change(study=study, user=study.owner, raters=4, now=LATER)
    assert [what for what, *_ in changed(study)] == ["instructions", "raters_per_triple"]


def test_checks_added_later_are_one():
    study = make_study(check_percent=10)
    frozen(study)
    other = make_question_set("easy", questions=9)
    other.questions.exclude(key="q008").delete()
    make_rationales(other)
    sources = ["S1", "S2", "S3"]
    call_command("add_checks", study.name, set_name="easy", sources=sources)
    assert changed(study) == [("checks", 0, 1, UNKNOWN, "add_checks")]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "none named: whatever comes out first"),
        ("1>0", "S2 above S1"),
        ("1", "share best of S2"),
    ],
)
def test_a_headline_is_named(key, words):
    assert headline_words(key, ("S1", "S2")) == words


def test_a_reward_changed_later_is_noted_with_who_did_it():
    study = make_study(opened=False)
    frozen(study)
    path_save(
        study=study, user=study.owner, now=LATER, exits={}, minutes=None,
        reward=Decimal("2.50"), currency="GBP", least_hourly=None,
    )  # fmt: skip
    ((_, before, after, who, _),) = [one for one in changed(study) if "reward" in one[0]]
    assert (before, after, who) == ("", "2.50", study.owner.get_username())
    assert UNKNOWN not in {one[3] for one in changed(study)}

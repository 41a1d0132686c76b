"""Who falls under a rule, by literal numbers; and that no rule knows what a rater preferred."""

from dataclasses import fields

import pytest

from raters.exclusion import KINDS, Facts, falls_under, numbers, rule_problems, rule_words


def facts(seconds=(), checks=(), *, ratings=None, is_done=False):
    return Facts(
        len(seconds) if ratings is None else ratings, tuple(seconds), tuple(checks), is_done
    )


def test_rules_know_times_checks_and_counts_and_nothing_else():
    assert {each.name for each in fields(Facts)} == {"ratings", "seconds", "checks", "is_done"}
    assert set(KINDS) == {"too-fast", "often-fast", "failed-checks", "too-few"}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((1, 2, 9), "median 2.0 s, less than 3 s"),
        ((1, 3, 9), ""),  # 3 is not below 3
        ((2, 2, 4, 4), ""),  # the median of four is between them
        ((), ""),
    ],
)
def test_too_fast_goes_by_the_median(seconds, said):
    rules = {"too-fast": {"seconds": 3}}
    assert falls_under(rules, facts(seconds)) == ({"too-fast": said} if said else {})


@pytest.mark.parametrize(("fast", "falls"), [(1, False), (2, False), (3, True), (8, True)])
def test_often_fast_goes_by_more_than_a_share(fast, falls):
    rules = {"often-fast": {"percent": 25, "seconds": 2}}
    found = falls_under(rules, facts([1.9] * fast + [2.0] * (8 - fast)))
    assert found == ({"often-fast": f"{fast} of 8 ratings took less than 2 s"} if falls else {})


@pytest.mark.parametrize(
    ("checks", "falls"),
    [
        ((True, False, False, False), True),
        ((True, True, False, False), False),
        ((False, False, False), False),  # has not met four yet
        ((True, True, False, False, False, False), False),  # only the first four are judged
        ((False, False, False, True, True, True), True),
    ],
)
def test_failed_checks_goes_by_the_first_ones(checks, falls):
    rules = {"failed-checks": {"right": 2, "of": 4}}
    assert bool(falls_under(rules, facts(checks=checks))) is falls


@pytest.mark.parametrize(
    ("ratings", "is_done", "falls"),
    [(4, True, True), (5, True, False), (4, False, False), (0, True, False)],
)
def test_too_few_is_judged_once_no_more_can_come(ratings, is_done, falls):
    rules = {"too-few": {"ratings": 5}}
    assert bool(falls_under(rules, facts(ratings=ratings, is_done=is_done))) is falls


def test_every_rule_that_a_rater_falls_under_is_named():
    rules = {"failed-checks": {"right": 1, "of": 1}, "too-fast": {"seconds": 3}}
    assert list(falls_under(rules, facts([1], [False]))) == ["too-fast", "failed-checks"]


def test_when_a_rule_was_set_is_no_part_of_it():
    rules = {"too-fast": {"seconds": 3, "set_at": "2026-01-05", "is_late": True}}
    assert numbers(rules) == {"too-fast": {"seconds": 3}}


@pytest.mark.parametrize(
    ("rules", "part"),
    [
        ({"too-fast": {"seconds": 0}}, "0 seconds"),
        ({"often-fast": {"percent": 100, "seconds": 2}}, "100 %"),
        ({"failed-checks": {"right": 5, "of": 4}}, "5 of 4"),
        ({"too-few": {"ratings": -1}}, "-1 ratings"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named_with_its_number(rules, part):
    (problem,) = rule_problems(rules)
    assert part in problem


def test_rules_that_make_sense_have_no_problem_and_are_words():
    rules = {
        "too-fast": {"seconds": 2.5}, "often-fast": {"percent": 25, "seconds": 2},
        "failed-checks": {"right": 3, "of": 4}, "too-few": {"ratings": 5},
    }  # fmt: skip
    assert list(rule_problems(rules)) == []
    assert rule_words("too-fast", rules["too-fast"]).endswith("less than 2.5 s")
    assert "3 of the first 4 checks" in rule_words("failed-checks", rules["failed-checks"])
    assert rule_words("asked", {}) == "asked to withdraw"

"""Settings of a study: what goes together, what does not, and what they come to."""

import pytest

from raters.protocols import (
    DEFAULT_REASONS,
    ROOM_KEYS,
    Size,
    StudyRefused,
    StudySettings,
)


def settings(**changes):
    return StudySettings(**{"raters_per_triple": 3} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"protocol": "ranking", "allows_ties": True},
        {"protocol": "best-worst"},
        {"reasons": DEFAULT_REASONS},
        {"criteria": [{"name": "clarity", "points": 2}, {"name": "care", "points": 10}]},
        {"most_per_rater": 0, "repeat_percent": 50, "check_percent": 50},
        {"triples_per_rater": 10, "bundle_hours": 720, "counts_partial": True},
        {"lease_minutes": 7 * 24 * 60, "asks_step_marks": True, "asks_comment": True},
        {"instructions": "i" * 10_000},
    ],
)
def test_what_goes_together_is_taken(changes):
    settings(**changes).check(slots=3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"protocol": "guess"}, "no protocol 'guess'; use one of pick-best, ranking, best-worst"),
        ({"protocol": "best-worst"}, "Best and worst need three sources or more, not 2"),
        ({"allows_ties": True}, "Equal ranks belong to a ranking, not to pick-best"),
        ({"raters_per_triple": 0}, "number of raters per triple is 0; it has to be 1 or more"),
        ({"triples_per_rater": -1}, "number of triples per rater is -1"),
        ({"most_per_rater": -1}, "share cannot be -1; 0 sets no limit"),
        ({"triples_per_rater": 10, "most_per_rater": 20}, "leave one of them empty"),
        ({"lease_minutes": 0}, "in hand for 1 to 10,080 minutes, not 0"),
        ({"bundle_hours": 721}, "kept for 1 to 720 hours, not 721"),
        ({"repeat_percent": 51}, "share of repeats is 51 %; it can be 0 to 50 %"),
        ({"check_percent": -1}, "share of checks is -1 %"),
        ({"instructions": "i" * 10_001}, "plain text of at most 10,000"),
        ({"instructions": "a\0b"}, "plain text of at most 10,000"),
        ({"reasons": [{"key": "Q", "name": "loud"}]}, "not 'Q'"),
        ({"reasons": [{"key": "qq", "name": "twice"}]}, "not 'qq'"),
        ({"reasons": [{"key": "1", "name": "a digit"}]}, "the room needs the others"),
        ({"reasons": [{"key": "q", "name": " "}]}, "key 'q' needs a name of 1 to 60"),
        ({"reasons": [{"key": "q", "name": "x" * 61}]}, "key 'q' needs a name of 1 to 60"),
        (
            {"reasons": [{"key": "q", "name": "one"}, {"key": "q", "name": "two"}]},
            "Two reasons have the key 'q'",
        ),
        (
            {"reasons": [{"key": "q", "name": "one"}, {"key": "x", "name": "one"}]},
            "reason 'one' is there twice",
        ),
        ({"criteria": [{"name": "clarity", "points": 1}]}, "scale of 'clarity' has 1 points"),
        ({"criteria": [{"name": "clarity", "points": 11}]}, "it can have 2 to 10"),
        ({"criteria": [{"name": "", "points": 5}]}, "needs a name of 1 to 60"),
        ({"criteria": [{"name": "one", "points": 5}] * 2}, "Two criteria are named 'one'"),
        (
            {"criteria": [{"name": f"no {n}", "points": 5} for n in range(9)]},
            "9 criteria are too many for one screen",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_that_names_it(changes, sentence):
    with pytest.raises(StudyRefused, match=sentence):
        settings(**changes).check(slots=2)


@pytest.mark.parametrize("key", ROOM_KEYS)
def test_a_reason_never_takes_a_key_of_the_room(key):
    with pytest.raises(StudyRefused, match="the room needs the others"):
        settings(reasons=[{"key": key, "name": "some reason"}]).check(slots=3)


def test_the_default_reasons_are_the_papers_and_three_more_each_with_a_key_of_its_own():
    assert [reason["name"] for reason in DEFAULT_REASONS] == [
        "question implies answer",
        "begging the question",
        "exercise to the reader",
        "world-state assertion",
        "red herring",
        "hint short-cut",
        "skips steps",
        "wrong step",
        "too long",
    ]


@pytest.mark.parametrize(
    ("changes", "triples", "size"),
    [
        ({"raters_per_triple": 4, "triples_per_rater": 10}, 50, Size(50, 200, 20, 10, 10)),
        ({"raters_per_triple": 3, "triples_per_rater": 10}, 11, Size(11, 33, 4, 10, 3)),
        ({"raters_per_triple": 3}, 80, Size(80, 240, most_per_rater=50)),
        ({"raters_per_triple": 3}, 100, Size(100, 300, most_per_rater=60)),
        ({"raters_per_triple": 1}, 301, Size(301, 301, most_per_rater=61)),
        ({"most_per_rater": 7}, 10, Size(10, 30, most_per_rater=7)),
        ({"most_per_rater": 0}, 10, Size(10, 30, most_per_rater=None)),
    ],
)
def test_bundles_where_a_number_is_promised_and_a_share_where_none_is(changes, triples, size):
    assert settings(**changes).size(triples=triples) == size


def test_columns_hold_the_share_that_was_worked_out():
    columns = settings(instructions=" Take care. ", reasons=DEFAULT_REASONS[:1]).columns(triples=9)
    assert (columns["most_per_rater"], columns["instructions"]) == (50, "Take care.")
    assert columns["reasons"] == [{"key": "q", "name": "question implies answer"}]

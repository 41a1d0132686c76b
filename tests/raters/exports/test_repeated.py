"""A study drawn before its questions had to differ: what stands under two keys makes pairs once."""

import pytest

from raters.exports import Tally
from raters.exports.repeated import repeated_keys
from raters.models import Study
from tests.raters.judged import make_judged, ranking

from .reading import json_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(db) -> Study:
    """Of three questions the last says what the first says; raters ranked them the other way."""

    def says(rater, question, sources):
        ranks = {"S1": 3, "S2": 2, "S3": 1} if question == 2 else {"S1": 1, "S2": 2, "S3": 3}
        return ranking(sources, **ranks)

    study = make_judged(says, protocol="ranking", questions=3, raters_per_triple=2)
    first, _, last = study.question_set.questions.order_by("key")
    last.text = first.text.replace(" red", "\n  red")
    last.save()
    return study


def test_no_pair_stands_in_both_directions_under_one_prompt(study):
    tally = Tally()
    rows = json_rows(study, "dpo.jsonl", tally=tally)
    assert {row["question"] for row in rows} == {"q000", "q001"}
    assert {(row["chosen_source"], row["rejected_source"]) for row in rows} == {
        ("S1", "S2"),
        ("S1", "S3"),
        ("S2", "S3"),
    }
    assert tally.counts["of a question that stands under another key too"] == 3


@pytest.mark.parametrize("name", ["kto", "sft", "reward", "rewardbench"])
def test_all_that_is_made_of_pairs_leaves_it_out(study, name):
    assert {row["question"] for row in json_rows(study, f"{name}.jsonl")} == {"q000", "q001"}


def test_questions_with_other_choices_or_other_numbers_are_others(study, django_assert_num_queries):
    *_, last = study.question_set.questions.order_by("key")
    assert repeated_keys(study) == {"q002"}
    last.choices = [{"label": "A", "text": "three"}]
    last.save()
    assert repeated_keys(study) == set()
    last.choices, last.text = [], "What is 1 1?"
    last.save()
    study.question_set.questions.filter(key="q000").update(text="What is 11?")
    assert repeated_keys(study) == set()
    study.question_set.questions.filter(key="q000").update(text="What is 12?")
    with django_assert_num_queries(1):
        assert repeated_keys(study) == set()

"""Marks of several raters become one row a rationale: literal cases, and a file that loads."""

import pytest

from raters.exports import Tally
from raters.exports.stepwise import _judged
from raters.models import Rater
from tests.raters.judged import make_judged, ranking

from .reading import json_rows, text

pytestmark = pytest.mark.django_db
NO_ERRORS: list[int] = []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([NO_ERRORS], [(1, 0, 0, 1)] * 3),
        ([[0, None, -1]], [(0, 0, 1, 0), (1, 0, 0, 1), (-1, 1, 0, 0)]),
        ([[-1], [1, -1], NO_ERRORS], [(1, 1, 0, 2), (1, 1, 0, 1), (1, 0, 0, 1)]),
        ([[-1], [-1], NO_ERRORS], [(-1, 2, 0, 1)]),
        ([[0, -1], [0, -1]], [(0, 0, 2, 0), (-1, 2, 0, 0)]),
        ([[0, 0, 0], NO_ERRORS], [(1, 0, 1, 1)] * 3),
    ],
)
def test_a_majority_of_those_who_came_as_far_decides(said, found):
    assert _judged(said, 3) == found


@pytest.fixture
def study(db):
    """Three raters: S1 without errors, S2 wrong at step 2 for two of them, S3 always at step 1."""

    def says(rater, question, sources):
        marks = {"S1": [], "S2": [0, -1] if rater else [], "S3": [-1]}
        return {
            **ranking(sources, S1=1, S2=2, S3=3),
            "step_marks": [marks[source] for source in sources],
        }

    return make_judged(
        says, protocol="ranking", questions=2, raters_per_triple=3, asks_step_marks=True,
        sources=("S1", "S3", "S2"),
    )  # fmt: skip


def test_a_row_ends_at_the_first_wrong_step(study):
    rows = json_rows(study, "stepwise.jsonl")
    assert len(rows) == 6
    by_source = {row["source"]: row for row in rows if row["question"] == "q000"}
    assert by_source["S3"]["labels"] == [False]
    assert (by_source["S3"]["first_error"], by_source["S3"]["called_wrong"]) == (1, [3])
    two = by_source["S2"]
    assert two["labels"][0] is True
    assert len(two["completions"]) == len(two["labels"]) == len(two["marks"]) <= two["steps"]
    one = by_source["S1"]
    assert (one["first_error"], set(one["labels"]), one["raters"]) == (0, {True}, 3)
    assert len(one["completions"]) == one["steps"]


def test_prompt_and_completions_are_the_shown_text(study):
    for triple in study.triples.all():
        for member in triple.members.select_related("source"):
            (row,) = [
                row
                for row in json_rows(study, "stepwise.jsonl")
                if (row["triple"], row["source"]) == (triple.number, member.source.name)
            ]
            shown = "\n".join(row["completions"])
            assert (" " + member.shown_text).startswith(shown)
            assert row["prompt"].endswith("A:")


def test_datasets_loads_it(study, tmp_path):
    from datasets import load_dataset

    path = tmp_path / "stepwise.jsonl"
    path.write_text(text(study, "stepwise.jsonl"))
    loaded = load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.to_list() == json_rows(study, "stepwise.jsonl")


def test_simulated_raters_make_no_row_and_are_counted(study):
    Rater.objects.update(is_simulated=True)
    tally = Tally()
    assert text(study, "stepwise.jsonl", tally=tally) == ""
    assert tally.counts == {"ratings by simulated raters": 6}


def test_a_study_that_does_not_ask_for_marks_has_none(db):
    plain = make_judged(
        lambda rater, question, sources: ranking(sources, S1=1, S2=2, S3=3),
        protocol="ranking",
        questions=2,
    )
    assert text(plain, "stepwise.jsonl") == ""

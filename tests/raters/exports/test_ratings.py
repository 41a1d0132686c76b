"""Every current rating is one row, and every row is one current rating."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Question, Source
from raters.exports.cells import csv_line
from raters.models import Rater, Rating
from raters.services.study_states import study_close
from tests.factories import NOW, make_rater, make_raters, make_study, rate, rate_all

from .reading import csv_rows, json_rows, text

pytestmark = pytest.mark.django_db


def current(study):
    return Rating.objects.filter(assignment__study=study, is_current=True)


def test_rows_reconcile_with_ratings_one_by_one(study):
    rows = {(row["rater"], row["triple"]): row for row in json_rows(study)}
    raters = {
        pk: f"r{n:03}"
        for n, pk in enumerate(Rater.objects.order_by("pk").values_list("pk", flat=True), 1)
    }
    ratings = current(study).select_related("assignment__triple__question", "picked__source")
    assert len(rows) == ratings.count() == 19
    for rating in ratings:
        assignment = rating.assignment
        row = rows[raters[assignment.rater_id], assignment.triple.number]
        assert row["question"] == assignment.triple.question.key
        assert row["outcome"] == rating.outcome
        assert row["picked"] == (rating.picked.source.name if rating.picked else "")
        assert row["slot"] == ("" if rating.slot is None else f"A{rating.slot + 1}")
        assert row["is_late"] == rating.is_late
        assert row["counted"] == (not rating.is_late)
        assert row["submitted_at"] == rating.submitted_at.isoformat()
        assert [each["source"] for each in row["shown"]] == [
            assignment.triple.members.get(position=int(digit)).source.name
            for digit in assignment.order
        ]


def test_the_picked_source_is_the_one_that_stood_in_the_picked_slot(study):
    for row in csv_rows(study):
        if row["outcome"] == "pick":
            assert row["picked"] == row[row["slot"].lower()]
        else:
            assert row["picked"] == row["slot"] == ""


def test_csv_and_jsonl_hold_the_same_rows_in_the_same_order(study):
    for row, full in zip(csv_rows(study), json_rows(study), strict=True):
        assert [row["a1"], row["a2"], row["a3"]] == [each["source"] for each in full["shown"]]
        for column in ("study", "rater", "question", "outcome", "submitted_at"):
            assert row[column] == full[column]
        assert row["counted"] == str(full["counted"]).lower()


def test_a_revised_rating_appears_once_as_it_stands(study):
    revised = Rating.objects.get(assignment__study=study, is_current=False)
    rows = [
        row
        for row in json_rows(study)
        if (row["rater"], row["triple"]) == ("r002", revised.assignment.triple.number)
    ]
    assert [row["slot"] for row in rows] == ["A3"]


def test_rows_come_by_question_triple_and_rater_whatever_the_primary_keys(study):
    questions = list(Question.objects.order_by("-pk"))
    for number, question in enumerate(questions):
        Question.objects.filter(pk=question.pk).update(key=f"k{number}")
    rows = [(row["question"], row["triple"], row["rater"]) for row in json_rows(study)]
    assert rows == sorted(rows)
    assert len({question for question, _, _ in rows}) == 6


def test_a_late_rating_is_there_and_does_not_count(study):
    late = [row for row in json_rows(study) if row["is_late"]]
    assert [row["counted"] for row in late] == [False]


def test_texts_are_named_by_their_checksums(study):
    for row in json_rows(study):
        for shown in row["shown"]:
            member = Rating.objects.filter(
                assignment__triple__number=row["triple"],
                assignment__triple__members__rationale=shown["rationale"],
            ).values_list(
                "assignment__triple__members__rationale__text",
                "assignment__triple__members__shown_text",
            )[0]
            digests = [hashlib.sha256(part.encode()).hexdigest() for part in member]
            assert [shown["text_sha256"], shown["shown_sha256"]] == digests


def test_no_rater_is_named(study):
    for name, code in Rater.objects.values_list("name", "code"):
        for export in ("ratings.csv", "ratings.jsonl", "dpo.jsonl"):
            assert name not in text(study, export)
            assert code not in text(study, export)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_cell_can_start_a_formula(start):
    assert csv_line([f"{start}cmd|' /C calc'!A0"]).lstrip(b'"').startswith(b"'" + start.encode())


def test_numbers_stay_numbers():
    assert csv_line([-1, 2.5, None, True]) == b"-1,2.5,,true\n"


def test_a_source_or_question_that_is_a_formula_is_harmless_in_csv_and_whole_in_jsonl(study):
    Source.objects.filter(name="S1").update(name="=1+1")
    Question.objects.filter(key="q001").update(key='@SUM("x",\n1)')
    cells = [cell for row in csv_rows(study) for cell in row.values()]
    assert "'=1+1" in cells
    assert '\'@SUM("x",\n1)' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
    assert "=1+1" in {each["source"] for row in json_rows(study) for each in row["shown"]}


def test_a_study_of_two_sources_has_two_slots(db):
    study = make_study(questions=2, raters_per_triple=1, sources=("S1", "S2"))
    rate_all(study, make_raters(study, 1))
    study_close(study=study, user=study.owner, now=study.opened_at)
    assert {"a1", "a2"} < set(csv_rows(study)[0])
    assert "a3" not in csv_rows(study)[0]


def test_queries_do_not_grow_with_the_study(study, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as few:
        text(study, "ratings.csv")
    larger = make_study(name="larger", questions=20, raters_per_triple=2)
    rate_all(larger, make_raters(larger, 2))
    study_close(study=larger, user=larger.owner, now=larger.opened_at)
    with django_assert_max_num_queries(len(few)):
        text(larger, "ratings.csv")


def test_a_study_without_ratings_gives_a_header_and_nothing_else(db):
    empty = make_study(name="empty", questions=2, closed=True)
    assert text(empty, "ratings.csv").count("\n") == 1
    assert text(empty, "ratings.jsonl") == text(empty, "dpo.jsonl") == ""


def test_what_came_in_time_stays_though_the_closing_clock_was_behind():
    study = make_study(questions=2, raters_per_triple=1)
    rater = make_rater(study)
    rate(rater, now=NOW + timedelta(seconds=1))
    study_close(study=study, user=study.owner, now=NOW)
    assert [row["counted"] for row in json_rows(study)] == [True]

"""Flags: one row a question that a rater called broken, and nobody named."""

from datetime import timedelta

import pytest

from raters.exports import Tally
from raters.models import Assignment, Flag
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study

from .reading import json_rows, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(db):
    study = make_study(questions=2, raters_per_triple=2)
    reasons = ["wrong-answer", "unclear", "unclear"]
    for rater, triple, reason in zip(
        make_raters(study, 3), [*study.triples.order_by("-number"), study.triples.first()], reasons,
        strict=True,
    ):  # fmt: skip
        assignment = Assignment.objects.create(
            study=study, rater=rater, triple=triple, state="flagged", order="012", claimed_at=NOW
        )
        Flag.objects.create(assignment=assignment, reason=reason, comment="=7*6 is 41?", at=NOW)
    study_close(study=study, user=study.owner, now=NOW)
    return study


def test_a_row_a_flag_by_question_and_pseudonym(study):
    rows = json_rows(study, "flags.jsonl")
    assert [(row["question"], row["rater"]) for row in rows] == sorted(
        (row["question"], row["rater"]) for row in rows
    )
    assert sorted(row["rater"] for row in rows) == ["r001", "r002", "r003"]
    assert {row["comment"] for row in rows} == {"=7*6 is 41?"}


def test_a_formula_is_harmless_in_csv(study):
    assert ",'=7*6 is 41?," in text(study, "flags.csv")


def test_they_are_counted_by_reason(study):
    tally = Tally()
    text(study, "flags.csv", tally=tally)
    assert tally.counts == {"wrong-answer": 1, "unclear": 2}


def test_what_came_after_the_study_closed_stays_out(study):
    Flag.objects.filter(reason="wrong-answer").update(at=NOW + timedelta(seconds=1))
    assert len(json_rows(study, "flags.jsonl")) == 2

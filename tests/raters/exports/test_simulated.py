"""Simulated raters rehearse: they are in no pair, unless that is wished; then every row says so."""

import io
import re
import zipfile
from datetime import timedelta

import pytest

from raters.exports import EXPORTS, Wishes
from raters.models import Rater
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate
from tests.raters.judged import make_judged, ranking
from tests.raters.reports import make_report

from .reading import about_of, content, json_rows

pytestmark = pytest.mark.django_db
PAIRS = ("dpo", "kto", "reward", "sft", "rewardbench")


@pytest.fixture
def mixed(db):
    """A person rated three of seven questions and has one in hand; a program the others."""
    study = make_study(questions=7, raters_per_triple=1, seed=1)
    for rater in make_raters(study, 2):
        for _ in range(3):
            rate(rater, slot=0)
    Rater.objects.filter(pk=rater.pk).update(is_simulated=True)
    study_close(study=study, user=study.owner, now=NOW + timedelta(hours=1))
    make_report(study)
    return study


@pytest.mark.parametrize("name", PAIRS)
def test_what_people_alone_said_is_the_same_with_them_and_without(mixed, name):
    without = json_rows(mixed, f"{name}.jsonl")
    wished = json_rows(mixed, f"{name}.jsonl", simulated=True)
    assert len({row["question"] for row in without}) == 3
    assert len({row["question"] for row in wished}) == 6
    marks = {row["question"]: row.pop("is_simulated") for row in wished}
    assert sorted(marks.values()) == [False] * 3 + [True] * 3
    theirs = [row for row in wished if not marks[row["question"]]]
    for row in (*theirs, *without):
        row.pop("id", None)  # RewardBench numbers its rows
    assert theirs == without


def test_a_question_that_people_and_programs_rated_is_marked(study):
    one = study.raters.order_by("pk").first()
    Rater.objects.filter(pk=one.pk).update(is_simulated=True)
    rows = json_rows(study, "dpo.jsonl", simulated=True)
    assert rows
    assert {row["is_simulated"] for row in rows} == {True}


def test_the_manifest_says_that_it_was_wished_and_counts_them(mixed):
    about = about_of(mixed, "dpo.jsonl", simulated=True)
    assert about["wishes"] == {"simulated": True}
    assert about["columns"][-1] == "is_simulated"
    assert about["counts"]["ratings by simulated raters that were taken in, as wished"] == 3
    assert "ratings by simulated raters" not in about["counts"]
    assert about_of(mixed, "dpo.jsonl")["counts"]["ratings by simulated raters"] == 3


def test_every_form_has_the_mark(mixed):
    for export in (each for each in EXPORTS.values() if "simulated" in each.takes):
        for form in export.forms:
            if form != "zip" and export.name != "stepwise":
                about = about_of(mixed, f"{export.name}.{form}", simulated=True)
                assert about["rows"] > 0
                assert about["columns"][-1] == "is_simulated", (export.name, form)


def test_a_data_set_says_it_in_its_card_its_metadata_and_its_manifest(mixed):
    def said(**wishes):
        with zipfile.ZipFile(io.BytesIO(content(mixed, "dataset.zip", **wishes))) as archive:
            names = ("README.md", "croissant.json", "manifest.json")
            return [archive.read(name).decode() for name in names]

    card, croissant, manifest = said(simulated=True)
    assert "**Ratings by simulated raters are taken in, as was wished.**" in card
    assert "rated blind, by simulated raters too." in croissant
    assert re.search(r'"dpo_\w+/is_simulated"', croissant)
    assert '"simulated": true' in manifest
    card, croissant, manifest = said()
    assert "simulated raters" not in card + croissant
    assert ('"wishes": {}' in manifest, '"simulated": true' in manifest) == (True, False)
    assert re.search(r'"dpo/\w+: ratings by simulated raters": 3', manifest), "left out"


def test_steps_that_they_marked_are_marked_so(db):
    study = make_judged(
        lambda rater, question, sources: {
            **ranking(sources, S1=1, S2=2, S3=3), "step_marks": [[-1], [], []]
        },
        protocol="ranking", questions=1, raters_per_triple=1, asks_step_marks=True,
    )  # fmt: skip
    Rater.objects.update(is_simulated=True)
    assert json_rows(study, "stepwise.jsonl") == []
    rows = json_rows(study, "stepwise.jsonl", simulated=True)
    assert [row["is_simulated"] for row in rows] == [True] * 3


def test_the_name_of_the_file_says_it():
    assert EXPORTS["dpo"].file_name("csv", Wishes(simulated=True)) == "dpo-simulated.csv"

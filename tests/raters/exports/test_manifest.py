"""A manifest says what its file is, and the same study gives the same bytes twice."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.conf import settings

from raters.exports import EXPORTS, Task, Wishes
from raters.exports.manifest import app_version
from raters.models import Rater, Rating
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_raters, make_study, rate_all, submit
from tests.raters.reports import make_report

from .reading import about_of, content, text

pytestmark = pytest.mark.django_db


NAMES = [f"{each.name}.{form}" for each in EXPORTS.values() for form in each.forms]


@pytest.fixture(autouse=True)
def figures(request):
    """Statistics are those of a report that a worker made."""
    if "study" in request.fixturenames:
        make_report(request.getfixturevalue("study"))


@pytest.mark.parametrize("name", [name for name in NAMES if "." in name])
def test_counts_and_checksum_are_those_of_the_file(study, name):
    whole = content(study, name)
    about = about_of(study, name)
    assert (about["file"], about["export"]) == (f"x-{name}", name)
    assert about["bytes"] == len(whole)
    assert about["sha256"] == hashlib.sha256(whole).hexdigest()
    if name.endswith(".jsonl"):
        assert about["rows"] == whole.count(b"\n")
    assert about["app_version"] == app_version()


def test_columns_are_those_of_the_rows(study):
    for name in ("ratings.jsonl", "dpo.jsonl"):
        about = about_of(study, name)
        assert about["columns"] == list(json.loads(text(study, name).splitlines()[0]))
    about = about_of(study, "ratings.csv")
    assert about["columns"] == text(study, "ratings.csv").splitlines()[0].split(",")


def test_it_names_the_study_and_the_settings_that_made_it(study):
    about = about_of(study, "dpo.jsonl", per_rater=True)
    assert about["wishes"] == {"per_rater": True}
    assert about["study"]["code"] == study.code
    assert sorted(about["study"]["sources"]) == ["S1", "S2", "S3"]
    assert about["study"]["seed"] == study.seed
    assert about["study"]["funnel"]["drawn"] == 6


@pytest.mark.parametrize("name", NAMES)
def test_the_same_study_gives_the_same_bytes_twice(study, name):
    assert content(study, name) == content(study, name)
    assert about_of(study, name) == about_of(study, name)


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("statistics")])
def test_what_comes_after_the_study_closed_changes_nothing(db, name):
    study = make_study(questions=3, raters_per_triple=2)
    late, *others = make_raters(study, 3)
    in_hand = claim(late)
    rate_all(study, others)
    study_close(study=study, user=study.owner, now=NOW + timedelta(minutes=1))
    before = content(study, name), about_of(study, name)
    submit(late, in_hand, now=NOW + timedelta(minutes=2))
    assert Rating.objects.filter(is_late=True).exists()
    assert (content(study, name), about_of(study, name)) == before
    assert before[1]["study"]["closed_at"] == study.closed_at.isoformat()


def test_simulated_raters_are_counted_and_make_no_pair(study):
    pairs = about_of(study, "dpo.jsonl")
    Rater.objects.update(is_simulated=True)
    about = about_of(study, "dpo.jsonl")
    assert pairs["rows"] > 0
    assert "ratings by simulated raters" not in pairs["counts"]
    assert about["rows"] == 0
    assert about["counts"] == {"ratings by simulated raters": 18}


def test_every_column_is_documented(study):
    explained = (settings.BASE_DIR / "docs" / "exports.md").read_text()
    for export in EXPORTS.values():
        assert f"## {export.name}" in explained
        task = Task(study, Wishes())
        for column in (c for form in export.forms for c in export.of(form, task).columns(task)):
            assert f"`{column.name}`" in explained, column

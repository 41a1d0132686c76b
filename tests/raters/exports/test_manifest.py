"""A manifest says what its file is, and the same study gives the same bytes twice."""

import hashlib
import json

import pytest
from django.conf import settings

from raters.exports import EXPORTS, Options
from raters.exports.manifest import app_version, manifest

from .reading import text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", EXPORTS)
def test_counts_and_checksum_are_those_of_the_file(study, name):
    content = text(study, name).encode()
    about = json.loads(manifest(EXPORTS[name], study, Options()))
    header = name.endswith(".csv")
    assert about["file"] == name
    assert about["bytes"] == len(content)
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["rows"] == content.count(b"\n") - header
    assert about["app_version"] == app_version()


def test_columns_are_those_of_the_rows(study):
    for name in ("ratings.jsonl", "dpo.jsonl"):
        about = json.loads(manifest(EXPORTS[name], study, Options()))
        assert about["columns"] == list(json.loads(text(study, name).splitlines()[0]))
    about = json.loads(manifest(EXPORTS["ratings.csv"], study, Options()))
    assert about["columns"] == text(study, "ratings.csv").splitlines()[0].split(",")


def test_it_names_the_study_and_the_settings_that_made_it(study):
    about = json.loads(manifest(EXPORTS["dpo.jsonl"], study, Options(per_rater=True)))
    assert about["options"] == {"per_rater": True}
    assert about["study"]["code"] == study.code
    assert sorted(about["study"]["sources"]) == ["S1", "S2", "S3"]
    assert about["study"]["seed"] == study.seed
    assert about["study"]["funnel"]["drawn"] == 6


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_study_gives_the_same_bytes_twice(study, name):
    assert text(study, name) == text(study, name)
    assert manifest(EXPORTS[name], study, Options()) == manifest(EXPORTS[name], study, Options())


def test_every_column_is_documented(study):
    explained = (settings.BASE_DIR / "docs" / "exports.md").read_text()
    for export in EXPORTS.values():
        assert export.name in explained
        for column in export.columns(study):
            assert f"`{column}`" in explained, column

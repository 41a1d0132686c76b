"""The folder says of all that it holds what it is, and of itself how far it is."""

import hashlib
import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.exports import EXPORTS, Tally, Task

from .reading import about_of, content, json_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(study) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content(study, "dataset.zip"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_manifest_has_the_checksum_of_every_other_file(files):
    about = json.loads(files.pop("manifest.json"))
    listed = {each["path"]: each for each in (*about["files"], *about["beside"])}
    assert listed.keys() == files.keys() > {"README.md", "croissant.json", "ratings/train.parquet"}
    for path, whole in files.items():
        assert listed[path]["sha256"] == hashlib.sha256(whole).hexdigest()
        assert listed[path]["bytes"] == len(whole)


def test_the_manifest_tells_formats_styles_and_what_was_left_out(study, files):
    about = json.loads(files["manifest.json"])
    assert about["format_version"] == EXPORTS["dataset"].version
    versions = {each["config"]: each["format_version"] for each in about["files"]}
    assert versions == {name: EXPORTS[name].version for name in versions}
    tally = Tally()
    pairs = json_rows(study, "dpo.jsonl", split="train", tally=tally)
    assert tally.counts["none good"] == 1
    assert about["counts"]["dpo/train: none good"] == 1
    assert about["counts"]["ratings/train: counted"] == 18
    assert about["prompt_styles"]["dpo/train: gsm8k"] == len(pairs)
    beside = about_of(study, "dataset.zip")
    for name in ("counts", "prompt_styles", "rows", "format_version"):
        assert beside[name] == about[name]


def test_it_tells_how_far_it_is_while_it_is_made(study):
    task = Task(study)
    shares = [task.tally.share(study.triple_count) for _ in EXPORTS["dataset"].blocks("zip", task)]
    assert shares == sorted(shares)
    assert len(set(shares)) > 15
    assert (shares[0] < 0.1, shares[-1]) == (True, 1.0)


def test_which_questions_repeat_another_is_asked_once_for_all_its_parts(study):
    with CaptureQueriesContext(connection) as queries:
        list(EXPORTS["dataset"].blocks("zip", Task(study)))
    assert sum("REPLACE(" in each["sql"] for each in queries) == 1

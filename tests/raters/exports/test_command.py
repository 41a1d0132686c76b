"""`manage.py export`: a whole file and its manifest, or a sentence and neither."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from raters.exports import files
from raters.models import AuditEntry
from tests.factories import make_study

from .reading import text

pytestmark = pytest.mark.django_db


def export(**options):
    out = StringIO()
    call_command("export", stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("format", "file"), [("ratings", "r.csv"), ("ratings", "r.jsonl"), ("dpo", "d.jsonl")]
)
def test_it_writes_what_the_page_gives_with_a_manifest_beside(study, tmp_path, format, file):
    path = tmp_path / file
    said = export(study=study.name, format=format, out=str(path))
    name = format + path.suffix
    assert path.read_text() == text(study, name)
    about = json.loads((tmp_path / f"{file}.manifest.json").read_text())
    assert f"{about['rows']} rows written" in said
    assert (about["file"], about["export"]) == (file, name)
    entry = AuditEntry.objects.get(action="un-blinded")
    assert (entry.user, entry.detail) == (None, f"exports/{name} by command")
    assert sorted(each.name for each in tmp_path.iterdir()) == [file, f"{file}.manifest.json"]


def test_per_rater_is_an_option_of_pairs(study, tmp_path):
    export(study=study.name, format="dpo", out=str(tmp_path / "d.jsonl"), per_rater=True)
    assert (tmp_path / "d.jsonl").read_text() == text(study, "dpo.jsonl", per_rater=True)
    with pytest.raises(CommandError, match="ratings does not take per_rater; it takes: no wishes"):
        export(study=study.name, format="ratings", out=str(tmp_path / "r.csv"), per_rater=True)


def test_an_unknown_study_is_named_with_those_there_are(study, tmp_path):
    with pytest.raises(CommandError, match="no study 'nope'; there are: a study"):
        export(study="nope", format="dpo", out=str(tmp_path / "d.jsonl"))


def test_an_open_study_gives_nothing(db, tmp_path):
    make_study(name="running")
    with pytest.raises(CommandError, match="once it is closed"):
        export(study="running", format="dpo", out=str(tmp_path / "d.jsonl"))
    assert not list(tmp_path.iterdir())


def test_an_ending_that_is_no_form_of_the_format_is_refused(study, tmp_path):
    with pytest.raises(CommandError, match="dpo is written as jsonl or csv or parquet, not as txt"):
        export(study=study.name, format="dpo", out=str(tmp_path / "d.txt"))


def test_a_folder_that_is_not_there_is_one_sentence(study, tmp_path):
    with pytest.raises(CommandError, match="cannot write"):
        export(study=study.name, format="dpo", out=str(tmp_path / "no" / "d.jsonl"))


def test_a_failure_half_way_leaves_the_old_file_and_no_other(study, tmp_path, monkeypatch):
    path = tmp_path / "d.jsonl"
    path.write_text("the old one")

    def breaks(*_):
        yield b"half of it"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.Export, "blocks", breaks)
    with pytest.raises(CommandError, match="No space left"):
        export(study=study.name, format="dpo", out=str(path))
    assert path.read_text() == "the old one"
    assert not AuditEntry.objects.filter(action="un-blinded").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["d.jsonl"]


def test_a_manifest_that_cannot_be_written_leaves_the_old_pair_as_it_was(
    study, tmp_path, monkeypatch
):
    old = {"d.jsonl": "the old one", "d.jsonl.manifest.json": "its manifest"}
    for name, content in old.items():
        (tmp_path / name).write_text(content)

    def breaks(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "manifest_of", breaks)
    with pytest.raises(CommandError, match="No space left"):
        export(study=study.name, format="dpo", out=str(tmp_path / "d.jsonl"))
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == old

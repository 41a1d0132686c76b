"""Files to learn from are kept under their checksum, once, and only if their manifest holds."""

import json

import pytest

from generation.datasets.preferences import FileRefused
from generation.services.pair_files import pair_file_find, pair_file_keep, pair_files
from tests.generation.datasets.test_preferences import row, save


@pytest.fixture(autouse=True)
def _models(settings, tmp_path):
    settings.MODELS_DIR = tmp_path / "models"


def keep(tmp_path, rows=3, **about):
    path = save(tmp_path / "dpo.jsonl", [row(n) for n in range(rows)], **about)
    manifest = json.loads(path.with_name("dpo.jsonl.manifest.json").read_text())
    whole = json.dumps(manifest | {"rows": rows}).encode()
    return pair_file_keep(content=[path.read_bytes()], manifest=whole)


def test_a_file_is_kept_with_what_its_manifest_says(tmp_path):
    kept = keep(tmp_path, wishes={"split": "train"})
    assert (kept.export, kept.rows, kept.split) == ("dpo.jsonl", 3, "train")
    assert (kept.study, kept.questions) == ("s1", "shelves")
    assert kept.path.read_bytes() == (tmp_path / "dpo.jsonl").read_bytes()
    assert str(kept) == f"dpo.jsonl of s1, train split: 3 rows, {kept.key[:8]}"
    assert pair_file_find(key=kept.key) == kept


def test_the_same_file_is_kept_once_and_the_newest_stands_first(tmp_path):
    assert keep(tmp_path) == keep(tmp_path)
    other = keep(tmp_path, rows=4)
    assert [each.rows for each in pair_files()] == [4, 3]
    assert pair_files()[0] == other
    assert not list(other.path.parent.parent.glob(".*"))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"no", "is no JSON"),
        (b"[]", "describes no export; sources learn from dpo.jsonl and sft.jsonl"),
        (json.dumps({"export": "kto.jsonl"}).encode(), "describes kto.jsonl; sources learn"),
        (json.dumps({"export": "dpo.jsonl", "format_version": 2}).encode(), "checksum differs"),
    ],
)
def test_what_is_not_vouched_for_is_refused_and_nothing_is_kept(tmp_path, manifest, said):
    with pytest.raises(FileRefused, match=said):
        pair_file_keep(content=[b"{}\n"], manifest=manifest)
    assert pair_files() == []
    assert list((tmp_path / "models" / "pairs").iterdir()) == []


def test_what_is_not_here_is_not_found():
    with pytest.raises(FileRefused, match="not kept here"):
        pair_file_find(key="0" * 64)

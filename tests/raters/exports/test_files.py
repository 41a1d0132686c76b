"""Files on disk: for those alone whom the process that writes them lets read."""

import os

import pytest

from raters.exports import EXPORTS, Wishes
from raters.exports.files import export_write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644)])
def test_a_file_and_its_manifest_have_the_rights_that_the_launcher_leaves(
    study, tmp_path, mask, mode
):
    before = os.umask(mask)
    try:
        export_write(
            export=EXPORTS["dpo"],
            form="jsonl",
            study=study,
            wishes=Wishes(),
            path=tmp_path / "dpo.jsonl",
            until=study.closed_at,
        )
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"dpo.jsonl": mode, "dpo.jsonl.manifest.json": mode}

"""The exported files that this installation keeps to learn from, each with its manifest.

A file is kept under the SHA-256 that its manifest vouches for, so that what a run was queued with
is there for as long as the run is. Knows files, and no run.
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings

from generation.datasets.preferences import FORMATS, MANIFEST, FileRefused, read_preferences


@dataclass(frozen=True, slots=True)
class KeptFile:
    """`key` is the checksum; `path` the file, beside its manifest."""

    key: str
    path: Path
    export: str
    rows: int
    split: str
    study: str
    questions: str

    def __str__(self) -> str:
        split = f", {self.split} split" if self.split else ""
        rows = f"{self.rows} row{'' if self.rows == 1 else 's'}"
        return f"{self.export} of {self.study}{split}: {rows}, {self.key[:8]}"


def pair_file_keep(*, content: Iterable[bytes], manifest: bytes) -> KeptFile:
    """Keep a file and its manifest, if the one vouches for the other; the same file once."""
    _folder().mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=".", dir=_folder()))
    try:
        export = _export(manifest)
        path = work / export
        with path.open("wb") as file:
            file.writelines(content)
        path.with_name(path.name + MANIFEST).write_bytes(manifest)
        found = read_preferences(path, export)
        place = _folder() / found.sha256
        if not place.exists():
            work.chmod(0o755)
            os.rename(work, place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return pair_file_find(key=found.sha256)


def pair_file_find(*, key: str) -> KeptFile:
    for kept in pair_files():
        if kept.key == key:
            return kept
    raise FileRefused("That file is not kept here: hand it over again.")


def pair_files() -> list[KeptFile]:
    """What is kept, newest first; read from the manifests alone."""
    if not _folder().is_dir():
        return []
    places = [place for place in _folder().iterdir() if not place.name.startswith(".")]
    newest = sorted(places, key=lambda place: (-place.stat().st_mtime_ns, place.name))
    return [_kept(place) for place in newest]


def _kept(place: Path) -> KeptFile:
    path = next(place / export for export in FORMATS if (place / export).exists())
    about: dict[str, Any] = json.loads(path.with_name(path.name + MANIFEST).read_text("utf-8"))
    study = about.get("study") or {}
    return KeptFile(
        key=place.name,
        path=path,
        export=path.name,
        rows=int(about.get("rows") or 0),
        split=str((about.get("wishes") or {}).get("split") or ""),
        study=str(study.get("name") or study.get("code") or "a study"),
        questions=str(study.get("question_set") or ""),
    )


def _export(manifest: bytes) -> str:
    """The name of the export that a manifest describes, which is one to learn from."""
    try:
        about = json.loads(manifest)
    except ValueError:
        raise FileRefused("The manifest is no JSON: download it again.") from None
    export = about.get("export") if isinstance(about, dict) else None
    if export not in FORMATS:
        raise FileRefused(
            f"The manifest describes {export or 'no export'}; sources learn from "
            f"{' and '.join(FORMATS)}."
        )
    return str(export)


def _folder() -> Path:
    return Path(settings.MODELS_DIR) / "pairs"

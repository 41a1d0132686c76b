"""An export as a file on disk with its manifest, both whole or neither there."""

import gc
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from raters.exports import Export, Tally, Task, Wishes
from raters.exports.manifest import SUFFIX, Checked, as_bytes, manifest_of
from raters.models import Study


@dataclass(frozen=True, slots=True)
class Built:
    tally: Tally
    bytes: int
    sha256: str
    manifest: dict[str, Any]


def export_write(
    *,
    export: Export,
    form: str,
    study: Study,
    wishes: Wishes,
    path: Path,
    until: datetime,
    file: str = "",
    is_snapshot: bool = False,
    is_alone: bool = False,
    heard: Callable[[Tally], None] = lambda tally: None,
) -> Built:
    """Writes the export to `path`, and its manifest beside it unless it `is_alone`.

    Both are whole under other names before either gets its own, the file first: a reader never
    meets half a file, nor a manifest whose file is yet to come. `heard` is told how far it is after
    every block, and may raise to end it. Raises OSError where it cannot be written.
    """
    task = Task(study, wishes, until=until, is_snapshot=is_snapshot)
    checked = Checked(export.blocks(form, task), lambda: heard(task.tally))
    written: list[tuple[Path, Path]] = []
    try:
        with _nothing_to_collect():
            written.append((_write(path, checked), path))
        about = manifest_of(export, form, task, checked, file=file or path.name)
        if not is_alone:
            beside = path.with_name(path.name + SUFFIX)
            written.append((_write(beside, [as_bytes(about)]), beside))
        for whole, name in written:
            whole.replace(name)
    finally:
        for whole, _ in written:
            whole.unlink(missing_ok=True)
    return Built(task.tally, checked.bytes, checked.sha256, about)


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Rows are in no cycles, and looking for some is a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _write(path: Path, blocks: Iterable[bytes]) -> Path:
    """All of it, in a file beside `path` that nobody looks for; where that is."""
    whole = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with whole.open("xb") as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    return whole

"""An export as a file on disk with its manifest beside it, both whole or neither there."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from raters.exports import Export, Tally, Wishes, stream
from raters.exports.manifest import SUFFIX, Checked, manifest_of
from raters.models import Study


def export_write(*, export: Export, study: Study, wishes: Wishes, path: Path) -> Tally:
    """Writes the export to `path` and its manifest beside it. Raises OSError where it cannot.

    Both are whole under other names before either gets its own, the file first: a reader never
    meets half a file, nor a manifest whose file is yet to come.
    """
    tally = Tally()
    checked = Checked(stream(export, study, wishes, tally))
    beside = path.with_name(path.name + SUFFIX)
    written: list[Path] = []
    try:
        written.append(_write(path, checked))
        about = manifest_of(export, study, wishes, tally, checked, file=path.name)
        written.append(_write(beside, [about]))
        for whole, name in zip(written, (path, beside), strict=True):
            whole.replace(name)
    finally:
        for whole in written:
            whole.unlink(missing_ok=True)
    return tally


def _write(path: Path, blocks: Iterable[bytes]) -> Path:
    """All of it, in a file beside `path` that nobody looks for; where that is."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)

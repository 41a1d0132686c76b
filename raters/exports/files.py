"""An export as a file on disk with its manifest beside it, each whole or not there at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from raters.exports import Export, Options, Tally, stream
from raters.exports.manifest import SUFFIX, Checked, manifest_of
from raters.models import Study


def export_write(*, export: Export, study: Study, options: Options, path: Path) -> Tally:
    """Writes the export to `path` and its manifest beside it. Raises OSError where it cannot."""
    tally = Tally()
    checked = Checked(stream(export, study, options, tally))
    _write(path, checked)
    _write(
        path.with_name(path.name + SUFFIX), [manifest_of(export, study, options, tally, checked)]
    )
    return tally


def _write(path: Path, blocks: Iterable[bytes]) -> None:
    """All of it under another name first, so that a reader never meets half a file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

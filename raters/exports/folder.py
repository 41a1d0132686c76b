"""A data set as one ZIP: Parquet for every format and split, a card, Croissant, checksums.

Unpacked, `datasets.load_dataset(folder, "dpo")` reads it. The same study gives the same bytes: no
clock in the ZIP either. Formats that a study has no rows of, and empty splits, have no file.
"""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from raters.exports import dpo, kto, ratings, reward, rewardbench, sft, stepwise
from raters.exports.card import card
from raters.exports.croissant import croissant
from raters.exports.forms import blocks as form_blocks
from raters.exports.repeated import repeated_keys
from raters.exports.shape import SPLITS, Column, Tally, Task, Wishes

CONFIGS: dict[str, Any] = {
    "dpo": dpo,
    "kto": kto,
    "reward": reward,
    "sft": sft,
    "stepwise": stepwise,
    "rewardbench": rewardbench,
}
PLANNED = (*((config, split) for config in CONFIGS for split in SPLITS), ("ratings", "train"))
PIECE = 256 * 1024


class Part(NamedTuple):
    """A Parquet file of the folder."""

    config: str
    split: str
    path: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[Column, ...]


def blocks(task: Task) -> Iterator[bytes]:
    sink = _Sink()
    parts: list[Part] = []
    task.tally.passes = len(PLANNED)
    task = replace(task, repeated=repeated_keys(task.study))
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for config, split in PLANNED:
            with tempfile.TemporaryFile() as spool:
                part = yield from _spooled(config, split, task, spool)
                if not part.rows:
                    continue
                parts.append(part)
                with archive.open(_entry(part.path), "w", force_zip64=True) as entry:
                    while piece := spool.read(PIECE):
                        entry.write(piece)
                        yield sink.drained()
        for name, whole in _about(task, parts).items():
            archive.writestr(_entry(name), whole)
    yield sink.drained()


def _spooled(config: str, split: str, task: Task, spool: Any) -> Generator[bytes, None, Part]:
    """One file of the folder, whole on disk, and the words about it.

    Yields an empty block for each of its own: whoever writes the ZIP hears how far it is.
    """
    if config == "ratings":
        mine = replace(task, wishes=Wishes(), tally=Tally())
        columns, rows = ratings.wide_columns(mine), ratings.wide_rows(mine)
    else:
        mine = replace(task, wishes=replace(task.wishes, split=split), tally=Tally())
        columns, rows = CONFIGS[config].columns(mine), CONFIGS[config].rows(mine)
    digest, size, read = hashlib.sha256(), 0, task.tally.triples
    for block in form_blocks("parquet", columns, rows):
        digest.update(block)
        size += len(block)
        spool.write(block)
        task.tally.triples = read + mine.tally.triples
        yield b""
    spool.seek(0)
    task.tally.add(mine.tally, of=f"{config}/{split}")
    path = f"{config}/{split}.parquet"
    return Part(config, split, path, mine.tally.rows, size, digest.hexdigest(), columns)


def _about(task: Task, parts: list[Part]) -> dict[str, bytes]:
    """What stands beside the data: the card, Croissant, and the manifest of all that is there."""
    from raters.exports import EXPORTS
    from raters.exports.manifest import about_export, as_bytes

    beside = {
        "README.md": card(task, parts).encode(),
        "croissant.json": as_bytes(croissant(task, parts)),
    }
    about = about_export(EXPORTS["dataset"], "zip", task)
    about["files"] = [
        {
            **part._asdict(),
            "format_version": EXPORTS[part.config].version,
            "columns": [column.name for column in part.columns],
        }
        for part in parts
    ]
    about["beside"] = [
        {"path": name, "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
        for name, whole in beside.items()
    ]
    return {**beside, "manifest.json": as_bytes(about)}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return entry


class _Sink(io.RawIOBase):
    """What the ZIP is written to; drained on the way. Nothing goes back, so nothing is kept."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        return len(self._written[-1])

    def drained(self) -> bytes:
        block = b"".join(self._written)
        self._written.clear()
        return block

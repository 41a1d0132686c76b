"""Rows as bytes: JSONL (without loss), CSV, Parquet. The same rows give the same bytes.

All three stream: a block of lines, or a row group, at a time. Parquet gets its types from the
columns and nothing else, and no clock stands in it. pyarrow is loaded where Parquet is written:
by workers and commands, never by the web process.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson

from raters.exports.cells import csv_line
from raters.exports.shape import Column, Row

FORMS = {
    "jsonl": "application/jsonl; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
BLOCK_BYTES = 256 * 1024
GROUP_ROWS = 2000


def blocks(form: str, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in blocks: large enough for a disk, small enough for any memory."""
    if form == "parquet":
        return _parquet(columns, rows)
    return _gathered(_jsonl(rows) if form == "jsonl" else _csv(columns, rows))


def _jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    dumps, newline = orjson.dumps, orjson.OPT_APPEND_NEWLINE
    for row in rows:
        yield dumps(row, option=newline)


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    yield csv_line(column.name for column in columns)
    for row in rows:
        yield csv_line(row.values())


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for line in lines:
        block += line
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


class _Sink:
    """What pyarrow writes to; drained after every row group."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        self._at += len(self._written[-1])
        return len(self._written[-1])

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        self.closed = True

    def drained(self) -> bytes:
        block = b"".join(self._written)
        self._written.clear()
        return block


def _parquet(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(column.name, _kind(pa, column.kind)) for column in columns])
    as_text = [column.name for column in columns if column.kind == "json"]
    rest, sink = iter(rows), _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(islice(rest, GROUP_ROWS)):
            if as_text:
                group = [{**row, **{n: _text(row[n]) for n in as_text}} for row in group]
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            yield sink.drained()
    yield sink.drained()


def _text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _kind(pa: Any, kind: str) -> Any:
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    return {
        "text": pa.string(),
        "json": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "texts": pa.list_(pa.string()),
        "integers": pa.list_(pa.int64()),
        "booleans": pa.list_(pa.bool_()),
        "messages": pa.list_(message),
    }[kind]

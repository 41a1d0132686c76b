"""The shape that all exports share: wishes in, bytes out, counts beside."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from raters.models import Study

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a researcher may ask of an export; each one applies where the export says so."""

    per_rater: bool = False


@dataclass(slots=True)
class Tally:
    """Rows written, and whatever else a format counts (what it left out, and why)."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    prompt_styles: Counter[str] = field(default_factory=Counter)


Lines = Callable[[Study, Wishes, Tally], Iterator[bytes]]


def json_line(row: dict[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False) + "\n").encode()


def csv_line(cells: Iterable[object]) -> bytes:
    """One CSV row. Text that a spreadsheet would run gets an apostrophe; numbers stay numbers."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(_harmless(cell) for cell in cells)
    return line.getvalue().encode()


def _harmless(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return "'" + cell
    return cell

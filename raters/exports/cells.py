"""A CSV row, harmless in a spreadsheet: text that it would run gets an apostrophe before it.

Numbers stay numbers, -1 too. What is neither text nor a number is written as JSON.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")  # of = + - @, as spreadsheets read them too
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


def csv_line(cells: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(harmless, cells))
    return line.getvalue().encode()


def harmless(cell: Any) -> Any:
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(FORMULA_STARTS) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list | dict):
        return orjson.dumps(cell).decode()
    return cell

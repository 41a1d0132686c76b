"""The figures of the results page, one row each, from the report that a worker computed.

Nothing is computed here: `figure` is where a figure stands in the report (its names and numbers
with dots between, counted from 0), `number` or `text` what stands there. A figure that is
undefined has neither; the row of its reason says why.
"""

from collections.abc import Iterator
from typing import Any

from raters.exports.shape import Column, ExportRefused, Row, Task
from raters.models import StudyReport


def columns(task: Task) -> tuple[Column, ...]:
    return (Column("study"), Column("figure"), Column("number", "number"), Column("text"))


def rows(task: Task) -> Iterator[Row]:
    found = StudyReport.objects.filter(
        study=task.study, kind=StudyReport.Kind.RESULTS, state=StudyReport.State.MADE
    ).last()
    if found is None:
        raise ExportRefused("The figures are not computed yet: open the results page first.")
    for figure, value in _leaves("", found.figures):
        task.tally.rows += 1
        is_number = isinstance(value, int | float)
        yield {
            "study": task.study.code,
            "figure": figure,
            "number": float(value) if is_number else None,
            "text": value if isinstance(value, str) else "",
        }


def _leaves(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in pairs:
            yield from _leaves(f"{where}.{name}" if where else str(name), each)
    else:
        yield where, value

"""Questions that raters called broken, one row a flag: what to look at before the next study.

Kept apart from ratings, since who flags a question does not rate it.
"""

from collections.abc import Iterator
from typing import Any

from raters.exports.reading import pseudonyms
from raters.exports.shape import Column, Row, Task
from raters.models import Flag

COLUMNS = (
    Column("study"),
    Column("rater"),
    Column("is_simulated", "boolean"),
    Column("question"),
    Column("triple", "integer"),
    Column("kind"),
    Column("reason"),
    Column("comment"),
    Column("flagged_at"),
)


def columns(task: Task) -> tuple[Column, ...]:
    return COLUMNS


def rows(task: Task) -> Iterator[Row]:
    study, tally = task.study, task.tally
    names = pseudonyms(study)
    found: Any = Flag.objects.filter(assignment__study=study, at__lte=task.end).values_list(
        "assignment__triple__question__key",
        "assignment__triple__number",
        "assignment__rater_id",
        "at",
        "assignment__rater__is_simulated",
        "assignment__kind",
        "reason",
        "comment",
    )
    in_order = sorted((key, number, names[rater], *rest) for key, number, rater, *rest in found)
    for question, triple, rater, at, simulated, kind, reason, comment in in_order:
        tally.rows += 1
        tally.counts[reason] += 1
        cells = (study.code, rater, simulated, question, triple, kind, reason, comment)
        about = zip(COLUMNS, (*cells, at.isoformat()), strict=True)
        yield {column.name: cell for column, cell in about}

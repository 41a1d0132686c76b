"""Questions that raters called broken, one row a flag: what to look at before the next study.

Kept apart from ratings, since who flags a question does not rate it.
"""

from collections.abc import Iterator
from typing import Any

from raters.exports.reading import pseudonyms
from raters.exports.shape import Tally, Wishes, csv_line, json_line
from raters.models import Flag, Study

COLUMNS = (
    "study",
    "rater",
    "is_simulated",
    "question",
    "triple",
    "kind",
    "reason",
    "comment",
    "flagged_at",
)


def columns(study: Study) -> tuple[str, ...]:
    return COLUMNS


def csv_lines(study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    yield csv_line(COLUMNS)
    for row in _rows(study, tally):
        yield csv_line(row.values())


def jsonl_lines(study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    for row in _rows(study, tally):
        yield json_line(row)


def _rows(study: Study, tally: Tally) -> Iterator[dict[str, Any]]:
    names = pseudonyms(study)
    found: Any = Flag.objects.filter(assignment__study=study, at__lte=study.closed_at).values_list(
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
        yield dict(zip(COLUMNS, (*cells, at.isoformat()), strict=True))

"""What raters guessed at the end, one row a text: of which kind they thought its writer, and is.

Enough to compute the blinding index again. A rater who said nothing of a text did not know.
"""

from collections.abc import Iterator
from typing import Any

from raters.exports.reading import pseudonyms
from raters.exports.shape import Column, Row, Task
from raters.models import Exclusion, Guess, TripleRationale

COLUMNS = (
    Column("study"),
    Column("rater"),
    Column("is_simulated", "boolean"),
    Column("excluded"),
    Column("question"),
    Column("triple", "integer"),
    Column("slot"),
    Column("source"),
    Column("source_kind"),
    Column("guess"),
    Column("is_right", "boolean"),
    Column("guessed_at"),
)


def columns(task: Task) -> tuple[Column, ...]:
    return COLUMNS


def rows(task: Task) -> Iterator[Row]:
    """By question, triple, rater and slot; of "I do not know" `guess` is empty."""
    study, tally = task.study, task.tally
    names, rules = pseudonyms(study), Exclusion.objects.rules(study)
    found: Any = Guess.objects.filter(assignment__study=study, at__lte=task.end).values_list(
        "assignment__triple__question__key",
        "assignment__triple__number",
        "assignment__rater_id",
        "slot",
        "assignment__triple_id",
        "assignment__order",
        "kind",
        "at",
        "assignment__rater__is_simulated",
    )
    in_order = sorted(
        ((key, number, names[rater], slot), rater, *rest)
        for key, number, rater, slot, *rest in found
    )
    writers = _writers({triple for _, _, triple, *_ in in_order})
    for (question, number, name, slot), rater, triple, order, kind, at, simulated in in_order:
        source, is_by = writers[triple, int(order[slot])]
        tally.rows += 1
        tally.counts[kind or "do not know"] += 1
        right = kind == is_by if kind else None
        rule = rules.get(rater, "")
        about = (study.code, name, simulated, rule, question, number, f"A{slot + 1}")
        cells = (*about, source, is_by, kind, right, at.isoformat())
        yield {column.name: cell for column, cell in zip(COLUMNS, cells, strict=True)}


def _writers(triples: set[int]) -> dict[tuple[int, int], tuple[str, str]]:
    """Name and kind of the source at each position of these triples."""
    members = TripleRationale.objects.filter(triple__in=triples).order_by()
    found = members.values_list("triple", "position", "source__name", "source__kind")
    return {(triple, position): (name, kind) for triple, position, name, kind in found}

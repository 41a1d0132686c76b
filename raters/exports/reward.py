"""Pairs for a reward model, as TRL's RewardTrainer reads them: chosen, rejected, margin.

The pairs are those of dpo.py, each side whole: the prompt and what follows it. `margin` is the
log-odds that a rater prefers the chosen one.
"""

from collections.abc import Iterator

from raters.exports import dpo
from raters.exports.pairs import mark_column
from raters.exports.shape import Column, Row, Task


def columns(task: Task) -> tuple[Column, ...]:
    said = "messages" if task.wishes.conversational else "text"
    return (
        Column("chosen", said),  # type: ignore[arg-type]
        Column("rejected", said),  # type: ignore[arg-type]
        Column("margin", "number"),
        Column("probability", "number"),
        Column("raters", "integer"),
        Column("chosen_source"),
        Column("rejected_source"),
        Column("question"),
        *mark_column(task),
    )


def rows(task: Task) -> Iterator[Row]:
    for row in dpo.rows(task):
        yield {
            "chosen": row["prompt"] + row["chosen"],
            "rejected": row["prompt"] + row["rejected"],
            **{name: row[name] for name in (column.name for column in columns(task)[2:])},
        }

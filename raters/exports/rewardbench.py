"""Pairs as RewardBench has them: does a reward model prefer what raters preferred?

The prompt is the bare question and the texts are those that raters saw, since those were judged.
`chosen_model` and `rejected_model` are sources; `subset` is the question set.
"""

from collections.abc import Iterator

from raters.exports.pairs import asked_questions, mark_column
from raters.exports.shape import Column, Row, Task


def columns(task: Task) -> tuple[Column, ...]:
    return (
        Column("prompt"),
        Column("chosen"),
        Column("rejected"),
        Column("chosen_model"),
        Column("rejected_model"),
        Column("subset"),
        Column("id", "integer"),
        Column("question"),
        *mark_column(task),
    )


def rows(task: Task) -> Iterator[Row]:
    subset = task.study.question_set.name
    for asked in asked_questions(task):
        for pair in asked.pairs:
            task.tally.rows += 1
            chosen, rejected = asked.members[pair.chosen], asked.members[pair.rejected]
            yield {
                "prompt": asked.plain(),
                "chosen": chosen.shown,
                "rejected": rejected.shown,
                "chosen_model": chosen.source,
                "rejected_model": rejected.source,
                "subset": subset,
                "id": task.tally.rows,
                "question": asked.key,
                **asked.mark,
            }

"""Single rationales that raters liked or did not, as TRL's KTOTrainer reads them.

The rule: `label` is true for an undefeated rationale (standing.py), false for a defeated one. One
that was chosen over some and rejected for others has no row, and is counted; so is one of a pair
that is less sure than wished.
"""

from collections.abc import Iterator

from raters.exports.pairs import (
    asked_questions,
    completion,
    is_label_sure,
    mark_column,
    member_style,
    said_by,
)
from raters.exports.shape import Column, Row, Task
from raters.exports.standing import standings

BETWEEN = "rationales chosen over some and rejected for others"


def columns(task: Task) -> tuple[Column, ...]:
    said = "messages" if task.wishes.conversational else "text"
    return (
        Column("prompt", said),  # type: ignore[arg-type]
        Column("completion", said),  # type: ignore[arg-type]
        Column("label", "boolean"),
        Column("completion_shown"),
        Column("source"),
        Column("question"),
        Column("chosen_over", "integer"),
        Column("rejected_for", "integer"),
        Column("least_margin", "number"),
        *mark_column(task),
    )


def rows(task: Task) -> Iterator[Row]:
    for asked in asked_questions(task):
        for name, standing in standings(asked.all_pairs).items():
            if not standing.is_undefeated and not standing.is_defeated:
                task.tally.counts[BETWEEN] += 1
                continue
            if not is_label_sure(standing, task):
                continue
            member = asked.members[name]
            prompt = asked.prompt(member_style(member, asked.fits, task))
            talks = task.wishes.conversational
            task.tally.rows += 1
            yield {
                "prompt": said_by("user", asked.plain()) if talks else prompt,
                "completion": said_by("assistant", member.text)
                if talks
                else completion(prompt, member.text),
                "label": standing.is_undefeated,
                "completion_shown": member.shown,
                "source": member.source,
                "question": asked.key,
                "chosen_over": len(standing.chosen),
                "rejected_for": len(standing.rejected),
                "least_margin": standing.least_margin,
                **asked.mark,
            }

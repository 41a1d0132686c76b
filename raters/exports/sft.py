"""The best-rated rationale of each question, as TRL's SFTTrainer reads it: prompt, completion.

The rule: the undefeated rationale that beats the most others, by the larger least margin where two
beat as many (standing.py); where they are equal in that too, or where one of its pairs is less sure
than wished, the question has no row.
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
from raters.exports.standing import best, standings

NO_BEST = "questions without one best rationale"


def columns(task: Task) -> tuple[Column, ...]:
    said = "messages" if task.wishes.conversational else "text"
    return (
        Column("prompt", said),  # type: ignore[arg-type]
        Column("completion", said),  # type: ignore[arg-type]
        Column("completion_shown"),
        Column("source"),
        Column("question"),
        Column("beats", "integer"),
        Column("least_margin", "number"),
        *mark_column(task),
    )


def rows(task: Task) -> Iterator[Row]:
    for asked in asked_questions(task):
        found = standings(asked.all_pairs)
        name = best(found)
        if name is None:
            task.tally.counts[NO_BEST] += 1
            continue
        if not is_label_sure(found[name], task):
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
            "completion_shown": member.shown,
            "source": member.source,
            "question": asked.key,
            "beats": len(found[name].chosen),
            "least_margin": found[name].least_margin,
            **asked.mark,
        }

"""Preference pairs for direct preference optimisation: prompt, chosen, rejected.

`prompt + chosen` is the sequence as the sources were asked and answered: the prompt is in the
format in which both were asked and holds no hint, the texts are the generated ones. What raters
saw, normalised, stands beside in `chosen_shown` and `rejected_shown`. On request the three are
conversations: the bare question by the user, the rationale by the assistant.
"""

from collections.abc import Iterator

from raters.exports.pairs import (
    Asked,
    asked_questions,
    completion,
    mark_column,
    pair_style,
    said_by,
)
from raters.exports.shape import Column, Row, Task
from raters.preferences import Pair

COUNTS = (
    Column("wins", "integer"),
    Column("ties", "integer"),
    Column("losses", "integer"),
    Column("raters", "integer"),
    Column("probability", "number"),
    Column("margin", "number"),
)


def columns(task: Task) -> tuple[Column, ...]:
    said = "messages" if task.wishes.conversational else "text"
    return (
        Column("prompt", said),  # type: ignore[arg-type]
        Column("chosen", said),  # type: ignore[arg-type]
        Column("rejected", said),  # type: ignore[arg-type]
        Column("chosen_shown"),
        Column("rejected_shown"),
        Column("chosen_source"),
        Column("rejected_source"),
        Column("question"),
        *COUNTS,
        Column("rater"),
        Column("weight", "number"),
        *mark_column(task),
    )


def rows(task: Task) -> Iterator[Row]:
    for asked in asked_questions(task):
        prompts: dict[str, str] = {}
        for pair in asked.pairs:
            task.tally.rows += 1
            yield _row(asked, pair, task, prompts)


def _row(asked: Asked, pair: Pair, task: Task, prompts: dict[str, str]) -> Row:
    chosen, rejected = asked.members[pair.chosen], asked.members[pair.rejected]
    style = pair_style(chosen, rejected, asked.fits, task)
    if style not in prompts:
        prompts[style] = asked.prompt(style)
    prompt = prompts[style]
    said: tuple[object, object, object]
    if task.wishes.conversational:
        sides = (said_by("assistant", each.text) for each in (chosen, rejected))
        said = (said_by("user", asked.plain()), *sides)  # type: ignore[assignment]
    else:
        said = (prompt, completion(prompt, chosen.text), completion(prompt, rejected.text))
    return {
        "prompt": said[0],
        "chosen": said[1],
        "rejected": said[2],
        "chosen_shown": chosen.shown,
        "rejected_shown": rejected.shown,
        "chosen_source": chosen.source,
        "rejected_source": rejected.source,
        "question": asked.key,
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
        "raters": pair.raters,
        "probability": pair.probability,
        "margin": pair.margin,
        "rater": pair.rater,
        "weight": pair.weight,
        **asked.mark,
    }

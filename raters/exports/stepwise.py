"""Step marks as training data for a process reward model: prompt, completions, labels.

One row a rationale that was marked, its raters taken together. A rater's marks end at the first
error, so whoever found one says nothing about the steps after it. A step is wrong where more than
half of the raters who came as far as to judge it called it wrong; the row ends there, like the
marks. Simulated raters rehearse: their ratings make no row, unless that is wished.
"""

from collections.abc import Iterator

from generation.answers import read_choices
from generation.prompts import prompt_for_export, style_for
from raters.exports.pairs import completion, is_taken, mark_column, row_mark
from raters.exports.ratings import first_error
from raters.exports.reading import Given, Member, RatedTriple, rated_triples
from raters.exports.shape import Column, Row, Tally, Task
from raters.exports.splits import split_of

COLUMNS = (
    Column("prompt"),
    Column("completions", "texts"),
    Column("labels", "booleans"),
    Column("marks", "integers"),
    Column("called_wrong", "integers"),
    Column("called_neutral", "integers"),
    Column("called_right", "integers"),
    Column("first_error", "integer"),
    Column("steps", "integer"),
    Column("source"),
    Column("question"),
    Column("triple", "integer"),
    Column("raters", "integer"),
)
Marks = list[int | None]


def columns(task: Task) -> tuple[Column, ...]:
    return (*COLUMNS, *mark_column(task))


def rows(task: Task) -> Iterator[Row]:
    split, tally = split_of(task), task.tally
    for triple in rated_triples(task):
        if task.wishes.split and split.get(triple.question) != task.wishes.split:
            continue
        counted = [one for one in triple.ratings if one.stands and one.step_marks]
        taken = [one for one in counted if is_taken(one.is_simulated, task)]
        said = _said(triple, taken)
        mark = row_mark(any(one.is_simulated for one in taken), task.wishes)
        for position, member in enumerate(triple.members):
            if said[position]:
                tally.rows += 1
                yield _row(triple, member, said[position], tally) | mark


def _said(triple: RatedTriple[Given], taken: list[Given]) -> list[list[Marks]]:
    """For every rationale of the triple the marks of its raters."""
    found: list[list[Marks]] = [[] for _ in triple.members]
    for rating in taken:
        for position, marks in zip(rating.order, rating.step_marks, strict=True):
            found[position].append(marks)
    return found


def _row(triple: RatedTriple[Given], member: Member, said: list[Marks], tally: Tally) -> Row:
    choices = read_choices(triple.choices)
    style = member.style or style_for(choices)
    tally.prompt_styles[style] += 1
    prompt = prompt_for_export(triple.question_text, choices, style=style)
    steps = member.shown.splitlines()
    judged = _judged(said, len(steps))
    completions = [completion(prompt, steps[0]), *steps[1 : len(judged)]] if steps else []
    marks = [mark for mark, *_ in judged]
    return {
        "prompt": prompt,
        "completions": completions,
        "labels": [mark >= 0 for mark in marks],
        "marks": marks,
        "called_wrong": [wrong for _, wrong, _, _ in judged],
        "called_neutral": [neutral for _, _, neutral, _ in judged],
        "called_right": [right for _, _, _, right in judged],
        "first_error": first_error(marks),
        "steps": len(steps),
        "source": member.source,
        "question": triple.question,
        "triple": triple.number,
        "raters": len(said),
    }


def _judged(said: list[Marks], steps: int) -> list[tuple[int, int, int, int]]:
    """Mark, and how many called it wrong, neutral, right, of each step to the first wrong one.

    A step that was left without a mark before the first error, or under "no errors", was read and
    let pass: it counts as right. A tie between neutral and right is right.
    """
    found = []
    for step in range(steps):
        marks = [one[step] if step < len(one) else 1 for one in said if -1 not in one[:step]]
        wrong, neutral = marks.count(-1), marks.count(0)
        right = len(marks) - wrong - neutral
        mark = -1 if wrong > right + neutral else 0 if neutral > right else 1
        found.append((mark, wrong, neutral, right))
        if mark < 0:
            break
    return found

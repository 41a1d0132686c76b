"""Which answer a rationale states, and whether it is the gold one: a value, or a reason.

Pure. Never sees who wrote a text, nor any mark of correctness that came with it. Numbers are in
`number`, choices in `choice`, where an answer stands in a text in `statement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from generation.answers.choice import Choice, named_choice, read_choices
from generation.answers.number import normalise_number, same_answer
from generation.answers.statement import Extraction, extract

__all__ = [
    "DECLARED_GOLD",
    "Choice",
    "Extraction",
    "Judgement",
    "display_answer",
    "extract",
    "judge",
    "named_choice",
    "normalise_number",
    "read_choices",
    "same_answer",
]

# What an import says of texts that were written for the gold answer without stating it (CoS-E).
# Not a word that could be a choice: "gold" is one, of real questions.
DECLARED_GOLD = "<gold>"

Verdict = Literal["right", "wrong", "unparsed", "declared"]


@dataclass(frozen=True)
class Judgement:
    """A verdict, the answer that it rests on and why it is not right; "" where there is none."""

    verdict: Verdict
    answer: str
    reason: str


def judge(
    text: str,
    *,
    gold_answer: str,
    choices: Sequence[Choice] = (),
    declared_answer: str | None = None,
) -> Judgement:
    """The verdict on a rationale. What a text states counts before what its file declares of it.

    For a text with a declared answer only an explicit statement is read: an explanation that was
    written for a known answer ends in any words whatever.
    """
    stated = extract(text, choices, explicit_only=declared_answer is not None)
    if stated.answer is not None:
        return _compared(stated.answer, gold_answer, "right", "states")
    if declared_answer is None:
        return Judgement("unparsed", "", stated.reason)
    if declared_answer == DECLARED_GOLD:
        return Judgement("declared", gold_answer, "")
    declared = (
        named_choice(declared_answer, choices) if choices else normalise_number(declared_answer)
    )
    if declared is None:
        kind = "one of the choices" if choices else "a number"
        return Judgement(
            "unparsed", "", f"declared for '{declared_answer[:60]}', which is not {kind}"
        )
    return _compared(declared, gold_answer, "declared", "declared for")


def _compared(answer: str, gold: str, if_same: Verdict, how: str) -> Judgement:
    if same_answer(answer, gold):
        return Judgement(if_same, answer, "")
    return Judgement("wrong", answer, f"{how} {answer[:60]}, the gold answer is {gold[:60]}")


def display_answer(answer: str, choices: Sequence[Choice]) -> str:
    """An answer for people: "water (c)" for a choice, the number as it is otherwise."""
    for choice in choices:
        if choice.label == answer:
            return f"{choice.text} ({choice.label.lower()})"
    return answer

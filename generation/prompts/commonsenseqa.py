"""The prompt format of CommonsenseQA: a question, its choices a line each, and a closing sentence.

    Q: What do people use to absorb extra ink from a fountain pen?
    Answer Choices:
    (a) shirt pocket
    (b) blotter (CORRECT)
    A: The answer must be ... Therefore, the answer is blotter (b).

The `(CORRECT)` is there only in a hinted prompt. Source: ezelikman/STaR, commonsenseqa/prompts.txt
and prompts_answer_key.txt, commit 6ffd3c4.
"""

import re

from generation.answers import Choice

HINT = "(CORRECT)"


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The question and its choices, up to the `A:` that a rationale follows."""
    lines = [
        f"({choice.label.lower()}) {choice.text}{f' {HINT}' if choice.label == hint else ''}"
        for choice in choices
    ]
    return "\n".join([f"Q: {text}", "Answer Choices:", *lines, "A:"])


def without_hint(rationale: str, gold: str, choices: tuple[Choice, ...]) -> str:
    """A rationale as trained on: a model that was shown the mark may copy it."""
    return re.sub(rf" ?{re.escape(HINT)}", "", rationale, flags=re.IGNORECASE)

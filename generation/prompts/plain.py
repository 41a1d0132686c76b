"""Questions as one asks a chat model: plain words, no few-shot format, how to end the answer.

Ours, for sources that were tuned to follow instructions. Ends in a request for the sentence that
`generation.answers` reads.
"""

import re

from generation.answers import Choice, display_answer


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The question, its choices, and what to do; with the gold answer where it is a hint."""
    lines = [f"({choice.label.lower()}) {choice.text}" for choice in choices]
    known = [] if hint is None else [_hint_line(hint, choices)]
    end = "the answer is ... (x)." if choices else "the answer is <number>."
    how = f'Reason step by step, and end with the sentence "Therefore, {end}"'
    return "\n".join([text, *lines, *known, how])


def without_hint(rationale: str, gold: str, choices: tuple[Choice, ...]) -> str:
    """A rationale as trained on: without a copied hint line, or a start that gives it away.

    A rationale that says nothing else, or ends in these words, keeps them: they state its answer.
    """
    line = _hint_line(gold, choices)
    known = re.escape(line.removeprefix("(").removesuffix(" Explain why.)"))
    kept = rationale.replace(line, "").strip()
    return re.sub(rf"\A(?:\(?{known}(?: Explain why\.)?\)?\s+)+(?=\S)", "", kept)


def _hint_line(hint: str, choices: tuple[Choice, ...]) -> str:
    return f"(The correct answer is {display_answer(hint, choices)}. Explain why.)"

"""Prompts for word problems: `Q: ...`, a line break, `A: ...`; a blank line between examples.

A rationale is one line of several sentences that ends in `The answer is 13.`; the line break ends
it, so `STOP` is all that a sampler needs. The examples are our own writing and no problem of the
generator. `few_shot` and `zero_shot` are what `render_prompt` gives for this style: the tiny models
are trained and measured with the very prompts that they are asked with.
"""

import re
from pathlib import Path

from generation.answers import Choice
from generation.prompts import gsm8k

STOP = ("\n",)

# The worked examples as they are sent: one file for training, measuring and asking.
EXAMPLES = Path(__file__).with_name("word-problems.txt").read_text("utf-8").strip()


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The question, up to the `A:` that a rationale follows."""
    return gsm8k.ask(text, choices, hint)


def without_hint(rationale: str, gold: str, choices: tuple[Choice, ...]) -> str:
    """A rationale as trained on: the hint is that of GSM8K."""
    return gsm8k.without_hint(rationale, gold, choices)


def zero_shot(question: str) -> str:
    return ask(question, (), None)


def few_shot(question: str) -> str:
    return f"{EXAMPLES}\n\n{zero_shot(question)}"


def stated_answer(rationale: str) -> str | None:
    """The answer that the closing sentence of this format states."""
    found = re.search(r"The answer is (\d+)\.?\s*$", rationale)
    return found.group(1) if found else None

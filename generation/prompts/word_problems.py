"""Prompts for word problems: `Q: ...`, a line break, `A: ...`; a blank line between examples.

A rationale is one line of several sentences that ends in `The answer is 13.`; the line break ends
it, so `STOP` is all that a sampler needs. The hint is the number alone. Training text never holds
it. The examples are our own writing and no problem of the generator.
"""

import re

from generation.answers import Choice
from generation.prompts import gsm8k

STOP = ("\n",)

EXAMPLES: tuple[tuple[str, str, str], ...] = (
    (
        "Eva has 23 coins. She finds 9 at the park. She gives 14 to Max. "
        "How many coins does Eva have now?",
        "With the 9 at the park she has 23 + 9 = 32 coins. "
        "Without the 14 for Max she has 32 - 14 = 18 coins. The answer is 18.",
        "18",
    ),
    (
        "Max has 60 dollars. He buys 4 caps at 7 dollars each. He spends 15 dollars on books. "
        "How many dollars does Max have left?",
        "The caps cost 4 * 7 = 28. After the caps he has 60 - 28 = 32 dollars. "
        "After the books he has 32 - 15 = 17 dollars. The answer is 17.",
        "17",
    ),
)


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The question, up to the `A:` that a rationale follows."""
    return gsm8k.ask(text, choices, hint)


def without_hint(rationale: str) -> str:
    """A rationale as trained on: here the hint stands in the question alone."""
    return rationale


def zero_shot(question: str) -> str:
    return f"Q: {question}\nA:"


def few_shot(question: str) -> str:
    shots = [training_text(asked, rationale) for asked, rationale, _ in EXAMPLES]
    return "\n\n".join([*shots, zero_shot(question)])


def hinted(question: str, gold_answer: str) -> str:
    """The few-shot prompt for a rationalization: every question has its answer behind it."""
    shots = [f"Q: {asked} ({gold})\nA: {rationale}" for asked, rationale, gold in EXAMPLES]
    return "\n\n".join([*shots, f"Q: {question} ({gold_answer})\nA:"])


def training_text(question: str, rationale: str) -> str:
    """What is trained on: the question and a rationale, and no hint."""
    return f"Q: {question}\nA: {rationale.strip()}"


def stated_answer(rationale: str) -> str | None:
    """The answer that the closing sentence of this format states."""
    found = re.search(r"The answer is (\d+)\.?\s*$", rationale)
    return found.group(1) if found else None

"""The prompt format of GSM8K: a question, its steps, and the number after `####`.

    Q: Natalia sold clips to 48 of her friends in April, ... in April and May? (72)
    A: Natalia sold 48/2 = <<48/2=24>>24 clips in May.
    Natalia sold 48+24 = <<48+24=72>>72 clips altogether in April and May.
    #### 72

The `(72)` is there only in a hinted prompt. Source: ezelikman/STaR, gsm/prompts.txt and
gsm/prompts_answer_key.txt, commit 6ffd3c4; their code pastes the whole human solution as the hint,
their examples (and we) the number alone.
"""

import re

from generation.answers import Choice


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The question, up to the `A:` that a rationale follows."""
    shown = f"{text} ({hint})" if hint is not None else text
    return f"Q: {shown}\nA:"


def without_hint(rationale: str, gold: str, choices: tuple[Choice, ...]) -> str:
    """A rationale as trained on: a model that was shown `(72)` may copy it, at the start or after a
    sentence. Elsewhere it is a piece of a sum."""
    hint = rf"\({re.escape(gold)}\)"
    begun = re.sub(rf"\A(?:{hint}\s*)+", "", rationale)
    return re.sub(rf"(?<=[.?!])(?:\s*{hint})+(?=\s|\Z)", "", begun)

"""The prompt format of n-digit addition: two numbers, digit by digit, then a scratchpad.

    Input:
    9 6 4 + 4 9 4 (1 4 5 8)
    Target:
    <scratch>
    ...
    </scratch>
    1 4 5 8

The `(1 4 5 8)` is there only in a hinted prompt. What stands in the scratchpad is for
`generation.datasets.addition` to say. Noted from the STaR paper; the hint's form is ours.
"""

import re

from generation.answers import Choice

GAP = "\n"
STOP = ("\n\n", "\nInput:")


def ask(text: str, choices: tuple[Choice, ...], hint: str | None) -> str:
    """The sum, up to the `Target:` that a scratchpad follows."""
    shown = f"{text} ({' '.join(hint)})" if hint is not None else text
    return f"Input:\n{shown}\nTarget:"


def without_hint(rationale: str, gold: str, choices: tuple[Choice, ...]) -> str:
    """A rationale as trained on: a scratchpad has no brackets but those that a model copied."""
    return re.sub(rf" ?\({' ?'.join(map(re.escape, gold))}\)", "", rationale).strip()

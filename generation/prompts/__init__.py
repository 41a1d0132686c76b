"""Prompts as text: a question rendered for a model, few-shot or not, hinted or not.

Formats are a module each. Worked examples lie beside them as the very text that is sent
(`gsm8k.txt`, `commonsenseqa.txt`, ...; ours), and `read_examples` reads any file in those formats,
the STaR authors' own too. Pure: knows no model, tokenizer or database.

What is trained on (`training_text`) has no hint and no examples, whatever the prompt had.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

from generation.answers import Choice, extract
from generation.prompts import addition, commonsenseqa, gsm8k, plain, word_problems

_FORMATS: dict[str, ModuleType] = {
    "gsm8k": gsm8k,
    "commonsenseqa": commonsenseqa,
    "plain": plain,
    "word-problems": word_problems,
    "addition": addition,
    "addition-columns": addition,
}
STYLES = tuple(_FORMATS)

# A model that goes on after its answer writes the next question: generation stops there.
STOP = "\nQ:"


class Asked(Protocol):
    """A question as this module needs it: `QuestionItem` is one."""

    @property
    def text(self) -> str: ...
    @property
    def choices(self) -> tuple[Choice, ...]: ...
    @property
    def gold_answer(self) -> str: ...


@dataclass(frozen=True)
class Example:
    """A worked example: a question and a rationale that ends in its gold answer."""

    text: str
    choices: tuple[Choice, ...]
    gold_answer: str
    rationale: str


def render_prompt(
    item: Asked, *, style: str, examples: Sequence[Example] = (), hint: bool = False
) -> str:
    """What a model is sent: the examples, a blank line between any two, then the question.

    With `hint` every question shows its gold answer, the examples' too, as in the paper.
    """
    ask = _ask(style)
    worked = [
        f"{ask(e.text, e.choices, e.gold_answer if hint else None)}{_gap(style)}{e.rationale}"
        for e in examples
    ]
    asked = ask(item.text, tuple(item.choices), item.gold_answer if hint else None)
    return "\n\n".join([*worked, asked])


def training_text(item: Asked, rationale: str, *, style: str) -> str:
    """The hint-free question with a rationale for it, as a model is fine-tuned on it."""
    return "".join(completion_for_training(item, rationale, style=style))


def completion_for_training(item: Asked, rationale: str, *, style: str) -> tuple[str, str]:
    """The same in two: what is asked, and what a model is to learn to write."""
    choices = tuple(item.choices)
    kept = _FORMATS[style].without_hint(rationale.strip(), item.gold_answer, choices)
    return _ask(style)(item.text, choices, None), f"{_gap(style)}{kept}"


def prompt_for_export(text: str, choices: Sequence[Choice], *, style: str = "") -> str:
    """The hint-free question as sources of this style were asked, without examples: the DPO prompt.

    "" stands for the style that fits the question.
    """
    return _ask(style or style_for(choices))(text, tuple(choices), None)


def style_for(choices: Sequence[Choice]) -> str:
    """The few-shot format that fits a question."""
    return "commonsenseqa" if choices else "gsm8k"


def stops(style: str) -> tuple[str, ...]:
    """What ends a rationale in a style; "" stands for any style that fits a question."""
    found: tuple[str, ...] = getattr(_FORMATS.get(style), "STOP", (STOP,))
    return found


def prompt_hash(text: str) -> str:
    """The SHA-256 of a prompt, by which a batch says what it was generated from."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def few_shot_examples(style: str) -> tuple[Example, ...]:
    """The worked examples that we ship for a style; none for "plain"."""
    _ask(style)
    file = Path(__file__).with_name(f"{style}.txt")
    return read_examples(file.read_text("utf-8")) if file.exists() else ()


_BLOCK = re.compile(
    r"Q: (?P<text>[^\n]*)\n(?:Answer Choices:\n(?P<choices>(?:\([a-z]\) [^\n]*\n)*))?"
    r"A: (?P<rationale>.*)"
    r"|Input:\n(?P<sum>[^\n]*)\nTarget:\n(?P<scratchpad>.*)",
    re.DOTALL,
)
_CHOICE = re.compile(r"\(([a-z])\) ([^\n]*)")


def read_examples(prompts: str) -> tuple[Example, ...]:
    """The worked examples of a hint-free few-shot prompt; a blank line parts them."""
    return tuple(_example(block) for block in re.split(r"\n\n+(?=Q: |Input:\n)", prompts.strip()))


def _example(block: str) -> Example:
    parts = _BLOCK.fullmatch(block)
    if parts is None:
        raise ValueError(f"not an example: {block[:60]!r}; write 'Q: ...', then 'A: ...'")
    choices = tuple(
        Choice(label.upper(), text) for label, text in _CHOICE.findall(parts["choices"] or "")
    )
    text, rationale = parts["text"] or parts["sum"] or "", parts["rationale"] or parts["scratchpad"]
    found = extract(rationale, choices)
    if found.answer is None:
        raise ValueError(f"the example {text[:60]!r} {found.reason}")
    return Example(text, choices, found.answer, rationale)


def _gap(style: str) -> str:
    """What stands between a question and its rationale."""
    return getattr(_FORMATS[style], "GAP", " ")


def _ask(style: str) -> Callable[[str, tuple[Choice, ...], str | None], str]:
    if style not in _FORMATS:
        raise ValueError(f"style '{style}' is unknown; use one of {', '.join(STYLES)}")
    ask: Callable[[str, tuple[Choice, ...], str | None], str] = _FORMATS[style].ask
    return ask

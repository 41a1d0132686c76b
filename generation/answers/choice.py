"""Choices of a multiple-choice question, and which of them a piece of text names.

Knows labels and choice texts. Knows nothing of where in a text an answer stands (see `statement`).
Where a label and a text disagree ("ice (c)", and (c) is water) the label counts, as in STaR's own
grading (ezelikman/STaR, commit 6ffd3c4, which reads the letter alone).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    """One offered answer: an upper-case label ("A" to "Z") and its text."""

    label: str
    text: str


def read_choices(stored: Iterable[Mapping[str, str]]) -> tuple[Choice, ...]:
    """The choices as a question's row keeps them: a mapping of `label` and `text` each."""
    return tuple([Choice(each["label"], each["text"]) for each in stored])


_LABEL = re.compile(r"\(([A-Za-z])\)")
_LEAD_IN = re.compile(r"(?:[\s\"'“‘:*]|(?:that|option|choice|letter)\s){0,6}", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:an?|the|to)\s+", re.IGNORECASE)
# What may follow a choice for it to be the whole of what is named: not "water-based paint".
_ENDS = re.compile(
    r"\s{0,5}(?:$|[.,;:!?)\]\"'”’(]|\s[-–—]\s|—"
    r"|\b(?:because|since|as|for|which|due|so|not|but|rather|instead)\b)",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:because|since|as opposed|rather than|instead of|(?:and|but)?\s?not)\b", re.IGNORECASE
)


def named_choice(text: str, choices: Sequence[Choice]) -> str | None:
    """The label of the choice that a whole text names: "c", "(c)", "water", "water (c)"."""
    plain = " ".join(text.split()).strip("*.").casefold()
    by_label = [c for c in choices if plain.strip("()") == c.label.casefold()]
    by_text = [c for c in choices if plain == " ".join(c.text.split()).strip("*.").casefold()]
    by_both = [c for c in choices if plain in _both(c)]
    named = {choice.label for choice in by_label + by_text + by_both}
    return named.pop() if len(named) == 1 else None


def _both(choice: Choice) -> tuple[str, ...]:
    label, text = choice.label.casefold(), " ".join(choice.text.split()).casefold()
    return f"{text} ({label})", f"({label}) {text}", f"{label}. {text}", f"{label}) {text}"


def choices_named_first(clause: str, choices: Sequence[Choice]) -> set[str]:
    """The labels of the choices that a clause names: none, one, or several where it is unclear."""
    marked = _labels_in(clause, choices)
    if len(marked) > 1:
        marked = _labels_in(_TURN.split(clause)[0], choices) or marked
    if marked:
        return marked
    clause = clause[_LEAD_IN.match(clause).end() :]  # type: ignore[union-attr]  # matches ""
    return _bare_label(clause, choices) or _texts_at_start(clause, choices)


def _labels_in(clause: str, choices: Sequence[Choice]) -> set[str]:
    return {label.upper() for label in _LABEL.findall(clause)} & {c.label for c in choices}


def _bare_label(clause: str, choices: Sequence[Choice]) -> set[str]:
    label = clause[:1].upper()
    known = any(choice.label == label for choice in choices)
    return {label} if known and _ENDS.match(clause, 1) else set()


def _texts_at_start(clause: str, choices: Sequence[Choice]) -> set[str]:
    """The longest choice text that the clause begins with, articles aside."""
    clause = _without_article(" ".join(clause.split()))
    longest, named = 0, set[str]()
    for choice in choices:
        text = _without_article(" ".join(choice.text.split()))
        if not text or not clause.startswith(text) or not _ENDS.match(clause, len(text)):
            continue
        if len(text) > longest:
            longest, named = len(text), set()
        if len(text) == longest:
            named.add(choice.label)
    return named


def _without_article(text: str) -> str:
    return _ARTICLE.sub("", text.casefold(), count=1) if _ARTICLE.match(text) else text.casefold()

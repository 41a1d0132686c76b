"""What every data set becomes: questions, rationales, and lines that could not be read.

Pure values. Knows nothing of any file format (a module each), of the database, or of verdicts.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from generation.answers import DECLARED_GOLD, Choice

__all__ = ["DECLARED_GOLD", "BadLine", "Choice", "QuestionItem", "RationaleItem", "question_key"]


@dataclass(frozen=True)
class QuestionItem:
    """A question with its reference answer.

    `key` is the file's own id, else `question_key`. `gold_answer` is the label ("C") where there
    are choices, else a number in normal form ("1200", "0.5", "-3"). `solution` is the human
    solution that a data set keeps behind the answer, or "": never for a rater's eyes.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]
    gold_answer: str
    solution: str
    line: int


@dataclass(frozen=True)
class RationaleItem:
    """A text by a source, for a question that is named by key or by text, or carried whole.

    `declared_answer` is what the file says the text argues for: a label, a number, the words of a
    choice, `DECLARED_GOLD`, or None where the file says nothing.
    """

    source: str
    text: str
    declared_answer: str | None
    question_key: str | None
    question_text: str | None
    question: QuestionItem | None
    line: int


@dataclass(frozen=True)
class BadLine:
    """A line that gives nothing: which one, and why, with what to do about it."""

    line: int
    reason: str


def question_key(text: str, choices: Sequence[Choice]) -> str:
    """A name for a question that its file does not name: the same words give the same key."""
    content = json.dumps([text, [list(choice) for choice in choices]], ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()[:32]

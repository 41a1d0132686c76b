"""Choices of a multiple-choice question, and which of them a piece of text names.

Knows labels and choice texts. Knows nothing of where in a text an answer stands (see `statement`).
"""

from typing import NamedTuple


class Choice(NamedTuple):
    """One offered answer: an upper-case label ("A" to "Z") and its text."""

    label: str
    text: str

"""One form for all rationales (signatures first, rules follow)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Normalised:
    """The text to show, and the names of the changes made to it."""

    text: str
    changes: tuple[str, ...]


def normalise(text: str, *, gold_display: str = "", choices: Sequence[str] = ()) -> Normalised:
    """`text` in the one form that all sources share."""
    raise NotImplementedError

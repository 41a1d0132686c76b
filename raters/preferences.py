"""Ratings become preferences: chosen and rejected (signatures first, rules follow)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Judged:
    """One submitted rating as plain values; `rationales` and `texts` in the triple's own order."""

    rating: str
    rater: str
    triple: str
    question: str
    outcome: Literal["pick", "tie", "none"]
    picked: int | None
    rationales: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Raters prefer `chosen` to `rejected` (rationale ids)."""

    question: str
    triple: str
    chosen: str
    rejected: str
    wins: int
    ties: int
    losses: int
    raters: int
    probability: float
    margin: float
    rater: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """`dropped` says why the others gave no pair; `broken` are the pairs that closed a cycle."""

    pairs: tuple[Pair, ...]
    dropped: tuple[tuple[str, int], ...]
    broken: tuple[Pair, ...]


def pairs(judged: Iterable[Judged], *, threshold: float = 0.5, per_rater: bool = False) -> Pairs:
    """The preferences in these ratings."""
    raise NotImplementedError

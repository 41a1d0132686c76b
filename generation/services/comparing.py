"""Two sources on one question, step beside step. Writes nothing; does not know who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from generation.models import Question, Rationale, Source
from generation.steps import split_steps


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of the comparison: the same step of both, or what one has and the other has not."""

    left: str
    right: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Compared:
    left: Rationale | None
    right: Rationale | None
    rows: tuple[Beside, ...]


def sources_compare(*, question: Question, left: Source, right: Source) -> Compared:
    """The first sample of each without a hint, newest batch first."""
    first, second = (_first(question, source) for source in (left, right))
    steps = [_lines(each.text) if each else [] for each in (first, second)]
    return Compared(first, second, tuple(beside(*steps)))


def _first(question: Question, source: Source) -> Rationale | None:
    plain = Rationale.objects.filter(question=question, source=source, hinted=False)
    return plain.order_by("-batch", "sample_index").first()


def _lines(text: str) -> list[str]:
    """Its steps, and what they lead to; all of its lines where it has no step."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 else [step.text for step in split_steps(text)] or lines


def beside(left: Sequence[str], right: Sequence[str]) -> list[Beside]:
    rows: list[Beside] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [Beside(step, step, True) for step in left[a:b]]
            continue
        for n in range(max(b - a, d - c)):
            rows.append(
                Beside(left[a + n] if a + n < b else "", right[c + n] if c + n < d else "", False)
            )
    return rows

"""What raters said of single rationales: reasons, step marks, scores; by source, with intervals.

Knows which ratings count (counted.py) and who stood in which slot; `said_in` knows rows alone, from
the tables or from an export. A study that asks for none of it costs no query.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from raters.exports.ratings import first_error
from raters.exports.reading import pseudonyms
from raters.models import Study
from raters.services.results.counted import counting
from raters.services.results.scales import scale_mean
from raters.statistics import Estimate, crossed, share


@dataclass(frozen=True, slots=True)
class ReasonCounts:
    """How often a reason was given to each source, and in which share of the ratings."""

    name: str
    counts: tuple[int, ...]
    shares: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class SourceMarks:
    """`first_errors[s]` counts the rationales whose first error is step s + 1, rating by rating."""

    source: str
    marked: int
    free_of_errors: Estimate
    first_errors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CriterionMeans:
    """Averages, and beside them what they are for raters and questions like these."""

    name: str
    points: int
    averages: tuple[float | None, ...]
    means: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Annotations:
    reasons: tuple[ReasonCounts, ...]
    marks: tuple[SourceMarks, ...]
    scores: tuple[CriterionMeans, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the study asks for beside the answer, as its columns have it."""

    reasons: list[dict[str, str]]
    step_marks: bool
    criteria: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """What one rating says beside its answer, by slot; names as an export has them."""

    rater: str
    question: str
    order: tuple[int, ...]
    reasons: list[tuple[int, str]]
    marks: list[list[int | None]]
    scores: list[list[int]]


def annotations(study: Study, names: tuple[str, ...]) -> Annotations:
    asked = Asked(study.reasons, study.asks_step_marks, study.criteria)
    if not (asked.reasons or asked.step_marks or asked.criteria):
        return Annotations((), (), ())
    known_as = pseudonyms(study)
    rows = [
        Said(known_as[rater], question, tuple(map(int, order)), *said)
        for rater, question, order, *said in counting(study)
        .order_by("pk")
        .values_list(
            "assignment__rater_id",
            "assignment__triple__question__key",
            "assignment__order",
            "reasons",
            "step_marks",
            "scores",
        )
    ]
    return said_in(rows, asked, names)


def said_in(rows: list[Said], asked: Asked, names: tuple[str, ...]) -> Annotations:
    return Annotations(
        reasons=tuple(_reason(rows, reason, names) for reason in asked.reasons),
        marks=_marks(rows, names) if asked.step_marks else (),
        scores=tuple(
            _criterion(rows, number, criterion, names)
            for number, criterion in enumerate(asked.criteria)
        ),
    )


def _reason(rows: list[Said], reason: dict[str, str], names: tuple[str, ...]) -> ReasonCounts:
    given = np.zeros((len(rows), len(names)), dtype=np.intp)
    for index, row in enumerate(rows):
        for slot, key in row.reasons:
            given[index, row.order[slot]] += key == reason["key"]
    clusters = _clusters(rows)
    return ReasonCounts(
        name=reason["name"],
        counts=tuple(map(int, given.sum(axis=0))),
        shares=tuple(share(column, clusters) for column in given.T),
    )


def _marks(rows: list[Said], names: tuple[str, ...]) -> tuple[SourceMarks, ...]:
    marked = [row for row in rows if row.marks]
    clusters = _clusters(marked)
    errors = np.array(
        [[first_error(row.marks[row.order.index(a)]) for a in range(len(names))]
         for row in marked],
        dtype=np.intp,
    ).reshape(len(marked), len(names))  # fmt: skip
    farthest = int(errors.max(initial=0))
    return tuple(
        SourceMarks(
            source=name,
            marked=len(marked),
            free_of_errors=share(errors[:, a] == 0, clusters),
            first_errors=tuple(int((errors[:, a] == s).sum()) for s in range(1, farthest + 1)),
        )
        for a, name in enumerate(names)
    )


def _criterion(
    rows: list[Said], number: int, criterion: dict[str, Any], names: tuple[str, ...]
) -> CriterionMeans:
    scored = [row for row in rows if row.scores]
    clusters = _clusters(scored)
    points = np.array(
        [[row.scores[row.order.index(a)][number] for a in range(len(names))] for row in scored],
        dtype=np.intp,
    ).reshape(len(scored), len(names))
    return CriterionMeans(
        name=criterion["name"],
        points=criterion["points"],
        averages=tuple(float(column.mean()) if len(scored) else None for column in points.T),
        means=tuple(scale_mean(column, clusters, 1, criterion["points"]) for column in points.T),
    )


def _clusters(rows: list[Said]) -> Any:
    return crossed([row.rater for row in rows], [row.question for row in rows])

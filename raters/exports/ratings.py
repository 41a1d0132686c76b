"""Ratings, long: one row a current rating, with the order in which its rationales were shown.

Columns are explained in docs/exports.md. A revised rating appears once, as it stands. Late and
partial ratings, those of excluded raters and those of practice, checks and repeats are here with
`counted` false.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from raters.exports.reading import Given, Member, RatedTriple, rated_triples
from raters.exports.shape import Column, Row, Task
from raters.models import Study
from raters.preferences import BEST, WORST

ABOUT = (
    Column("study"),
    Column("rater"),
    Column("is_simulated", "boolean"),
    Column("question"),
    Column("triple", "integer"),
    Column("kind"),
)
ANSWER = tuple(map(Column, ("outcome", "slot", "picked", "worst", "expected")))
SAID = tuple(Column(name, "json") for name in ("reasons", "step_marks", "scores"))
REST = (
    Column("comment"),
    Column("is_late", "boolean"),
    Column("is_partial", "boolean"),
    Column("excluded"),
    Column("counted", "boolean"),
    Column("elapsed_ms", "integer"),
    Column("visible_ms", "integer"),
    Column("blurred_ms", "integer"),
    Column("viewport"),
    Column("submitted_at"),
)


def wide_columns(task: Task) -> tuple[Column, ...]:
    """With columns for each slot, of a triple a1 to a3: its source, and what was said of it."""
    slots = range(1, task.study.study_sources.count() + 1)
    return (
        *ABOUT,
        *(Column(f"a{slot}") for slot in slots),
        *ANSWER,
        *(Column(f"rank_a{slot}", "integer") for slot in slots),
        *(Column(f"{what}_a{slot}") for what in ("reasons", "marks") for slot in slots),
        *(
            Column(f"score_a{slot}_{name}", "integer")
            for name in _criteria(task.study)
            for slot in slots
        ),
        *REST,
    )


def columns(task: Task) -> tuple[Column, ...]:
    return (*ABOUT, Column("shown", "json"), *ANSWER, *SAID, *REST)


def wide_rows(task: Task) -> Iterator[Row]:
    study = task.study
    header = [column.name for column in wide_columns(task)]
    slots, reasons = study.study_sources.count(), _reasons(study)
    criteria = range(len(_criteria(study)))
    for triple, rating in _ratings(task):
        cells = [
            *_about(study, triple, rating).values(),
            *_of_slots(_sources(triple, rating), slots, absent=""),
            *_answer(triple, rating).values(),
            *_of_slots(list(map(int, rating.ranks)), slots),
            *_of_slots(_reasons_in_words(rating, reasons), slots, absent=""),
            *_of_slots([json.dumps(marks) for marks in rating.step_marks], slots, absent=""),
            *(
                cell
                for criterion in criteria
                for cell in _of_slots([score[criterion] for score in rating.scores], slots)
            ),
            *_rest(rating).values(),
        ]
        yield dict(zip(header, cells, strict=True))


def rows(task: Task) -> Iterator[Row]:
    study = task.study
    reasons, criteria = _reasons(study), _criteria(study)
    described: list[dict[str, Any]] = []
    last: RatedTriple[Given] | None = None
    for triple, rating in _ratings(task):
        if triple is not last:
            described, last = [_described(member) for member in triple.members], triple
        ranks = _of_slots(list(map(int, rating.ranks)), len(rating.order))
        shown = [
            {"slot": f"A{slot}", **described[position], "rank": rank}
            for slot, (position, rank) in enumerate(zip(rating.order, ranks, strict=True), start=1)
        ]
        yield {
            **_about(study, triple, rating),
            "shown": shown,
            **_answer(triple, rating),
            **_said(triple, rating, reasons, criteria),
            **_rest(rating),
        }


def _ratings(task: Task) -> Iterator[tuple[RatedTriple[Given], Given]]:
    for triple in rated_triples(task):
        for rating in triple.ratings:
            task.tally.rows += 1
            task.tally.counts["counted" if rating.counted else "not counted"] += 1
            yield triple, rating


def _criteria(study: Study) -> list[str]:
    return [criterion["name"] for criterion in study.criteria]


def _reasons(study: Study) -> dict[str, str]:
    return {reason["key"]: reason["name"] for reason in study.reasons}


def _of_slots(cells: list[Any], slots: int, absent: str | None = None) -> list[Any]:
    """A cell for every slot, `absent` where nothing was said."""
    return cells + [absent] * (slots - len(cells))


def _sources(triple: RatedTriple[Given], rating: Given) -> list[str]:
    return [triple.members[position].source for position in rating.order]


def _about(study: Study, triple: RatedTriple[Given], rating: Given) -> dict[str, Any]:
    return {
        "study": study.code,
        "rater": rating.rater,
        "is_simulated": rating.is_simulated,
        "question": triple.question,
        "triple": triple.number,
        "kind": rating.kind,
    }


def _answer(triple: RatedTriple[Given], rating: Given) -> dict[str, Any]:
    best, worst = rating.slot, None
    if rating.outcome == "best-worst":
        best, worst = rating.ranks.index(str(BEST)), rating.ranks.index(str(WORST))
    sources = _sources(triple, rating)
    expected = None if triple.expected is None else rating.order.index(triple.expected)
    return {
        "outcome": rating.outcome,
        "slot": _slot(best),
        "picked": "" if best is None else sources[best],
        "worst": "" if worst is None else sources[worst],
        "expected": _slot(expected),
    }


def _said(
    triple: RatedTriple[Given], rating: Given, reasons: dict[str, str], criteria: list[str]
) -> dict[str, Any]:
    """Each thing with its slot and source."""
    sources = _sources(triple, rating)
    return {
        "reasons": [
            {**_where(slot, sources), "key": key, "name": reasons.get(key, key)}
            for slot, key in rating.reasons
        ],
        "step_marks": [
            {**_where(slot, sources), "marks": marks, "first_error": first_error(marks)}
            for slot, marks in enumerate(rating.step_marks)
        ],
        "scores": [
            {**_where(slot, sources), "criterion": name, "points": points}
            for slot, scores in enumerate(rating.scores)
            for name, points in zip(criteria, scores, strict=True)
        ],
    }


def first_error(marks: Sequence[int | None]) -> int:
    """The number of the first step that was called wrong, from 1; 0 where none was."""
    return marks.index(-1) + 1 if -1 in marks else 0


def _where(slot: int, sources: list[str]) -> dict[str, Any]:
    return {"slot": _slot(slot), "source": sources[slot]}


def _slot(slot: int | None) -> str:
    return "" if slot is None else f"A{slot + 1}"


def _reasons_in_words(rating: Given, reasons: dict[str, str]) -> list[str]:
    said: list[list[str]] = [[] for _ in rating.order]
    for slot, key in rating.reasons:
        said[slot].append(reasons.get(key, key))
    return ["; ".join(names) for names in said]


def _rest(rating: Given) -> dict[str, Any]:
    return {
        "comment": rating.comment,
        "is_late": rating.is_late,
        "is_partial": rating.is_partial,
        "excluded": rating.excluded,
        "counted": rating.counted,
        "elapsed_ms": rating.elapsed_ms,
        "visible_ms": rating.visible_ms,
        "blurred_ms": rating.blurred_ms,
        "viewport": rating.viewport,
        "submitted_at": rating.submitted_at.isoformat(),
    }


def _described(member: Member) -> dict[str, Any]:
    return {
        "source": member.source,
        "rationale": member.rationale,
        "text": member.shown,
        "text_sha256": hashlib.sha256(member.text.encode()).hexdigest(),
        "shown_sha256": hashlib.sha256(member.shown.encode()).hexdigest(),
    }

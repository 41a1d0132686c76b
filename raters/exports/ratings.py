"""Ratings, long: one row a current rating, with the order in which its rationales were shown.

Columns are explained in docs/exports.md. A revised rating appears once, as it stands. Late
ratings and those of practice, checks and repeats are here with `counted` false.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from raters.exports.reading import Given, Member, RatedTriple, rated_triples
from raters.exports.shape import Tally, Wishes, csv_line, json_line
from raters.models import Study

ABOUT = ("study", "rater", "is_simulated", "question", "triple", "kind")
JUDGEMENT = (
    "outcome",
    "slot",
    "picked",
    "is_late",
    "counted",
    "visible_ms",
    "blurred_ms",
    "submitted_at",
)


def csv_columns(study: Study) -> tuple[str, ...]:
    """With a column a slot, a1 to a3 for a triple, holding the source that was shown there."""
    slots = range(1, study.study_sources.count() + 1)
    return (*ABOUT, *(f"a{slot}" for slot in slots), *JUDGEMENT)


def jsonl_columns(study: Study) -> tuple[str, ...]:
    return (*ABOUT, "shown", *JUDGEMENT)


def csv_lines(study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    header = csv_columns(study)
    slots = len(header) - len(ABOUT) - len(JUDGEMENT)
    yield csv_line(header)
    for triple, rating in _ratings(study, tally):
        shown = [triple.members[position].source for position in rating.order]
        shown += [""] * (slots - len(shown))
        yield csv_line(
            [
                *_about(study, triple, rating).values(),
                *shown,
                *_judgement(triple, rating).values(),
            ]
        )


def jsonl_lines(study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    described: list[dict[str, Any]] = []
    last: RatedTriple | None = None
    for triple, rating in _ratings(study, tally):
        if triple is not last:
            described, last = [_described(member) for member in triple.members], triple
        shown = [
            {"slot": f"A{slot}", **described[position]}
            for slot, position in enumerate(rating.order, start=1)
        ]
        yield json_line(
            {**_about(study, triple, rating), "shown": shown, **_judgement(triple, rating)}
        )


def _ratings(study: Study, tally: Tally) -> Iterator[tuple[RatedTriple, Given]]:
    for triple in rated_triples(study):
        for rating in triple.ratings:
            tally.rows += 1
            tally.counts["counted" if rating.counted else "not counted"] += 1
            yield triple, rating


def _about(study: Study, triple: RatedTriple, rating: Given) -> dict[str, Any]:
    return {
        "study": study.code,
        "rater": rating.rater,
        "is_simulated": rating.is_simulated,
        "question": triple.question,
        "triple": triple.number,
        "kind": rating.kind,
    }


def _judgement(triple: RatedTriple, rating: Given) -> dict[str, Any]:
    picked = None
    if rating.slot is not None:
        picked = triple.members[rating.order[rating.slot]].source
    return {
        "outcome": rating.outcome,
        "slot": None if rating.slot is None else f"A{rating.slot + 1}",
        "picked": picked,
        "is_late": rating.is_late,
        "counted": rating.counted,
        "visible_ms": rating.visible_ms,
        "blurred_ms": rating.blurred_ms,
        "submitted_at": rating.submitted_at.isoformat(),
    }


def _described(member: Member) -> dict[str, Any]:
    return {
        "source": member.source,
        "rationale": member.rationale,
        "text_sha256": hashlib.sha256(member.text.encode()).hexdigest(),
        "shown_sha256": hashlib.sha256(member.shown.encode()).hexdigest(),
    }

"""Ratings of a study that still runs: what was said, and of nothing who wrote it.

Before a study's target is met nobody may follow a running count of sources. So a rationale goes by
a label that is drawn anew for every triple, with the site's secret key: labels of two triples have
nothing to do with each other, and none can be found out from a text. Slots, texts, steps, reasons
and comments stay out, since the order can be computed from the study's seed, and the others speak
of the text. What is left serves to look after raters: pace, ties, agreement within a triple.
"""

from collections.abc import Iterator

from django.utils.crypto import salted_hmac

from raters.exports.reading import Given, RatedTriple, rated_triples
from raters.exports.shape import Column, Row, Task

COLUMNS = (
    Column("study"),
    Column("rater"),
    Column("is_simulated", "boolean"),
    Column("question"),
    Column("triple", "integer"),
    Column("kind"),
    Column("outcome"),
    Column("picked"),
    Column("ranks", "json"),
    Column("is_late", "boolean"),
    Column("is_partial", "boolean"),
    Column("excluded"),
    Column("counted", "boolean"),
    Column("elapsed_ms", "integer"),
    Column("visible_ms", "integer"),
    Column("blurred_ms", "integer"),
    Column("submitted_at"),
)


def columns(task: Task) -> tuple[Column, ...]:
    return COLUMNS


def rows(task: Task) -> Iterator[Row]:
    for triple in rated_triples(task):
        labels = _labels(task.study.code, triple)
        for rating in triple.ratings:
            task.tally.rows += 1
            yield _row(task.study.code, triple, rating, labels)


def _labels(study: str, triple: RatedTriple[Given]) -> list[str]:
    """Of each position a label: x, y, z in an order that only this site can compute."""
    drawn = [
        salted_hmac("raters.exports.snapshot", f"{study}/{triple.number}/{position}").digest()
        for position in range(len(triple.members))
    ]
    places = sorted(range(len(drawn)), key=drawn.__getitem__)
    return [f"x{places.index(position) + 1}" for position in range(len(drawn))]


def _row(study: str, triple: RatedTriple[Given], rating: Given, labels: list[str]) -> Row:
    by_slot = [labels[position] for position in rating.order]
    return {
        "study": study,
        "rater": rating.rater,
        "is_simulated": rating.is_simulated,
        "question": triple.question,
        "triple": triple.number,
        "kind": rating.kind,
        "outcome": rating.outcome,
        "picked": "" if rating.slot is None else by_slot[rating.slot],
        "ranks": dict(sorted(zip(by_slot, map(int, rating.ranks), strict=False))),
        "is_late": rating.is_late,
        "is_partial": rating.is_partial,
        "excluded": rating.excluded,
        "counted": rating.counted,
        "elapsed_ms": rating.elapsed_ms,
        "visible_ms": rating.visible_ms,
        "blurred_ms": rating.blurred_ms,
        "submitted_at": rating.submitted_at.isoformat(),
    }

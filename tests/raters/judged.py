"""Ratings of every protocol as rows, without the room: what results and exports read.

Rater j gets place j of every triple. `says(rater, question, sources)` gives the columns of the
rating, by slot; `sources` are those that stood there. Helpers make columns from what was meant.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from raters.models import Assignment, Place, Rater, Rating, Study, TripleRationale
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study

Says = Callable[[int, int, list[str]], dict[str, Any]]


def make_judged(says: Says, *, protocol: str, closed: bool = True, **more: Any) -> Study:
    """A closed study whose every place is rated as `says`; `more` are columns or for make_study."""
    columns = {name: more.pop(name) for name in list(more) if name in COLUMNS}
    study = make_study(**more)
    Study.objects.filter(pk=study.pk).update(protocol=protocol, **columns)
    study.refresh_from_db()
    judge_all(study, make_raters(study, study.raters_per_triple), says)
    if closed:
        study_close(study=study, user=study.owner, now=NOW + timedelta(hours=1))
        study.refresh_from_db()
    return study


COLUMNS = (
    "reasons", "asks_step_marks", "criteria", "asks_comment", "allows_ties", "repeat_percent",
    "counts_partial",
)  # fmt: skip


def judge_all(study: Study, raters: Sequence[Rater], says: Says) -> None:
    for place in study.places.order_by("queue").select_related("triple__question"):
        judge(place, raters[place.number % len(raters)], says, number=place.number)


def judge(place: Place, rater: Rater, says: Says, *, number: int) -> Rating:
    """Fills the place."""
    assignment = Assignment.objects.create(
        study=place.study,
        rater=rater,
        triple=place.triple,
        place=place,
        state=Assignment.State.RATED,
        order=place.order,
        claimed_at=NOW,
    )
    Place.objects.filter(pk=place.pk).update(state=Place.State.FILLED)
    return rate_row(assignment, says, number=number)


def repeat(rating: Rating, says: Says, *, order: str, number: int = 0) -> Rating:
    """The same triple again to the same rater, in another order."""
    first = rating.assignment
    assignment = Assignment.objects.create(
        study=first.study,
        rater=first.rater,
        triple=first.triple,
        kind=Assignment.Kind.REPEAT,
        state=Assignment.State.RATED,
        order=order,
        claimed_at=NOW,
    )
    return rate_row(assignment, says, number=number)


def rate_row(assignment: Assignment, says: Says, *, number: int = 0) -> Rating:
    members = TripleRationale.objects.filter(triple=assignment.triple)
    named = dict(members.values_list("position", "source__name"))
    sources = [named[int(digit)] for digit in assignment.order]
    columns = says(number, int(assignment.triple.question.key[1:]), sources)
    if columns["outcome"] == "pick":
        position = int(assignment.order[columns["slot"]])
        columns["picked"] = members.get(position=position)
    return Rating.objects.create(
        assignment=assignment, key=uuid4(), submitted_at=NOW + timedelta(minutes=1), **columns
    )


def ranking(sources: Sequence[str], **ranks: int) -> dict[str, Any]:
    """`ranking(sources, S1=1, S2=2, S3=3)`, whatever the slots."""
    return {"outcome": "ranking", "ranks": "".join(str(ranks[source]) for source in sources)}


def best_worst(sources: Sequence[str], best: str, worst: str) -> dict[str, Any]:
    ranks = "".join({best: "1", worst: "3"}.get(source, "2") for source in sources)
    return {"outcome": "best-worst", "ranks": ranks}


def picking(sources: Sequence[str], best: str) -> dict[str, Any]:
    return {"outcome": "pick", "slot": list(sources).index(best)}

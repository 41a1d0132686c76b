"""A study's ratings read in a stable order, a few hundred triples at a time.

Knows the tables. Yields plain values: triples by their question's key and their number, each with
its rationales in their stored positions and its current ratings by rater and time; no order is
that of primary keys or of a database's alphabet. What came after the study closed, or after the
snapshot of one that still runs, is not read.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Collate

from raters.exports.shape import Task
from raters.models import Assignment, Exclusion, Rater, Rating, Study, Triple, TripleRationale

BATCH = 500


class Member(NamedTuple):
    """One of a triple's rationales: as written, and as raters were shown it.

    `is_asked`: a model was asked for it, in the format `style` ("": what fits the question).
    `name` tells two rationales of a question apart, whatever their primary keys.
    """

    pk: int
    rationale: int
    source: str
    style: str
    is_asked: bool
    text: str
    shown: str
    name: str


class Given(NamedTuple):
    """One current rating. `order[s]` is the position of the rationale shown in slot s.

    What was said is as its columns have it: `ranks` a digit a slot, `reasons` slot and key,
    `step_marks` and `scores` a list a slot. `excluded` is the rule under which its rater is left
    out, or empty.
    """

    pk: int
    rater: str
    is_simulated: bool
    kind: str
    is_partial: bool
    order: tuple[int, ...]
    outcome: str
    slot: int | None
    picked: int | None
    ranks: str
    reasons: list[tuple[int, str]]
    step_marks: list[list[int | None]]
    scores: list[list[int]]
    comment: str
    is_late: bool
    elapsed_ms: int | None
    visible_ms: int | None
    blurred_ms: int | None
    viewport: str
    submitted_at: datetime
    excluded: str

    @property
    def counted(self) -> bool:
        """Late ratings, those of bundles that were given back or of excluded raters, and those of
        practice, checks and repeats are kept and never counted."""
        is_left_out = self.is_late or self.is_partial or bool(self.excluded)
        return self.kind == "study" and not is_left_out

    def ranks_by_position(self) -> tuple[int, ...]:
        """A rank for each of the triple's rationales in their stored order; () of a pick."""
        return _by_position(self.order, self.ranks)


@cache
def _by_position(order: tuple[int, ...], ranks: str) -> tuple[int, ...]:
    by_position = dict(zip(order, ranks, strict=False))
    return tuple(int(by_position[position]) for position in sorted(by_position))


class RatedTriple(NamedTuple):
    number: int
    kind: str
    question: str
    question_text: str
    choices: list[dict[str, str]]
    expected: int | None
    members: list[Member]
    ratings: list[Given]


def rated_triples(task: Task, *, is_lean: bool = False) -> Iterator[RatedTriple]:
    """Every triple of the study, those of one question one after the other.

    `is_lean`: study triples of a closed study, and of ratings only what says which was preferred.
    """
    study = task.study
    names, rules = pseudonyms(study), Exclusion.objects.rules(study)
    for keys in _batches(study, is_lean):
        rows = {pk: row for pk, *row in _triples(keys)}
        members = _members(keys)
        if is_lean:
            ratings = _preferred(study, keys, names, rules)
        else:
            ratings = _ratings(task, keys, names, rules)
        for pk in keys:
            number, kind, question, text, choices, expected = rows[pk]
            about = (number, kind, question, text, choices, expected)
            task.tally.triples += 1
            yield RatedTriple(*about, members[pk], ratings[pk])


def _batches(study: Study, is_lean: bool) -> Iterator[list[int]]:
    """Keys of triples in order. The database sorts: as Python does, whatever its alphabet."""
    found = Triple.objects.filter(study=study)
    if is_lean:
        found = found.filter(kind=Triple.Kind.STUDY)
    key: Any = F("question__key")
    if connection.vendor == "postgresql":
        key = Collate("question__key", "C")
    in_order = found.order_by(key, "number").values_list("pk", flat=True).iterator(BATCH)
    while batch := list(islice(in_order, BATCH)):
        yield batch


def _triples(triples: list[int]) -> Any:
    return Triple.objects.filter(pk__in=triples).values_list(
        "pk", "number", "kind", "question__key", "question__text", "question__choices", "expected"
    )


def pseudonyms(study: Study) -> dict[int, str]:
    """r001, r002 and so on, in the order in which the raters were added."""
    raters = list(Rater.objects.filter(study=study).order_by("pk").values_list("pk", flat=True))
    width = max(3, len(str(len(raters))))
    return {pk: f"r{number:0{width}}" for number, pk in enumerate(raters, start=1)}


def _members(triples: list[int]) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = defaultdict(list)
    rows = (
        TripleRationale.objects.filter(triple__in=triples)
        .order_by("triple_id", "position")
        .values_list(
            "triple_id", "pk", "rationale_id", "source__name", "source__style", "source__model",
            "rationale__text", "shown_text",
        )
    )  # fmt: skip
    for triple, pk, rationale, source, style, model, text, shown in rows:
        name = f"{source}\n{text}"
        asked = bool(style or model)
        found[triple].append(Member(pk, rationale, source, style, asked, text, shown, name))
    return found


def _ratings(
    task: Task, triples: list[int], names: dict[int, str], rules: dict[int, str]
) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = defaultdict(list)
    # One that came in time counts even where the clock of whoever closed the study was behind.
    before_the_end = Q(submitted_at__lte=task.end)
    if not task.is_snapshot:
        before_the_end |= Q(is_late=False)
    rows: Any = Rating.objects.filter(
        before_the_end, assignment__triple__in=triples, is_current=True
    ).values_list(*WHO, *SAID)
    for triple, rater, order, state, pk, simulated, kind, *judgement in rows:
        partial = state == Assignment.State.PARTIAL
        about = (pk, names[rater], simulated, kind, partial, _digits(order))
        said: Any = (*judgement, rules.get(rater, ""))
        found[triple].append(Given(*about, *said))
    for ratings in found.values():
        ratings.sort(key=lambda rating: (rating.rater, rating.submitted_at, rating.kind))
    return found


def _preferred(
    study: Study, triples: list[int], names: dict[int, str], rules: dict[int, str]
) -> dict[int, list[Given]]:
    """Only what says which was preferred, of those in time: nothing that Django has to convert."""
    found: dict[int, list[Given]] = defaultdict(list)
    simulated = set(Rater.objects.filter(study=study, is_simulated=True).values_list("pk"))
    rows = Rating.objects.filter(
        assignment__triple__in=triples,
        assignment__kind=Assignment.Kind.STUDY,
        is_current=True,
        is_late=False,
    ).values_list(
        "assignment__triple_id",
        "assignment__rater_id",
        "assignment__order",
        "assignment__state",
        "pk",
        "outcome",
        "picked_id",
        "ranks",
    )
    for triple, rater, order, state, pk, outcome, picked, ranks in rows:
        said: Any = (outcome, None, picked, ranks, *NOTHING_ELSE, rules.get(rater, ""))
        partial = state == Assignment.State.PARTIAL
        about = (pk, names[rater], (rater,) in simulated, "study", partial, _digits(order))
        found[triple].append(Given(*about, *said))
    for ratings in found.values():
        ratings.sort(key=itemgetter(1))  # a rater has one current rating of a study triple
    return found


@cache
def _digits(order: str) -> tuple[int, ...]:
    return tuple(int(digit) for digit in order)


WHO = (
    "assignment__triple_id",
    "assignment__rater_id",
    "assignment__order",
    "assignment__state",
    "pk",
    "assignment__rater__is_simulated",
    "assignment__kind",
)
SAID = (
    "outcome",
    "slot",
    "picked_id",
    "ranks",
    "reasons",
    "step_marks",
    "scores",
    "comment",
    "is_late",
    "elapsed_ms",
    "visible_ms",
    "blurred_ms",
    "viewport",
    "submitted_at",
)
# Of Given from reasons to submitted_at, where only preferences are read.
NOTHING_ELSE: tuple[Any, ...] = ([], [], [], "", False, None, None, None, "", None)

"""A study's ratings read in a stable order, a few hundred triples at a time.

Knows the tables. Yields plain values: triples by their question's key and their number, each with
its rationales in their stored positions and its current ratings by rater and time; no order is
that of primary keys or of a database's alphabet. What came after the study closed, or after the
snapshot of one that still runs, is not read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import orjson
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate

from generation.models import Source
from raters.exports.shape import Task
from raters.models import Assignment, Exclusion, Rater, Rating, Study, Triple, TripleRationale

BATCH = 1000
Reader = Callable[[Task, RawSQL, dict[int, str], dict[int, str]], dict[int, Any]]


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
    out, or empty; `rehearsed` a program's, in a study that people rate.
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
    rehearsed: bool

    @property
    def stands(self) -> bool:
        """Late ratings, those of bundles that were given back or of excluded raters, and those of
        practice, checks and repeats are kept and never counted."""
        is_left_out = self.is_late or self.is_partial or bool(self.excluded)
        return self.kind == "study" and not is_left_out

    @property
    def counted(self) -> bool:
        return self.stands and not self.rehearsed


class Said(NamedTuple):
    """Of a rating that counts only what it prefers: the key of a member, or a rank by position."""

    rating: int
    rater: str
    is_simulated: bool
    outcome: str
    picked: int | None
    ranks: tuple[int, ...]


One = TypeVar("One", Given, Said)


class RatedTriple(NamedTuple, Generic[One]):
    number: int
    kind: str
    question: str
    question_text: str
    choices: list[dict[str, str]]
    expected: int | None
    members: list[Member]
    ratings: list[One]


def rated_triples(task: Task) -> Iterator[RatedTriple[Given]]:
    """Every triple of the study, those of one question one after the other."""
    return _read(task, Triple.objects.filter(study=task.study), _ratings)


def preferred_triples(task: Task) -> Iterator[RatedTriple[Said]]:
    """The study triples of a closed study, with what the ratings that count prefer."""
    found = Triple.objects.filter(study=task.study, kind=Triple.Kind.STUDY)
    return _read(task, found, _preferred)


def _read(task: Task, found: QuerySet[Triple], ratings_of: Reader) -> Iterator[Any]:
    names, rules = pseudonyms(task.study), Exclusion.objects.rules(task.study)
    sources = _sources()
    for keys in _batches(found):
        among = _among(keys)
        rows = {row[0]: row[1:] for row in _triples(among)}
        members, ratings = _members(among, sources), ratings_of(task, among, names, rules)
        for pk in keys:
            task.tally.triples += 1
            yield RatedTriple._make((*rows[pk], members[pk], ratings[pk]))


def _batches(found: QuerySet[Triple]) -> Iterator[list[int]]:
    """Keys of triples in order. The database sorts: as Python does, whatever its alphabet."""
    key: Any = F("question__key")
    if connection.vendor == "postgresql":
        key = Collate("question__key", "C")
    in_order = found.order_by(key, "number").values_list("pk", flat=True).iterator(BATCH)
    while batch := list(islice(in_order, BATCH)):
        yield batch


def _among(keys: list[int]) -> RawSQL:
    """The keys as one value: Django writes a query with 500 of them for longer than it runs, and
    psycopg a list of them."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", ["{" + ",".join(map(str, keys)) + "}"])
    return RawSQL("SELECT value FROM json_each(%s)", [orjson.dumps(keys).decode()])


def _triples(triples: RawSQL) -> Any:
    found = Triple.objects.filter(pk__in=triples).order_by()
    return found.values_list(
        "pk", "number", "kind", "question__key", "question__text", "question__choices", "expected"
    )


def pseudonyms(study: Study) -> dict[int, str]:
    """r001, r002 and so on, in the order in which the raters were added."""
    raters = list(Rater.objects.filter(study=study).order_by("pk").values_list("pk", flat=True))
    width = max(3, len(str(len(raters))))
    return {pk: f"r{number:0{width}}" for number, pk in enumerate(raters, start=1)}


def _sources() -> dict[int, tuple[str, str, bool]]:
    """Name, style and whether a model was asked, of every source: few, where texts are many."""
    rows = Source.objects.values_list("pk", "name", "style", "model")
    return {pk: (name, style, bool(style or model)) for pk, name, style, model in rows}


def _members(triples: RawSQL, sources: dict[int, tuple[str, str, bool]]) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = defaultdict(list)
    rows = (
        TripleRationale.objects.filter(triple__in=triples)
        .order_by()
        .values_list(
            "triple_id", "position", "pk", "rationale_id", "source_id", "rationale__text",
            "shown_text",
        )
    )  # fmt: skip
    for triple, _, pk, rationale, source, text, shown in sorted(rows, key=itemgetter(0, 1)):
        name, style, asked = sources[source]
        about = (pk, rationale, name, style, asked, text, shown, f"{name}\n{text}")
        found[triple].append(Member._make(about))
    return found


def _ratings(
    task: Task, triples: RawSQL, names: dict[int, str], rules: dict[int, str]
) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = defaultdict(list)
    rehearsing = set(Rater.objects.rehearsing(task.study))
    rows: Any = _standing(task).filter(assignment__triple__in=triples).values_list(*WHO, *SAID)
    for triple, rater, order, state, pk, simulated, kind, *judgement in rows:
        partial = state == Assignment.State.PARTIAL
        about = (pk, names[rater], simulated, kind, partial, _digits(order))
        said: Any = (*judgement, rules.get(rater, ""), rater in rehearsing)
        found[triple].append(Given(*about, *said))
    for ratings in found.values():
        ratings.sort(key=lambda rating: (rating.rater, rating.submitted_at, rating.kind))
    return found


def _standing(task: Task) -> QuerySet[Rating]:
    """Of a closed study the current ratings; of one that runs those that were current then."""
    before_the_end = Q(submitted_at__lte=task.end)
    if task.is_snapshot:
        later = Rating.objects.filter(
            before_the_end, assignment=OuterRef("assignment"), pk__gt=OuterRef("pk")
        )
        return Rating.objects.filter(before_the_end, ~Exists(later))
    # One that came in time counts even where the clock of whoever closed the study was behind.
    return Rating.objects.filter(before_the_end | Q(is_late=False), is_current=True)


def _preferred(
    task: Task, triples: RawSQL, names: dict[int, str], rules: dict[int, str]
) -> dict[int, list[Said]]:
    """Of those that count; nothing is read that Django has to convert."""
    found: dict[int, list[Said]] = defaultdict(list)
    simulated = set(task.study.raters.filter(is_simulated=True).values_list("pk", flat=True))
    rows = (
        Rating.objects.filter(is_current=True, is_late=False)
        .filter(assignment__triple__in=triples, assignment__kind=Assignment.Kind.STUDY)
        .exclude(assignment__state=Assignment.State.PARTIAL)
        .order_by()
        .values_list(
            "assignment__triple_id", "assignment__rater_id", "pk", "outcome", "picked_id",
            "assignment__order", "ranks",
        )
    )  # fmt: skip
    for triple, rater, pk, outcome, picked, order, ranks in rows:
        if rater not in rules:
            placed = _by_position(order, ranks) if ranks else ()
            said = (pk, names[rater], rater in simulated, outcome, picked, placed)
            found[triple].append(Said._make(said))
    for ratings in found.values():
        ratings.sort(key=itemgetter(1))  # a rater has one current rating of a study triple
    return found


@cache
def _digits(order: str) -> tuple[int, ...]:
    return tuple(int(digit) for digit in order)


@cache
def _by_position(order: str, ranks: str) -> tuple[int, ...]:
    """A rank for each of the triple's rationales in their stored order."""
    return tuple(int(rank) for _, rank in sorted(zip(order, ranks, strict=True)))


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

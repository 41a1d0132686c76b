"""The ratings that count, as arrays: a row each, everything about sources by their position.

Knows the tables and which ratings count: current ratings of study triples, neither late nor in a
bundle that was given back, nor by a rater who is excluded, nor, once a person has rated, by a
simulated one. Interprets nothing but where a rationale
stood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Count, Q
from numpy.typing import NDArray

from raters.exports.reading import pseudonyms
from raters.models import Assignment, Exclusion, Rater, Rating, Study
from raters.preferences import BEST
from raters.statistics import NONE_GOOD, TIE

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]

PARTIAL = Q(assignment__state=Assignment.State.PARTIAL)


class Row(NamedTuple):
    """One rating as its columns have it, with names in place of keys: of the tables or an export.

    `order` and `ranks` have a digit a slot; `picked` is the position of the picked source.
    """

    rater: str
    question: str
    triple: int
    order: str
    outcome: str
    picked: int | None
    ranks: str
    elapsed_ms: int | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """`order[i, s]` is the source that stood in slot s; `ranks[i, a]` the rank of source a.

    `rater`, `question` and `triple` number `raters` (pseudonyms), `questions` (keys) and `triples`
    (numbers), which are sorted; so are the rows, by rater and triple. A pick ranks nothing (NaN),
    *too close* ranks all level, *none good* nothing. `best` is a source, TIE (too close, or more
    than one ranked first) or NONE_GOOD.
    """

    raters: tuple[str, ...]
    questions: tuple[str, ...]
    triples: tuple[int, ...]
    rater: Ints
    question: Ints
    triple: Ints
    order: Ints
    outcome: NDArray[np.str_]
    best: Ints
    ranks: Floats
    elapsed_ms: Floats
    simulated: NDArray[np.bool_]

    def said(self, outcome: str) -> NDArray[np.bool_]:
        """Which ratings have this outcome."""
        return self.outcome == outcome

    def ranks_by_slot(self) -> Floats:
        """What each slot was given, (n, slots), 1 the best: of a pick 1 and 2, NaN for none good.

        Of four sources or more, best and worst leave those between level, which they need not be.
        """
        ranks = np.take_along_axis(self.ranks, self.order, axis=1)
        is_pick = self.said(Rating.Outcome.PICK)
        ranks[is_pick] = np.where(self.order == self.best[:, None], 1, 2)[is_pick]
        return ranks


def current(study: Study) -> Any:
    """Current ratings of every kind that were not late."""
    return Rating.objects.filter(assignment__study=study, is_current=True, is_late=False)


def countable(study: Study) -> Any:
    """Those that count, and those that would were their raters not excluded."""
    return whole(study).exclude(assignment__rater__in=Rater.objects.rehearsing(study))


def whole(study: Study) -> Any:
    """Of study triples, in time, and of no bundle that was given back."""
    return current(study).filter(assignment__kind=Assignment.Kind.STUDY).exclude(PARTIAL)


def counting(study: Study) -> Any:
    return countable(study).exclude(assignment__rater__in=excluded_raters(study))


def excluded_raters(study: Study) -> Any:
    return Exclusion.objects.active(study).values("rater")


def left_out(study: Study) -> tuple[int, int]:
    """Ratings of study triples that do not count: late ones, those of bundles given back."""
    found = Rating.objects.filter(
        assignment__study=study, assignment__kind=Assignment.Kind.STUDY, is_current=True
    ).aggregate(
        late=Count("pk", filter=Q(is_late=True)),
        partial=Count("pk", filter=Q(is_late=False) & PARTIAL),
    )
    return found["late"], found["partial"]


def read(study: Study, sources: int, *, everyone: bool = False) -> Counted:
    """`everyone`: the ratings of excluded raters too."""
    names = pseudonyms(study)
    rows = (countable if everyone else counting)(study).values_list(
        "assignment__rater_id",
        "assignment__triple__question__key",
        "assignment__triple__number",
        "assignment__order",
        "outcome",
        "picked__position",
        "ranks",
        "elapsed_ms",
        "assignment__rater__is_simulated",
    )
    return counted_of([Row(names[rater], *rest) for rater, *rest in rows], sources)


def counted_of(rows: list[Row], sources: int) -> Counted:
    """Of rows in any order."""
    columns = zip(*sorted(rows, key=itemgetter(0, 2)), strict=True) if rows else ((),) * 9
    rater, question, triple, order, outcome, picked, ranks, elapsed, simulated = columns
    orders = digits(order, sources)
    said = np.array(outcome, dtype=np.str_)
    table = _by_source(orders, ranks, said == Rating.Outcome.TIE)
    raters, by_rater = _numbered(rater)
    questions, by_question = _numbered(question)
    triples, by_triple = _numbered(triple)
    return Counted(
        raters=raters,
        questions=questions,
        triples=triples,
        rater=by_rater,
        question=by_question,
        triple=by_triple,
        order=orders,
        outcome=said,
        best=_best(said, picked, table),
        ranks=table,
        elapsed_ms=np.array(elapsed, dtype=np.float64),
        simulated=np.array(simulated, dtype=np.bool_),
    )


def _numbered(labels: Sequence[Any]) -> tuple[tuple[Any, ...], Ints]:
    """The labels, sorted as Python sorts them, and the number of each row's."""
    names = tuple(sorted(set(labels)))
    number = {name: at for at, name in enumerate(names)}
    return names, np.array([number[label] for label in labels], dtype=np.intp)


def digits(texts: Sequence[str], width: int) -> Ints:
    """Orders or ranks as columns, (n, width)."""
    found = np.frombuffer("".join(texts).encode(), dtype=np.uint8) - ord("0")
    return found.astype(np.intp).reshape(len(texts), width)


def _by_source(orders: Ints, ranks: Sequence[str], level: NDArray[np.bool_]) -> Floats:
    """Ranks are stored by slot; `level` are the ratings that call all of them equal."""
    table = np.full(orders.shape, np.nan)
    ranked = np.array([bool(text) for text in ranks], dtype=np.bool_)
    by_slot = digits(tuple(text for text in ranks if text), orders.shape[1])
    rows = np.flatnonzero(ranked)[:, None]
    table[rows, orders[ranked]] = by_slot
    table[level] = BEST
    return table


def _best(outcome: NDArray[np.str_], position: Sequence[int | None], table: Floats) -> Ints:
    picked = np.array([TIE if at is None else at for at in position], dtype=np.intp)
    first = table == BEST
    alone = first.sum(axis=1) == 1
    best = np.where(alone, first.argmax(axis=1), picked)
    best[outcome == Rating.Outcome.NONE] = NONE_GOOD
    return best

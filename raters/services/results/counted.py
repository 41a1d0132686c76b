"""The ratings that count, as arrays: a row each, everything about sources by their position.

Knows the tables and which ratings count: current ratings of study triples, neither late nor in a
bundle that was given back, nor by a rater who is excluded. Interprets nothing but where a rationale
stood.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Q
from numpy.typing import NDArray

from raters.models import Assignment, Exclusion, Rating, Study
from raters.preferences import BEST
from raters.statistics import NONE_GOOD, TIE

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]

PARTIAL = Q(assignment__state=Assignment.State.PARTIAL)


@dataclass(frozen=True, slots=True)
class Counted:
    """`order[i, s]` is the source that stood in slot s; `ranks[i, a]` the rank of source a.

    A pick ranks nothing (NaN), *too close* ranks all level, *none good* nothing. `best` is a
    source, TIE (too close, or more than one ranked first) or NONE_GOOD.
    """

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


def current(study: Study) -> Any:
    """Current ratings of every kind that were not late."""
    return Rating.objects.filter(assignment__study=study, is_current=True, is_late=False)


def countable(study: Study) -> Any:
    """Those that count, and those that would were their raters not excluded."""
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


def read(study: Study, sources: int) -> Counted:
    rows = (
        counting(study)
        .order_by("pk")
        .values_list(
            "assignment__rater_id",
            "assignment__triple__question_id",
            "assignment__triple_id",
            "assignment__order",
            "outcome",
            "picked__position",
            "ranks",
            "elapsed_ms",
            "assignment__rater__is_simulated",
        )
    )
    return counted_of(list(rows), sources)


def counted_of(rows: list[Any], sources: int) -> Counted:
    """Of rows as `read` asks for them, from the tables or from an export."""
    rater, question, triple, order, outcome, position, ranks, elapsed, simulated = (
        zip(*rows, strict=True) if rows else ((),) * 9
    )
    orders = digits(order, sources)
    said = np.array(outcome, dtype=np.str_)
    table = _by_source(orders, ranks, said == Rating.Outcome.TIE)
    return Counted(
        rater=np.array(rater, dtype=np.intp),
        question=np.array(question, dtype=np.intp),
        triple=np.array(triple, dtype=np.intp),
        order=orders,
        outcome=said,
        best=_best(said, position, table),
        ranks=table,
        elapsed_ms=np.array(elapsed, dtype=np.float64),
        simulated=np.array(simulated, dtype=np.bool_),
    )


def digits(texts: tuple[str, ...], width: int) -> Ints:
    """Orders or ranks as columns, (n, width)."""
    found = np.frombuffer("".join(texts).encode(), dtype=np.uint8) - ord("0")
    return found.astype(np.intp).reshape(len(texts), width)


def _by_source(orders: Ints, ranks: tuple[str, ...], level: NDArray[np.bool_]) -> Floats:
    """Ranks are stored by slot; `level` are the ratings that call all of them equal."""
    table = np.full(orders.shape, np.nan)
    ranked = np.array([bool(text) for text in ranks], dtype=np.bool_)
    by_slot = digits(tuple(text for text in ranks if text), orders.shape[1])
    rows = np.flatnonzero(ranked)[:, None]
    table[rows, orders[ranked]] = by_slot
    table[level] = BEST
    return table


def _best(outcome: NDArray[np.str_], position: tuple[int | None, ...], table: Floats) -> Ints:
    picked = np.array([TIE if at is None else at for at in position], dtype=np.intp)
    first = table == BEST
    alone = first.sum(axis=1) == 1
    best = np.where(alone, first.argmax(axis=1), picked)
    best[outcome == Rating.Outcome.NONE] = NONE_GOOD
    return best

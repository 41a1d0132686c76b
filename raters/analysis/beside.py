"""What stands beside a file's figures: other means, the raters, the style of the texts.

Knows the arrays of a file. Each part is None or empty where the file does not hold what it needs,
and beyond MOST_RATINGS, where these take minutes.
"""

from dataclasses import dataclass, replace

import numpy as np

from raters.analysis.ratings_file import PAIRS, PICKS, Ratings
from raters.statistics import (
    NONE_GOOD,
    TIE,
    UNRANKED,
    Adjusted,
    Audit,
    DawidSkene,
    Estimate,
    Habit,
    SourceEffect,
    WithOthers,
    adjusted_strengths,
    blinding_audit,
    bootstrap_shares,
    crossed,
    dawid_skene,
    habits,
    leave_one_out,
    source_effect,
)
from raters.statistics.adjusted import MOST_SLOTS
from raters.statistics.jackknife import Crossed, Floats

SEED = 20261123  # of whatever is drawn, so that a report can be had again to the last digit
MOST_RATINGS = 200_000


@dataclass(frozen=True, slots=True)
class RaterLine:
    """`rater` is the number of the rater among the sorted names."""

    habit: Habit
    others: WithOthers
    right: float | None


@dataclass(frozen=True, slots=True)
class Beside:
    """`resampled` are the shares of the pairs, or of the sources of picks, in their order."""

    resampled: tuple[Estimate, ...]
    by_chance: SourceEffect | None
    adjusted: Adjusted | None
    audit: Audit | None
    raters: tuple[RaterLine, ...]
    why_not_right: str


def beside(ratings: Ratings, clusters: Crossed, unit: np.ndarray, said: np.ndarray) -> Beside:
    """`said` (n,) is who is best, as for the agreement, within ratings of the same `unit`."""
    few = len(ratings) <= MOST_RATINGS
    if few:  # the fits sum row by row: in an order that the ratings give, not the file
        rows = _in_order(ratings)
        unit, said, clusters = (
            unit[rows],
            said[rows],
            crossed(clusters.rater[rows], clusters.question[rows]),
        )
        ratings = _rows(ratings, rows)
    known = few and ratings.rater is not None
    lines, why = _raters(ratings, unit, said) if known else ((), "")
    return Beside(
        resampled=_resampled(ratings, clusters) if known else (),
        by_chance=_by_chance(ratings),
        adjusted=_adjusted(ratings) if few else None,
        audit=_audit(ratings),
        raters=lines,
        why_not_right=why,
    )


def _in_order(ratings: Ratings) -> np.ndarray:
    shown = () if ratings.shown is None else tuple(ratings.shown.T)
    rater = () if ratings.rater is None else (ratings.rater,)
    ranks = tuple(np.nan_to_num(ratings.ranks, nan=0.0).T)
    return np.lexsort((*shown, *ranks, ratings.best, ratings.question, ratings.item, *rater))


def _rows(ratings: Ratings, rows: np.ndarray) -> Ratings:
    return replace(
        ratings,
        rater=None if ratings.rater is None else ratings.rater[rows],
        item=ratings.item[rows],
        question=ratings.question[rows],
        best=ratings.best[rows],
        ranks=ratings.ranks[rows],
        shown=None if ratings.shown is None else ratings.shown[rows],
    )


def _rng(stream: int) -> np.random.Generator:
    return np.random.default_rng([SEED, stream])


def _resampled(ratings: Ratings, clusters: Crossed) -> tuple[Estimate, ...]:
    count = len(ratings.sources)
    if ratings.form != PICKS:
        table = ratings.ranks
        pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
        ahead = np.array([np.sign(table[:, b] - table[:, a]) + 1 for a, b in pairs])
        return bootstrap_shares(ahead, clusters, rng=_rng(1), out_of=2)
    slots = count if ratings.shown is None else ratings.shown.shape[1]
    picked = np.full((count, len(ratings)), np.nan)
    for source in range(count):
        there = np.full(len(ratings), True)
        if ratings.shown is not None:
            there = (ratings.shown == source).any(axis=1)
        points = np.where(ratings.best == source, slots, np.where(ratings.best == TIE, 1, 0))
        picked[source, there] = points[there]
    return bootstrap_shares(picked, clusters, rng=_rng(1), out_of=slots)


def _ranks_by_slot(ratings: Ratings) -> Floats | None:
    if ratings.shown is None or ratings.form == PAIRS:
        return None
    if ratings.form != PICKS:
        return np.take_along_axis(ratings.ranks, ratings.shown, axis=1)
    ranks = np.where(ratings.shown == ratings.best[:, None], 1.0, 2.0)
    ranks[ratings.best == TIE] = 1
    ranks[ratings.best == NONE_GOOD] = np.nan
    return ranks


def _by_chance(ratings: Ratings) -> SourceEffect | None:
    ranks = _ranks_by_slot(ratings)
    if ranks is None or ratings.shown is None or ratings.shown.shape[1] > MOST_SLOTS:
        return None
    said = np.where(np.isnan(ranks), UNRANKED, ranks).astype(np.intp)
    return source_effect(ratings.shown, said, sources=ratings.sources, rng=_rng(2))


def _adjusted(ratings: Ratings) -> Adjusted | None:
    """With lengths where every text is there, without where not."""
    ranks = _ranks_by_slot(ratings)
    if ranks is None or ratings.shown is None or ratings.rater is None:
        return None
    if ratings.shown.shape[1] > MOST_SLOTS:
        return None
    lengths = np.zeros((int(ratings.item.max(initial=-1)) + 1, len(ratings.sources)))
    for item, source, text in ratings.texts:
        lengths[item, source] = max(1, len(text))
    by_slot = lengths[ratings.item[:, None], ratings.shown]
    return adjusted_strengths(
        ratings.rater,
        ratings.question,
        ratings.shown,
        ranks,
        sources=ratings.sources,
        lengths=by_slot if (by_slot > 0).all() else None,
        picks=ratings.form == PICKS,
    )


def _audit(ratings: Ratings) -> Audit | None:
    if not ratings.texts:
        return None
    item, source, text = zip(*ratings.texts, strict=True)
    return blinding_audit(item, source, text, sources=ratings.sources, rng=_rng(3))


def _raters(
    ratings: Ratings, unit: np.ndarray, said: np.ndarray
) -> tuple[tuple[RaterLine, ...], str]:
    assert ratings.rater is not None
    slots = 0 if ratings.shown is None else ratings.shown.shape[1]
    at = np.full(len(ratings), -1)
    if ratings.shown is not None:
        here = ratings.shown == ratings.best[:, None]
        at = np.where(here.any(axis=1), here.argmax(axis=1), -1)
    kinds = [str(kind) for kind in range(int(said.max(initial=-1)) + 1)]
    model: DawidSkene = dawid_skene(unit, ratings.rater, said, categories=kinds)
    each = zip(
        habits(ratings.rater, at, slots=slots),
        leave_one_out(unit, ratings.rater, said),
        strict=True,
    )
    right = [one.value for one in model.right]
    return tuple(
        RaterLine(habit, others, right[number] if right else None)
        for number, (habit, others) in enumerate(each)
    ), model.undefined

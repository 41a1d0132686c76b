"""Best and worst as figures: share best, share worst, their difference, and the pairs they order.

A rating orders two sources where at least one of them was called best or worst; of two that were
neither it says nothing. With three sources that is a whole ranking.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from raters.models import Rating
from raters.preferences import BETWEEN, WORST
from raters.services.results.agreeing import agreement_on_best
from raters.services.results.counted import Counted, Ints
from raters.services.results.scales import scale_mean
from raters.statistics import (
    Agreement,
    Comparison,
    Estimate,
    ShareBest,
    SlotEffect,
    at_level,
    compare,
    crossed,
    holm,
    share_best,
    slot_effect,
)


@dataclass(frozen=True, slots=True)
class BestWorst:
    """`scores` are share best minus share worst, from -1 to 1.

    `pairs` have the source with the higher score in front, the highest of all first; `silent`
    counts, pair by pair, the ratings that say nothing of it: both were neither best nor worst.
    """

    best: ShareBest
    worst: ShareBest
    scores: tuple[Estimate, ...]
    pairs: tuple[Comparison, ...]
    silent: tuple[int, ...]
    agreement: Agreement
    slots: SlotEffect


def best_worst(counted: Counted, names: tuple[str, ...], rng: np.random.Generator) -> BestWorst:
    rater, question = counted.rater, counted.question
    worst = worst_of(counted)
    clusters = crossed(rater, question)
    points = [(counted.best == a).astype(int) - (worst == a).astype(int) for a in range(len(names))]
    highest_first = sorted(range(len(names)), key=lambda a: -int(points[a].sum()))
    compared = [pair_ordered(counted, names, a, b) for a, b in combinations(highest_first, 2)]
    together = 1 - 0.05 / max(1, len(compared))
    corrected = holm([pair.p_value for pair, _ in compared])
    return BestWorst(
        best=share_best(rater, question, counted.best, sources=names),
        worst=share_best(rater, question, worst, sources=names),
        scores=tuple(scale_mean(each, clusters, -1, 1) for each in points),
        pairs=tuple(
            replace(pair, together=at_level(pair.share, together), p_holm=p)
            for (pair, _), p in zip(compared, corrected, strict=True)
        ),
        silent=tuple(silent for _, silent in compared),
        agreement=agreement_on_best(counted, names, tied="too close"),
        slots=slot_effect(counted.order, counted.best, rng=rng),
    )


def worst_of(counted: Counted) -> Ints:
    """Which source was called worst; *too close* and *none good* as `best` has them."""
    called = counted.ranks == WORST
    return np.where(called.any(axis=1), called.argmax(axis=1), counted.best)


def pair_ordered(
    counted: Counted, names: tuple[str, ...], a: int, b: int
) -> tuple[Comparison, int]:
    """The pair in the ratings that order it, and how many do not."""
    table = counted.ranks[:, [a, b]].copy()
    silent = (table == BETWEEN).all(axis=1) & counted.said(Rating.Outcome.BEST_WORST)
    table[silent] = np.nan
    (pair,) = compare(counted.rater, counted.question, table, sources=[names[a], names[b]])
    return pair, int(silent.sum())

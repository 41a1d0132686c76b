"""Rankings as figures: P(A above B) of every pair, ranks, strengths, concordance, slots.

*None good* ranks nothing and is left out of every figure here; *too close* is a ranking of equals.
"""

from dataclasses import dataclass

import numpy as np

from raters.models import Rating
from raters.services.results.agreeing import agreement_on_best
from raters.services.results.counted import Counted, Floats
from raters.statistics import (
    Agreement,
    Comparison,
    Concordance,
    SlotEffect,
    Strengths,
    compare,
    concordance,
    slot_effect,
    strengths,
)


@dataclass(frozen=True, slots=True)
class Rankings:
    """`pairs` have the source that was ranked higher over all in front, the best of all first.

    `ranks[a][r]` counts how often source a had rank r + 1, in rankings, *too close* apart.

    The slot effect is tested on the slot of the one ranked first; rankings with more than one first
    are left out of it.
    """

    pairs: tuple[Comparison, ...]
    ranks: tuple[tuple[int, ...], ...]
    rankings: int
    with_ties: int
    too_close: int
    none_good: int
    strengths: Strengths
    concordance: Concordance
    agreement: Agreement
    slots: SlotEffect


def rankings(counted: Counted, names: tuple[str, ...], rng: np.random.Generator) -> Rankings:
    rater, question, table = counted.rater, counted.question, counted.ranks
    ranked = table[counted.said(Rating.Outcome.RANKING)]
    order = highest_first(table)
    return Rankings(
        pairs=compare(rater, question, table[:, order], sources=[names[a] for a in order]),
        ranks=tuple(
            tuple(int((ranked[:, a] == rank).sum()) for rank in range(1, len(names) + 1))
            for a in range(len(names))
        ),
        rankings=len(ranked),
        with_ties=sum(len(set(row)) < len(names) for row in ranked.tolist()),
        too_close=int(counted.said(Rating.Outcome.TIE).sum()),
        none_good=int(counted.said(Rating.Outcome.NONE).sum()),
        strengths=strengths(rater, question, table, sources=names),
        concordance=concordance(counted.triple, table),
        agreement=agreement_on_best(counted, names, tied="first place shared"),
        slots=slot_effect(counted.order, counted.best, rng=rng),
    )


def highest_first(table: Floats) -> list[int]:
    """The sources by how often they stand above another, level ones as half; position decides."""
    above = (table[:, :, None] < table[:, None, :]).sum(axis=(0, 2))
    level = (table[:, :, None] == table[:, None, :]).sum(axis=(0, 2))
    points = (2 * above + level).tolist()
    return sorted(range(table.shape[1]), key=lambda a: -points[a])

"""Picks as figures: share best of every source, and which leads hold over all pairs at once."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from raters.services.results.agreeing import agreement_on_best
from raters.services.results.counted import Counted
from raters.services.results.scales import rescaled
from raters.statistics import (
    Agreement,
    Estimate,
    ShareBest,
    SlotEffect,
    at_level,
    crossed,
    holm,
    share,
    share_best,
    slot_effect,
    two_sided_p,
)


@dataclass(frozen=True, slots=True)
class Lead:
    """Two sources beside each other: share best of one less that of the other, from -1 to 1.

    It speaks of shares, not of rankings: a pick never sets one source above another. `together`
    holds for all pairs at once, and `p_holm` is corrected for all of them.
    """

    ahead: str
    behind: str
    difference: Estimate
    together: Estimate
    p_value: float | None
    p_holm: float | None

    @property
    def holds(self) -> bool:
        return self.together.low is not None and self.together.low > 0


@dataclass(frozen=True, slots=True)
class Picks:
    shares: ShareBest
    leads: tuple[Lead, ...]
    slots: SlotEffect
    agreement: Agreement


def picks(counted: Counted, names: tuple[str, ...], rng: np.random.Generator) -> Picks:
    shares = share_best(counted.rater, counted.question, counted.best, sources=names)
    return Picks(
        shares=shares,
        leads=_leads(counted, shares),
        slots=slot_effect(counted.order, counted.best, rng=rng),
        agreement=agreement_on_best(counted, names, tied="too close"),
    )


def _leads(counted: Counted, shares: ShareBest) -> tuple[Lead, ...]:
    """Every pair, the one picked more often ahead, with intervals that hold for all at once."""
    pairs = list(combinations(range(len(shares.sources)), 2))
    clusters = crossed(counted.rater, counted.question)
    found = []
    for first, second in pairs:
        more, less = (
            (first, second)
            if shares.sources[first].picked >= shares.sources[second].picked
            else (second, first)
        )
        points = 1 + (counted.best == more).astype(int) - (counted.best == less).astype(int)
        half = share(points, clusters, out_of=2)  # of the way from -1 to 1: one half if equal
        found.append((shares.sources[more].source, shares.sources[less].source, half))
    p_values = [two_sided_p(half) for _, _, half in found]
    level = 1 - 0.05 / max(1, len(pairs))
    return tuple(
        Lead(
            ahead=ahead,
            behind=behind,
            difference=rescaled(half, -1, 1),
            together=rescaled(at_level(half, level), -1, 1),
            p_value=p,
            p_holm=corrected,
        )
        for (ahead, behind, half), p, corrected in zip(found, p_values, holm(p_values), strict=True)
    )

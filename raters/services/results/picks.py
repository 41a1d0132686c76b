"""Picks as figures: share best of every source, and which leads hold over all pairs at once."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from raters.services.results.agreeing import agreement_on_best
from raters.services.results.counted import Counted
from raters.statistics import (
    Agreement,
    Estimate,
    ShareBest,
    SlotEffect,
    crossed,
    share,
    share_best,
    slot_effect,
)


@dataclass(frozen=True, slots=True)
class Lead:
    """Two sources beside each other: (1 + share of one - share of the other) / 2, 0.5 if equal."""

    ahead: str
    behind: str
    half: Estimate

    @property
    def holds(self) -> bool:
        return self.half.low is not None and self.half.low > 0.5


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
        half = share(points, clusters, out_of=2, level=1 - 0.05 / len(pairs))
        found.append(Lead(shares.sources[more].source, shares.sources[less].source, half))
    return tuple(found)

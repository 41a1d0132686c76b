"""Statistics of blind ratings: arrays in, frozen dataclasses out.

    from raters.statistics import share_best
    print(share_best(raters, questions, picked, sources=["human", "star"]).sources[0].share)

Every figure comes with its n, an interval, and `undefined` where it has none. Nothing here knows
the database, a page or a chart. Formulas and sources: docs/statistics.md.
"""

from .agreement import Agreement, agreement
from .audit import Audit, blinding_audit
from .bootstrap import bootstrap_share
from .concordance import Concordance, concordance
from .estimate import LIKE_THESE, PLAIN, THESE, Estimate
from .jackknife import (
    at_level,
    crossed,
    jackknife_variance,
    kish,
    sandwich_variance,
    share,
    two_sided_p,
)
from .pairwise import Comparison, compare, holm
from .power import Plan, Power, power, ratings_needed
from .shares import NONE_GOOD, TIE, ShareBest, SourceShare, share_best, share_first
from .slots import SlotEffect, picks_per_slot, slot_counts, slot_effect
from .strengths import MOST_SOURCES, Strengths, strengths

__all__ = [
    "LIKE_THESE",
    "MOST_SOURCES",
    "NONE_GOOD",
    "PLAIN",
    "THESE",
    "TIE",
    "Agreement",
    "Audit",
    "Comparison",
    "Concordance",
    "Estimate",
    "Plan",
    "Power",
    "ShareBest",
    "SlotEffect",
    "SourceShare",
    "Strengths",
    "agreement",
    "at_level",
    "blinding_audit",
    "bootstrap_share",
    "compare",
    "concordance",
    "crossed",
    "holm",
    "jackknife_variance",
    "kish",
    "picks_per_slot",
    "power",
    "ratings_needed",
    "sandwich_variance",
    "share",
    "share_best",
    "share_first",
    "slot_counts",
    "slot_effect",
    "strengths",
    "two_sided_p",
]

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
from .dawid_skene import DawidSkene, dawid_skene
from .estimate import LIKE_THESE, PLAIN, THESE, Estimate
from .guesses import UNKNOWN, Blinding, bang_index
from .habits import (
    Habit,
    WithOthers,
    WithThemselves,
    habits,
    leave_one_out,
    self_consistency,
)
from .jackknife import (
    at_level,
    crossed,
    jackknife_variance,
    kish,
    sandwich_variance,
    share,
    two_sided_p,
)
from .looks import anytime
from .pairwise import Comparison, compare, holm
from .power import Plan, Power, power, ratings_needed
from .randomisation import UNRANKED, PairByChance, SourceEffect, source_effect
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
    "UNKNOWN",
    "UNRANKED",
    "Agreement",
    "Audit",
    "Blinding",
    "Comparison",
    "Concordance",
    "DawidSkene",
    "Estimate",
    "Habit",
    "PairByChance",
    "Plan",
    "Power",
    "ShareBest",
    "SlotEffect",
    "SourceEffect",
    "SourceShare",
    "Strengths",
    "WithOthers",
    "WithThemselves",
    "agreement",
    "anytime",
    "at_level",
    "bang_index",
    "blinding_audit",
    "bootstrap_share",
    "compare",
    "concordance",
    "crossed",
    "dawid_skene",
    "habits",
    "holm",
    "jackknife_variance",
    "kish",
    "leave_one_out",
    "picks_per_slot",
    "power",
    "ratings_needed",
    "sandwich_variance",
    "self_consistency",
    "share",
    "share_best",
    "share_first",
    "slot_counts",
    "slot_effect",
    "source_effect",
    "strengths",
    "two_sided_p",
]

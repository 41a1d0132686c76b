"""Statistics of blind ratings: arrays in, frozen dataclasses out.

    from raters.statistics import share_best
    print(share_best(raters, questions, picked, sources=["human", "star"]).sources[0].share)

Every figure comes with its n, an interval, and `undefined` where it has none. Nothing here knows
the database, a page or a chart. Formulas and sources: docs/statistics.md.
"""

from .adjusted import Adjusted, adjusted_strengths
from .agreement import Agreement, agreement
from .audit import Audit, blinding_audit
from .bootstrap import bootstrap_share, bootstrap_shares
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
    one_sided_p,
    sandwich_variance,
    share,
    two_sided_p,
)
from .looks import anytime
from .pairwise import Comparison, compare, holm
from .planner import Cost, Rehearsal, Terms, cost, days_left, ratings_for_width, rehearse
from .power import Plan, Power, power, ratings_needed
from .randomisation import UNRANKED, PairByChance, SourceEffect, source_effect
from .rank_agreement import rank_alpha
from .shares import NONE_GOOD, TIE, ShareBest, SourceShare, share_best, share_first
from .slots import SlotEffect, picks_per_slot, slot_counts, slot_effect
from .spreads import Spreads, spreads
from .steps import AtDifficulty, StepCounts, share_by_steps, step_counts
from .strengths import MOST_SOURCES, Strengths, strengths
from .suspects import Suspect, suspect_questions

__all__ = [
    "LIKE_THESE",
    "MOST_SOURCES",
    "NONE_GOOD",
    "PLAIN",
    "THESE",
    "TIE",
    "UNKNOWN",
    "UNRANKED",
    "Adjusted",
    "Agreement",
    "AtDifficulty",
    "Audit",
    "Blinding",
    "Comparison",
    "Concordance",
    "Cost",
    "DawidSkene",
    "Estimate",
    "Habit",
    "PairByChance",
    "Plan",
    "Power",
    "Rehearsal",
    "ShareBest",
    "SlotEffect",
    "SourceEffect",
    "SourceShare",
    "Spreads",
    "StepCounts",
    "Strengths",
    "Suspect",
    "Terms",
    "WithOthers",
    "WithThemselves",
    "adjusted_strengths",
    "agreement",
    "anytime",
    "at_level",
    "bang_index",
    "blinding_audit",
    "bootstrap_share",
    "bootstrap_shares",
    "compare",
    "concordance",
    "cost",
    "crossed",
    "dawid_skene",
    "days_left",
    "habits",
    "holm",
    "jackknife_variance",
    "kish",
    "leave_one_out",
    "one_sided_p",
    "picks_per_slot",
    "power",
    "rank_alpha",
    "ratings_for_width",
    "ratings_needed",
    "rehearse",
    "sandwich_variance",
    "self_consistency",
    "share",
    "share_best",
    "share_by_steps",
    "share_first",
    "slot_counts",
    "slot_effect",
    "source_effect",
    "spreads",
    "step_counts",
    "strengths",
    "suspect_questions",
    "two_sided_p",
]

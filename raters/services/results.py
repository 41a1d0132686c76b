"""A closed study's ratings as figures: read once into arrays, handed to raters.statistics.

Knows which ratings count. Computes nothing itself: every interval, count and test is one of
raters.statistics, so a figure on the page can be had again from the exported ratings. Says which
source leads only where the difference holds over all pairs at once.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from raters.models import Assignment, Rating, Study
from raters.services.progress import Funnel, study_funnel
from raters.statistics.agreement import Agreement, agreement
from raters.statistics.estimate import Estimate
from raters.statistics.jackknife import crossed, share
from raters.statistics.shares import NONE_GOOD, TIE, ShareBest, share_best
from raters.statistics.slots import SlotEffect, slot_counts, slot_effect

OUTCOMES = {Rating.Outcome.TIE: TIE, Rating.Outcome.NONE: NONE_GOOD}
Ints = NDArray[np.intp]


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
class StudyResults:
    code: str
    name: str
    sources: tuple[str, ...]
    ratings: int
    raters: int
    simulated_raters: int
    questions: int
    places: int
    late: int
    shares: ShareBest
    leads: tuple[Lead, ...]
    balance: tuple[tuple[int, ...], ...]
    slots: SlotEffect
    agreement: Agreement
    funnel: Funnel | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The ratings that count, a row each; `order[i, s]` is the source that stood in slot s."""

    rater: Ints
    question: Ints
    triple: Ints
    picked: Ints
    order: Ints
    simulated: NDArray[np.bool_]


def study_results(*, study: Study) -> StudyResults:
    """Everything that the results page prints."""
    names = tuple(study.study_sources.order_by("position").values_list("source__name", flat=True))
    counted = _counted(study, len(names))
    shares = share_best(counted.rater, counted.question, counted.picked, sources=names)
    return StudyResults(
        code=study.code,
        name=study.name,
        sources=names,
        ratings=len(counted.rater),
        raters=len(np.unique(counted.rater)),
        simulated_raters=len(np.unique(counted.rater[counted.simulated])),
        questions=len(np.unique(counted.question)),
        places=study.triple_count * study.raters_per_triple,
        late=_current(study).filter(is_late=True).count(),
        shares=shares,
        leads=_leads(counted, shares),
        balance=tuple(
            tuple(int(count) for count in row) for row in slot_counts(counted.order, len(names))
        ),
        slots=slot_effect(
            counted.order, counted.picked, rng=np.random.default_rng(abs(study.seed))
        ),
        agreement=_agreement(counted, names),
        funnel=study_funnel(study=study),
    )


def _current(study: Study):  # type: ignore[no-untyped-def]
    return Rating.objects.filter(
        assignment__study=study, assignment__kind=Assignment.Kind.STUDY, is_current=True
    )


def _counted(study: Study, sources: int) -> Counted:
    rows = (
        _current(study)
        .filter(is_late=False)
        .order_by("pk")
        .values_list(
            "assignment__rater_id",
            "assignment__triple__question_id",
            "assignment__triple_id",
            "outcome",
            "picked__position",
            "assignment__order",
            "assignment__rater__is_simulated",
        )
    )
    rater, question, triple, outcome, position, order, simulated = (
        zip(*rows, strict=True) if rows else ((),) * 7
    )
    picked = [OUTCOMES.get(kind, at) for kind, at in zip(outcome, position, strict=True)]
    digits = np.frombuffer("".join(order).encode(), dtype=np.uint8) - ord("0")
    return Counted(
        rater=np.array(rater, dtype=np.intp),
        question=np.array(question, dtype=np.intp),
        triple=np.array(triple, dtype=np.intp),
        picked=np.array(picked, dtype=np.intp),
        order=digits.astype(np.intp).reshape(len(order), sources),
        simulated=np.array(simulated, dtype=np.bool_),
    )


def _agreement(counted: Counted, names: tuple[str, ...]) -> Agreement:
    """On what was said of each triple: which source is best, too close, or none good."""
    said = np.where(counted.picked >= 0, counted.picked, len(names) - 1 - counted.picked)
    categories = (*names, "too close", "none good")  # TIE is -1, NONE_GOOD -2
    return agreement(counted.triple, counted.rater, said, categories=categories)


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
        points = 1 + (counted.picked == more).astype(int) - (counted.picked == less).astype(int)
        half = share(points, clusters, out_of=2, level=1 - 0.05 / len(pairs))
        found.append(Lead(shares.sources[more].source, shares.sources[less].source, half))
    return tuple(found)

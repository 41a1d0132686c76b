"""A closed study's ratings as figures: read once into arrays, handed to raters.statistics.

A module a protocol (picks, rankings, best_worst), one for what was said beside the answer
(annotations), one for steps (reasoning) and one for suspect questions (suspects), one for what
raters wrote (remarks), one for the raters themselves (people), how many took part (flow) and what
leaving some out does (exclusions), one for the comparison that a plan names (planned), and one for
the same figures by other means (robustness). All know which ratings count from counted.py;
pictures.py says what is drawn, plain.py keeps figures as JSON. None computes anything itself: every
interval, count and test is one of raters.statistics, so a figure on the page can be had again from
the exported ratings.
"""

from dataclasses import dataclass

import numpy as np

from raters.exports.reading import pseudonyms
from raters.models import Exclusion, Study, StudyPlan
from raters.services.progress import Funnel, study_funnel
from raters.services.results.annotations import Annotations, annotations
from raters.services.results.best_worst import BestWorst, best_worst
from raters.services.results.chance import by_chance
from raters.services.results.counted import Counted, left_out, read
from raters.services.results.exclusions import Effects, study_effects
from raters.services.results.flow import Flow, flow
from raters.services.results.guesses import study_guesses
from raters.services.results.people import People, people, read_beside
from raters.services.results.picks import Picks, picks
from raters.services.results.planned import Planned, planned
from raters.services.results.rankings import Rankings, rankings
from raters.services.results.reasoning import (
    Reasoning,
    reasoning,
    source_kinds,
    written_by_people,
)
from raters.services.results.remarks import Remarks, remarks
from raters.services.results.robustness import Robustness, robustness
from raters.services.results.spread import spread
from raters.services.results.suspects import SuspectLine, suspects
from raters.services.results.texts import read_shown
from raters.statistics import Blinding, SourceEffect, Spreads, slot_counts

__all__ = ["StudyResults", "study_results"]


@dataclass(frozen=True, slots=True)
class StudyResults:
    """Everything that the results page prints; of the three protocols the study's own."""

    code: str
    name: str
    protocol: str
    sources: tuple[str, ...]
    ratings: int
    raters: int
    simulated_raters: int
    questions: int
    places: int
    late: int
    partial: int
    picks: Picks | None
    rankings: Rankings | None
    best_worst: BestWorst | None
    balance: tuple[tuple[int, ...], ...]
    by_chance: SourceEffect
    planned: Planned | None
    annotations: Annotations
    people: People
    remarks: Remarks
    funnel: Funnel | None
    flow: Flow
    reasoning: Reasoning
    suspects: tuple[SuspectLine, ...]
    robustness: Robustness
    guesses: Blinding | None
    effects: Effects | None
    spreads: Spreads


@dataclass(frozen=True, slots=True)
class OfProtocol:
    """What the counted ratings say of the sources; of the three protocols the study's own."""

    picks: Picks | None
    rankings: Rankings | None
    best_worst: BestWorst | None
    balance: tuple[tuple[int, ...], ...]
    by_chance: SourceEffect


def of_protocol(counted: Counted, names: tuple[str, ...], protocol: str, seed: int) -> OfProtocol:
    rng = np.random.default_rng(abs(seed))
    kinds = Study.Protocol
    return OfProtocol(
        picks=picks(counted, names, rng) if protocol == kinds.PICK_BEST else None,
        rankings=rankings(counted, names, rng) if protocol == kinds.RANKING else None,
        best_worst=best_worst(counted, names, rng) if protocol == kinds.BEST_WORST else None,
        balance=tuple(
            tuple(int(count) for count in row) for row in slot_counts(counted.order, len(names))
        ),
        by_chance=by_chance(counted, names, seed),
    )


def study_results(*, study: Study) -> StudyResults:
    names = tuple(study.study_sources.order_by("position").values_list("source__name", flat=True))
    raters = pseudonyms(study)
    counted = read(study, len(names))
    found = of_protocol(counted, names, study.protocol, study.seed)
    shown, human = read_shown(study), written_by_people(source_kinds(study))
    late, partial = left_out(study)
    plan = StudyPlan.objects.filter(study=study).first() or StudyPlan()
    return StudyResults(
        code=study.code,
        name=study.name,
        protocol=study.protocol,
        sources=names,
        ratings=len(counted.rater),
        raters=len(np.unique(counted.rater)),
        simulated_raters=len(np.unique(counted.rater[counted.simulated])),
        questions=len(np.unique(counted.question)),
        places=study.triple_count * study.raters_per_triple,
        late=late,
        partial=partial,
        picks=found.picks,
        rankings=found.rankings,
        best_worst=found.best_worst,
        balance=found.balance,
        by_chance=found.by_chance,
        planned=planned(counted, names, study.protocol, plan.headline, plan.sides),
        annotations=annotations(study, names),
        people=people(
            counted, read_beside(study), {raters[pk] for pk in Exclusion.objects.rules(study)}
        ),
        remarks=remarks(study, raters),
        funnel=study_funnel(study=study),
        flow=flow(study),
        reasoning=reasoning(counted, shown, names, human),
        suspects=suspects(study, counted, human),
        robustness=robustness(counted, shown, names, study.protocol, study.seed),
        guesses=study_guesses(study),
        effects=study_effects(study, names),
        spreads=spread(counted),
    )

"""Before a study, and while one runs: what a design can find, what it costs, when it is enough.

Asks raters.statistics, by simulation, within a page's patience: sizes and the number of simulated
studies are capped so that an answer takes about two seconds. Seeded: the same design, the same
answer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from raters.models import Study
from raters.services.results.precision import PLANNED_WIDTH, Precision, ratings_to_reach
from raters.services.study_states import study_fill
from raters.statistics import (
    Cost,
    Plan,
    Rehearsal,
    Terms,
    cost,
    days_left,
    ratings_for_width,
    ratings_needed,
    rehearse,
)

MOST_SEARCHED = 6000
STUDIES_AT_ONCE, MOST_SIMULATED = 1000, 10**6  # studies, and ratings in all of them
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Needed:
    """`ratings` is None where more ratings, to MOST_SEARCHED, do not get there."""

    what: str
    ratings: int | None
    each: int | None
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Planned:
    rehearsal: Rehearsal
    needed: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`days` until `needed` ratings are there, None where they never will be."""

    done: int
    places: int
    width: float
    needed: int | None
    per_day: float
    days: float | None


def study_plan(*, plan: Plan, odds: float, terms: Terms, wanted: float, width: float) -> Planned:
    """Try the plan out, and say how many ratings power `wanted` and an interval `width` need."""
    studies = min(STUDIES_AT_ONCE, MOST_SIMULATED // plan.ratings)
    found = rehearse(plan, odds=odds, terms=terms, rng=_rng(), studies=studies)
    for_power = (
        None
        if odds == 1
        else ratings_needed(
            plan, odds=odds, wanted=wanted, rng=_rng(), most=MOST_SEARCHED, studies=60
        )
    )
    for_width = ratings_for_width(plan, width=width, rng=_rng(), most=MOST_SEARCHED, studies=30)
    asked = [(f"an interval {100 * width:.0f} points wide", for_width)]
    if odds != 1:
        asked.insert(0, (f"power {100 * wanted:.0f}\u00a0%", for_power))
    return Planned(found, tuple(_needed(plan, terms, what, n) for what, n in asked))


def study_outlook(
    *, study: Study, precision: Precision, plan: Plan, width: float, now: datetime
) -> Outlook:
    """When a running study's interval will be `width` wide, at its pace since it opened."""
    needed = ratings_to_reach(plan, width=width, observed=precision.width, most=MOST_SEARCHED)
    return _outlook(study, precision, width, needed, now)


def study_reach(*, study: Study, precision: Precision, now: datetime) -> Outlook | None:
    """The same for the width that every study is held to, of which a worker has computed it all."""
    if precision.width is None:
        return None
    return _outlook(study, precision, PLANNED_WIDTH, precision.needed, now)


def _outlook(
    study: Study, precision: Precision, width: float, needed: int | None, now: datetime
) -> Outlook:
    since = max(now - (study.opened_at or now), timedelta(minutes=5))
    per_day = precision.ratings / (since / timedelta(days=1))
    return Outlook(
        done=precision.ratings,
        places=study_fill(study=study).places,
        width=width,
        needed=needed,
        per_day=per_day,
        days=days_left(done=precision.ratings, needed=needed, per_day=per_day),
    )


def _needed(plan: Plan, terms: Terms, what: str, ratings: int | None) -> Needed:
    if ratings is None:
        return Needed(what, None, None, None)
    wanted = replace(plan, ratings=ratings)
    return Needed(what, ratings, -(-ratings // plan.raters), cost(wanted, terms))


def _rng() -> np.random.Generator:
    return np.random.default_rng(SEED)

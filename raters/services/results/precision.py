"""How precise a running study is by now, over all sources at once: nothing that tells one apart.

The interval that a share of one half would have, were it as uncertain as the sources' shares are on
average, each against its own binomial variance: how much raters and questions add to what chance
does, which the shares themselves do not move. Never narrower than independent ratings would make
it, and that is also said of a study that is of one mind, so neither its width nor a missing one
tells that it is. So it names no source, no order of them and no share. Beside it the interval that
holds at every look, however often one looks (statistics.looks), and how many ratings an interval of
PLANNED_WIDTH needs, by simulation with these raters and questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy.special import expit, stdtrit

from raters.models import Study
from raters.services.results.counted import read
from raters.statistics import Estimate, Plan, anytime, power, ratings_for_width, share_best
from raters.statistics.jackknife import FEWEST

PLANNED_WIDTH = 0.14  # the same for every study, so it is fixed before anyone looks
MOST_RATINGS, STUDIES, SEED = 6000, 40, 20261123


@dataclass(frozen=True, slots=True)
class Precision:
    """`width` of a 95 % interval around one half, in shares; None where `undefined` says why.

    `always`: that of the interval that holds at every look; None where `silent` says why. `needed`
    ratings would make `width` PLANNED_WIDTH; None where more ratings alone do not get there.
    """

    ratings: int
    raters: int
    questions: int
    effective_raters: float | None
    effective_questions: float | None
    width: float | None
    always: float | None = None
    needed: int | None = None
    undefined: str = ""
    silent: str = ""


def study_precision(*, study: Study) -> Precision:
    names = tuple(str(n) for n in range(study.study_sources.count()))
    counted = read(study, len(names))
    shares = [
        each.share
        for each in share_best(counted.rater, counted.question, counted.best, sources=names).sources
    ]
    first = shares[0]
    found = Precision(
        ratings=len(counted.rater),
        raters=len(counted.raters),
        questions=len(counted.questions),
        effective_raters=first.effective_raters,
        effective_questions=first.effective_questions,
        width=None,
        undefined="too few ratings, raters or questions so far",
    )
    pooled = pooled_share(shares, found.ratings)
    if pooled is None:
        return replace(found, silent=found.undefined)
    width = width_of(pooled)
    at_every_look = anytime(pooled, planned_width=PLANNED_WIDTH)
    low, high = at_every_look.low, at_every_look.high
    return replace(
        found,
        width=width,
        always=None if low is None or high is None else high - low,
        needed=_needed(study, found, width),
        undefined="",
        silent=at_every_look.undefined,
    )


def _needed(study: Study, found: Precision, width: float) -> int | None:
    plan = Plan(ratings=found.ratings, raters=max(found.raters, 2), questions=study.triple_count)
    return ratings_to_reach(plan, width=PLANNED_WIDTH, observed=width, most=MOST_RATINGS)


def ratings_to_reach(
    plan: Plan, *, width: float, observed: float | None, most: int, studies: int = STUDIES
) -> int | None:
    """How many ratings make an interval `width` wide that is `observed` wide with the plan's.

    Where it is wider than simulated studies of the plan, its raters or questions differ more than
    theirs do. That excess is taken to stay, as more ratings by the same do not take it away; None
    where it, or `most` ratings, leave the width out of reach.
    """
    if observed is not None and observed <= width:
        return plan.ratings
    rng = np.random.default_rng(SEED)
    excess = 0.0
    if observed is not None:
        expected = power(plan, odds=1, rng=rng, studies=studies).width or 0.0
        excess = max(0.0, observed**2 - expected**2)
    if excess >= width**2:
        return None
    left = sqrt(width**2 - excess)
    return ratings_for_width(
        plan, width=left, rng=rng, most=most, studies=studies, more_than=plan.ratings
    )


def pooled_share(shares: Sequence[Estimate], ratings: int) -> Estimate | None:
    """One half, as uncertain as the shares are together; None of too few raters or questions."""
    first = shares[0]
    units = min(first.effective_raters or 0.0, first.effective_questions or 0.0)
    if units < FEWEST:
        return None
    known = [one for one in map(_against_binomial, shares) if one is not None]
    independent = 4 / (ratings - 1)  # what the jackknife by rating gives, too
    variance = max(sum(known) / len(known), independent) if known else independent
    return Estimate(value=0.5, low=0.5, high=0.5, se=sqrt(variance) / 4, df=units - 1)


def width_of(pooled: Estimate) -> float:
    assert pooled.se is not None
    assert pooled.df is not None
    return float(2 * expit(stdtrit(pooled.df, 0.975) * 4 * pooled.se) - 1)


def _against_binomial(found: Estimate) -> float | None:
    """The variance that a share of one half would have, on the logit scale."""
    if not found.se or found.value is None or not 0 < found.value < 1:
        return None
    return 4 * found.se**2 / (found.value * (1 - found.value))

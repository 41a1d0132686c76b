"""How precise a running study is by now, over all sources at once: nothing that tells one apart.

The interval that a share of one half would have, were it as uncertain as the sources' shares are on
average on the logit scale. So it names no source, no order of them and no share. Beside it the
interval that holds at every look, however often one looks (statistics.looks), and how many ratings
an interval of PLANNED_WIDTH needs, by simulation with these raters and questions.
"""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy.special import expit, stdtrit

from raters.models import Study
from raters.services.results.counted import read
from raters.statistics import Estimate, Plan, anytime, ratings_for_width, share_best

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
    known = [one for one in map(_on_logits, shares) if one is not None]
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
    if not known:
        return replace(found, silent=found.undefined)
    spread = sqrt(sum(known) / len(known))
    width = _width(spread, first)
    pooled = Estimate(value=0.5, low=0.5, high=0.5, se=spread / 4, df=first.df or 1.0)
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
    if width <= PLANNED_WIDTH:
        return found.ratings
    plan = Plan(ratings=found.ratings, raters=max(found.raters, 2), questions=study.triple_count)
    rng = np.random.default_rng(SEED)
    ratings = ratings_for_width(
        plan, width=PLANNED_WIDTH, rng=rng, most=MOST_RATINGS, studies=STUDIES
    )
    return None if ratings is None else max(ratings, found.ratings + 1)


def _on_logits(found: Estimate) -> float | None:
    """The variance on the logit scale."""
    if found.se is None or not found.se or found.value is None or not 0 < found.value < 1:
        return None
    return float((found.se / (found.value * (1 - found.value))) ** 2)


def _width(spread: float, found: Estimate) -> float:
    df = found.df or 1.0
    return float(2 * expit(stdtrit(df, 0.975) * spread) - 1)

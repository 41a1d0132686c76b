"""Before a study: how likely it is to find a preference of a given size (by simulation).

Knows how raters and questions vary and how a study is laid out. Knows no cost and no money, and
uses the same interval that the results will use, so its answers hold for this app's own test.

The model: rater r prefers A to B on question q with log-odds c + a_r + b_q, a_r and b_q normal with
the given standard deviations, and c such that the share of A, averaged over raters and questions,
is odds / (1 + odds). Raters get equally many ratings, no question twice while there are others. A
rater who drops out does so after any number of their ratings, none included, all equally likely.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit

from .estimate import PLAIN, Estimate
from .jackknife import Crossed, crossed, share

RATER_SD, QUESTION_SD = 0.25, 0.8  # log-odds; question spread is the larger one in published data
SIMULATED = "simulated studies, Wilson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study of one pair of sources. Raises ValueError where nothing could be rated."""

    ratings: int
    raters: int
    questions: int
    rater_sd: float = RATER_SD
    question_sd: float = QUESTION_SD
    drop_out: float = 0.0  # share of raters who leave somewhere within their work, not replaced

    def __post_init__(self) -> None:
        if min(self.ratings, self.raters, self.questions) < 1:
            raise ValueError("a plan needs at least one rating, one rater and one question")
        if min(self.rater_sd, self.question_sd) < 0:
            raise ValueError("a standard deviation cannot be negative")
        if not 0 <= self.drop_out < 1:
            raise ValueError("the share of raters who drop out must be at least 0 and below 1")


@dataclass(frozen=True, slots=True)
class Power:
    """What the plan promises: `power` is the share of studies whose interval leaves out 1/2."""

    plan: Plan
    odds: float
    power: Estimate
    covered: Estimate  # the share of studies whose interval holds the true share
    width: float | None  # of the interval, median over studies that had one


def power(
    plan: Plan, *, odds: float, rng: np.random.Generator, studies: int = 500, level: float = 0.95
) -> Power:
    """Simulate `studies` studies at true odds. Raises ValueError for odds that are not positive."""
    if odds <= 0:
        raise ValueError(f"odds must be positive, not {odds}")
    true_share = odds / (1 + odds)
    draw = _drawing(plan, true_share)
    found = [share(*draw(rng), level=level) for _ in range(studies)]
    bounds = [(e.low, e.high) for e in found if e.low is not None and e.high is not None]
    left_out = sum(not low <= 0.5 <= high for low, high in bounds)
    held = sum(low <= true_share <= high for low, high in bounds) + studies - len(bounds)
    return Power(
        plan=plan,
        odds=odds,
        power=_share_of_studies(left_out, studies, level),
        covered=_share_of_studies(held, studies, level),
        width=float(np.median([high - low for low, high in bounds])) if bounds else None,
    )


def ratings_needed(
    plan: Plan,
    *,
    odds: float,
    rng: np.random.Generator,
    wanted: float = 0.8,
    most: int = 100_000,
    studies: int = 200,
) -> int | None:
    """The fewest ratings, to about a tenth, whose simulated power is `wanted`; None beyond `most`.

    Raters and questions stay as planned: where None comes back, more ratings do not help and more
    raters or questions are needed. Each step simulates afresh from `rng`.
    """

    def enough(ratings: int) -> bool:
        found = power(replace(plan, ratings=ratings), odds=odds, rng=rng, studies=studies)
        return (found.power.value or 0.0) >= wanted

    low, high = 0, plan.raters
    while not enough(high):
        low, high = high, high * 2
        if high > most:
            return None
    while high - low > max(1, high // 10):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _drawing(
    plan: Plan, true_share: float
) -> Callable[[np.random.Generator], tuple[NDArray[np.bool_], Crossed]]:
    centre = log_odds_centre(true_share, float(np.hypot(plan.rater_sd, plan.question_sd)))
    rater = np.arange(plan.ratings) % plan.raters
    turns = np.arange(plan.ratings) // plan.raters
    per_rater = int(turns.max()) + 1

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.bool_], Crossed]:
        orders = rng.permuted(np.tile(np.arange(plan.questions), (plan.raters, 1)), axis=1)
        question = orders[rater, turns % plan.questions]
        leaning = (
            centre
            + rng.normal(0, plan.rater_sd, plan.raters)[rater]
            + rng.normal(0, plan.question_sd, plan.questions)[question]
        )
        y = rng.random(plan.ratings) < expit(leaning)
        if not plan.drop_out:
            return y, crossed(rater, question)
        leaves = rng.random(plan.raters) < plan.drop_out
        last = np.where(leaves, rng.integers(0, per_rater, plan.raters), per_rater)
        made = turns < last[rater]
        return y[made], crossed(rater[made], question[made])

    return draw


def log_odds_centre(true_share: float, spread: float) -> float:
    """The log-odds whose average over a normal spread is the true share (Gauss-Hermite)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()

    def beyond(centre: float) -> float:
        return float(weights @ expit(centre + spread * nodes)) - true_share

    reach = 10 + abs(float(logit(true_share))) * (1 + spread) + spread**2
    return float(brentq(beyond, -reach, reach))


def _share_of_studies(count: int, studies: int, level: float) -> Estimate:
    y = np.arange(studies) < count
    each = crossed(np.arange(studies), np.arange(studies))
    found = share(y, each, estimand=PLAIN, level=level)
    return replace(
        found, method=SIMULATED, estimand="", effective_raters=None, effective_questions=None
    )

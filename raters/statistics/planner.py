"""Before and during a study: ratings, raters, money and time for what one wants to know.

Knows plans, pay and pace, and asks `power` what a plan can find. Knows no study and no calendar.
"""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from .power import Plan, Power, power

ENOUGH = 0.8  # the usual power
FEW_QUESTIONS, FEW_RATERS = 30, 10
LONG_MINUTES = 60.0
HELPS = 0.9  # a width at most this times the old one is worth saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A rater's time and its price."""

    seconds_per_rating: float = 45.0
    seconds_before: float = 180.0  # instructions and practice
    pay_per_hour: float = 0.0
    fee: float = 0.0  # the platform's share on top, 0.33 for a third
    raters_at_once: int = 1

    def __post_init__(self) -> None:
        if min(self.seconds_per_rating, self.seconds_before, self.pay_per_hour, self.fee) < 0:
            raise ValueError("seconds, pay and fee cannot be negative")
        if self.raters_at_once < 1:
            raise ValueError("somebody must rate: raters at once cannot be below one")


@dataclass(frozen=True, slots=True)
class Cost:
    minutes_each: float  # of a rater who stays
    hours: float  # of work, by all raters
    elapsed_hours: float  # with so many raters at once
    money: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A plan tried out with simulated raters; `warnings` are sentences."""

    found: Power
    cost: Cost
    warnings: tuple[str, ...]


def cost(plan: Plan, terms: Terms) -> Cost:
    """Everybody who begins is paid for what they did: half of it on average if they drop out."""
    each = ceil(plan.ratings / plan.raters)
    done = plan.ratings * (1 - plan.drop_out / 2)
    hours = (plan.raters * terms.seconds_before + done * terms.seconds_per_rating) / 3600
    return Cost(
        minutes_each=(terms.seconds_before + each * terms.seconds_per_rating) / 60,
        hours=hours,
        elapsed_hours=hours / min(terms.raters_at_once, plan.raters),
        money=hours * terms.pay_per_hour * (1 + terms.fee),
    )


def rehearse(
    plan: Plan, *, odds: float, terms: Terms, rng: np.random.Generator, studies: int = 400
) -> Rehearsal:
    """Simulate the plan, drop-outs included, and say what to beware of."""
    found = power(plan, odds=odds, rng=rng, studies=studies)
    priced = cost(plan, terms)
    warnings = [*_of_power(found), *_of_size(plan), *_what_helps(found, rng, studies)]
    if priced.minutes_each > LONG_MINUTES:
        warnings.append(f"Each rater works {priced.minutes_each:.0f} minutes: tired raters err.")
    return Rehearsal(found, priced, tuple(warnings))


def ratings_for_width(
    plan: Plan,
    *,
    width: float,
    share: float = 0.5,
    rng: np.random.Generator,
    most: int = 100_000,
    studies: int = 100,
    more_than: int = 0,
) -> int | None:
    """The fewest ratings, to about a tenth, whose median interval is at most `width` wide.

    Raters and questions stay as planned; None where more ratings up to `most` do not get there.
    Where `more_than` ratings are known to be too few it looks beyond them only.
    Raises ValueError for a width or share that is none.
    """
    if not (0 < width < 1 and 0 < share < 1):
        raise ValueError("a width and a share lie between 0 and 1")
    odds = share / (1 - share)

    def enough(ratings: int) -> bool:
        found = power(replace(plan, ratings=ratings), odds=odds, rng=rng, studies=studies).width
        return found is not None and found <= width

    low, high = more_than, max(plan.raters, more_than + more_than // 10 + 1)
    while not enough(high):
        low, high = high, high * 2
        if high > most:
            return None
    while high - low > max(1, high // 10):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def days_left(*, done: int, needed: int | None, per_day: float) -> float | None:
    """During a study: days until `needed` ratings are there; None where they never will be."""
    if needed is None or (per_day <= 0 and needed > done):
        return None
    return max(0, needed - done) / per_day if needed > done else 0.0


def _of_power(found: Power) -> list[str]:
    if found.power.value is None or found.odds == 1 or found.power.value >= ENOUGH:
        return []
    return [
        f"Little power: true odds of {found.odds:g} are found in {100 * found.power.value:.0f} % of"
        f" studies like this ({100 * ENOUGH:.0f} % is usual). A result that is not significant"
        " would say little, and one that is overstates the difference."
    ]


def _of_size(plan: Plan) -> list[str]:
    said = []
    if plan.questions < FEW_QUESTIONS:
        said.append(
            f"{plan.questions} questions are few: intervals near 0 or 1 cover less than promised."
        )
    if plan.raters < FEW_RATERS:
        said.append(
            f"{plan.raters} raters are few: the interval for raters like these will be wide."
        )
    return said


def _what_helps(found: Power, rng: np.random.Generator, studies: int) -> list[str]:
    """Twice the ratings, raters or questions, each alone: which narrows the interval."""
    if found.width is None:
        return ["No simulated study had an interval: more raters and questions are needed."]
    plan = found.plan
    ways = (
        ("ratings", replace(plan, ratings=2 * plan.ratings)),
        ("raters (and ratings)", replace(plan, raters=2 * plan.raters, ratings=2 * plan.ratings)),
        ("questions", replace(plan, questions=2 * plan.questions)),
    )
    said = []
    for name, twice in ways:
        width = power(twice, odds=found.odds, rng=rng, studies=max(50, studies // 4)).width
        if width is not None:
            helps = "" if width <= HELPS * found.width else ", which is next to nothing"
            said.append(
                f"Twice the {name} would change the interval's width from"
                f" {100 * found.width:.1f} to {100 * width:.1f} points{helps}."
            )
    return said

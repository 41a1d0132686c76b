"""Means with an interval, where the values come from questions and those of one question are alike.

Pure. The variance of a mean is that of its questions' sums (linearised, with Q / (Q - 1)); a share
has Wilson's interval at the number of independent values that this variance amounts to, a mean the
t interval with Q - 1 degrees of freedom. It says how other questions would turn out; that another
training run would come out otherwise it does not know.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """`low` and `high` are None where the values do not say: one question, or no spread at all."""

    value: float
    low: float | None
    high: float | None
    n: int
    questions: int


def mean(values: Sequence[float], questions: Sequence[Hashable]) -> Estimate:
    value, variance, count = _moments(values, questions)
    if not variance:
        return Estimate(value, None, None, len(values), count)
    half = float(stdtrit(count - 1, 0.975)) * math.sqrt(variance)
    return Estimate(value, value - half, value + half, len(values), count)


def share(values: Sequence[float], questions: Sequence[Hashable]) -> Estimate:
    """The mean of values from 0 to 1."""
    value, variance, count = _moments(values, questions)
    n = min(len(values), value * (1 - value) / variance) if variance else count
    middle, spread = (
        (value + Z**2 / (2 * n)),
        Z * math.sqrt(value * (1 - value) / n + (Z / (2 * n)) ** 2),
    )
    low, high = ((middle + side * spread) / (1 + Z**2 / n) for side in (-1, 1))
    return Estimate(value, max(0.0, low), min(1.0, high), len(values), count)


def difference(
    first: Sequence[float], second: Sequence[float], questions: Sequence[Hashable]
) -> Estimate:
    """The mean of first - second, value by value: both were asked the same."""
    return mean([a - b for a, b in zip(first, second, strict=True)], questions)


def _moments(values: Sequence[float], questions: Sequence[Hashable]) -> tuple[float, float, int]:
    """The mean, its variance (0 where there is none to be had), and the number of questions."""
    if not values:
        raise ValueError("a mean of no values")
    value = math.fsum(values) / len(values)
    sums: dict[Hashable, float] = defaultdict(float)
    for each, question in zip(values, questions, strict=True):
        sums[question] += each - value
    count = len(sums)
    if count < 2:
        return value, 0.0, count
    squares = math.fsum(each**2 for each in sums.values())
    return value, count / (count - 1) * squares / len(values) ** 2, count

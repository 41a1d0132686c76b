"""Means on a scale with two ends, with the interval of shares: the scale is moved to 0 to 1."""

from dataclasses import replace

from raters.services.results.counted import Ints
from raters.statistics import Estimate, share
from raters.statistics.jackknife import Crossed


def scale_mean(values: Ints, clusters: Crossed, lowest: int, highest: int) -> Estimate:
    """The mean of whole numbers from `lowest` to `highest`, for raters and questions like these."""
    width = highest - lowest
    return rescaled(share(values - lowest, clusters, out_of=width), lowest, highest)


def rescaled(found: Estimate, lowest: int, highest: int) -> Estimate:
    """A share of the way from `lowest` to `highest` as a number on that scale."""
    width = highest - lowest

    def back(part: float | None) -> float | None:
        return None if part is None else lowest + width * part

    return replace(
        found,
        value=back(found.value),
        low=back(found.low),
        high=back(found.high),
        se=None if found.se is None else width * found.se,
    )

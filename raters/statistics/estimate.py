"""A figure with its interval, its n, and why it is undefined where it is.

Knows how to hold and print a figure. Knows nothing of how one is computed.
"""

from dataclasses import dataclass
from math import isfinite

LIKE_THESE = "raters like these"  # raters and questions are a sample: the headline
THESE = "these raters"  # raters are fixed, questions are a sample
PLAIN = "ratings as if independent"  # for comparison with papers only


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One figure. What is not defined is None, and then `undefined` says why.

    `n` counts the ratings (or units) behind it; `se` and the variances are on the scale of
    `value`; `df` are the degrees of freedom of the interval. `notes` say what else a reader must
    know, such as a one-sided bound. No field is ever NaN or infinite (ValueError).
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    method: str = ""
    estimand: str = ""
    undefined: str = ""
    se: float | None = None
    df: float | None = None
    effective_raters: float | None = None
    effective_questions: float | None = None
    level: float = 0.95
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "se", "df"):
            figure = getattr(self, name)
            if figure is not None and not isfinite(figure):
                raise ValueError(f"{name} of an estimate cannot be {figure}")
        if None in (self.value, self.low, self.high) and not self.undefined:
            raise ValueError("an estimate without value or interval says why")

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined: {self.undefined}"
        if self.low is None or self.high is None:
            return f"{self.value:.3f} (no interval: {self.undefined}), n = {self.n}"
        return (
            f"{self.value:.3f} ({self.level:.0%} interval {self.low:.3f} to {self.high:.3f}),"
            f" n = {self.n}"
        )


def undefined(reason: str, *, n: int = 0, method: str = "", estimand: str = "") -> Estimate:
    """A figure that cannot be given, and why."""
    return Estimate(n=n, method=method, estimand=estimand, undefined=reason)

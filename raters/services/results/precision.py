"""How precise a running study is by now, over all sources at once: nothing that tells one apart.

The interval that a share of one half would have, were it as uncertain as the sources' shares are on
average on the logit scale. So it names no source, no order of them and no share.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import expit, stdtrit

from raters.models import Study
from raters.services.results.counted import read
from raters.statistics import Estimate, share_best


@dataclass(frozen=True, slots=True)
class Precision:
    """`width` of a 95 % interval around one half, in shares; None where `undefined` says why."""

    ratings: int
    raters: int
    questions: int
    effective_raters: float | None
    effective_questions: float | None
    width: float | None
    undefined: str = ""


def study_precision(*, study: Study) -> Precision:
    names = tuple(str(n) for n in range(study.study_sources.count()))
    counted = read(study, len(names))
    shares = [
        each.share
        for each in share_best(counted.rater, counted.question, counted.best, sources=names).sources
    ]
    spread = [_on_logits(each) for each in shares]
    known = [each for each in spread if each is not None]
    first = shares[0]
    return Precision(
        ratings=len(counted.rater),
        raters=len(np.unique(counted.rater)),
        questions=len(np.unique(counted.question)),
        effective_raters=first.effective_raters,
        effective_questions=first.effective_questions,
        width=_width(sqrt(sum(known) / len(known)), first) if known else None,
        undefined="" if known else "too few ratings, raters or questions so far",
    )


def _on_logits(found: Estimate) -> float | None:
    """The variance on the logit scale."""
    if found.se is None or not found.se or found.value is None or not 0 < found.value < 1:
        return None
    return float((found.se / (found.value * (1 - found.value))) ** 2)


def _width(spread: float, found: Estimate) -> float:
    df = found.df or 1.0
    return float(2 * expit(stdtrit(df, 0.975) * spread) - 1)

"""Questions to look at by hand before believing what raters say of them.

Knows counts a question. Changes nothing: a suspect question counts until a rule that was fixed
before the data says otherwise. (Of GSM8K's human solutions some are wrong, or talk of 180 bottles
where there are 108: raters who prefer every model are right there.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Suspect:
    """One question and why it is suspect, the strongest reason first."""

    question: object
    reasons: tuple[str, ...]
    ratings: int
    flags: int


def suspect_questions(
    question: Sequence[object],
    *,
    flags: ArrayLike,
    model_above: ArrayLike,
    compared: ArrayLike,
    answers_differ: ArrayLike,
    fewest_flags: int = 1,
    fewest_ratings: int = 3,
) -> tuple[Suspect, ...]:
    """Questions with a reason to look at them, most reasons and flags first, then as given.

    A row a question: how often raters flagged it; in how many of its `compared` ratings every model
    was put above the human; whether answers that its texts state differ (from each other or from
    the gold answer). *Preferred by all* needs `fewest_ratings`. Raises ValueError for lengths that
    differ.
    """
    columns = [np.asarray(x).reshape(-1) for x in (flags, model_above, compared, answers_differ)]
    if {len(column) for column in columns} != {len(question)}:
        raise ValueError(f"{len(question)} questions for {[len(c) for c in columns]} rows")
    found = []
    for label, flagged, above, rated, differ in zip(question, *columns, strict=True):
        reasons = []
        if differ:
            reasons.append("its texts state different answers")
        if rated >= fewest_ratings and above == rated:
            reasons.append(f"all {int(rated)} ratings put a model above the human")
        if flagged >= fewest_flags:
            reasons.append(f"flagged by {int(flagged)} rater{'' if flagged == 1 else 's'}")
        if reasons:
            found.append(Suspect(label, tuple(reasons), int(rated), int(flagged)))
    return tuple(sorted(found, key=lambda one: (-len(one.reasons), -one.flags)))

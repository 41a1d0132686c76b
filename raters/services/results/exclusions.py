"""What each exclusion does to the headline figure: with it, without it, and without any.

Computed from arrays alone, so the export gives the same digits. The headline is the one that the
plan names, or else whatever comes out first in the ratings that count. Knows who is
excluded by which rule; does not know why (raters.exclusion), nor who decided (services/exclusions).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raters.exports.reading import pseudonyms
from raters.models import Exclusion, Study, StudyPlan
from raters.services.results.best_worst import pair_ordered, worst_of
from raters.services.results.counted import Counted, read
from raters.services.results.rankings import highest_first
from raters.statistics import Estimate, compare, share_best
from raters.statistics.estimate import undefined

BY_RATING = (
    "rater", "question", "triple", "order", "outcome", "best", "ranks", "elapsed_ms", "simulated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """One excluded rater: `ratings` that would count, and the headline were they alone let in."""

    rater: str
    rule: str
    ratings: int
    let_in: Estimate


@dataclass(frozen=True, slots=True)
class Effects:
    """`as_is` leaves out all who are excluded, `everyone` nobody. `key` as a plan has it."""

    key: str
    is_planned: bool
    as_is: Estimate
    everyone: Estimate
    ratings: int
    each: tuple[Effect, ...]


def study_effects(study: Study, names: tuple[str, ...]) -> Effects | None:
    """None, and no query more, where nobody is excluded."""
    found = Exclusion.objects.rules(study)
    if not found:
        return None
    by_pk = pseudonyms(study)
    planned = StudyPlan.objects.filter(study=study).values_list("headline", flat=True).first()
    return effects(
        read(study, len(names), everyone=True),
        {by_pk[pk]: rule for pk, rule in found.items()},
        names,
        study.protocol,
        planned or "",
    )


def effects(
    everyone: Counted, rules: Mapping[str, str], names: tuple[str, ...], protocol: str, planned: str
) -> Effects | None:
    """`rules` of excluded raters by pseudonym; None where none of their ratings would count."""
    by_rater = [everyone.rater == number for number, _ in enumerate(everyone.raters)]
    out = {
        name: rows for name, rows in zip(everyone.raters, by_rater, strict=True) if name in rules
    }
    if not out:
        return None
    left = ~np.logical_or.reduce(list(out.values()))
    key = planned or leading(only(everyone, left) if left.any() else everyone, protocol)

    def found(rows: NDArray[np.bool_]) -> Estimate:
        return headline(only(everyone, rows), names, protocol, key)

    return Effects(
        key=key,
        is_planned=bool(planned),
        as_is=found(left),
        everyone=found(np.ones_like(left)),
        ratings=int((~left).sum()),
        each=tuple(
            Effect(name, rules[name], int(rows.sum()), found(left | rows))
            for name, rows in out.items()
        ),
    )


def headline(counted: Counted, names: tuple[str, ...], protocol: str, key: str) -> Estimate:
    """The figure that `key` names: share best of one source, or of one above another."""
    if not len(counted.rater):
        return undefined("no rating counts")
    one, _, other = key.partition(">")
    first = int(one)
    if protocol == Study.Protocol.PICK_BEST:
        shares = share_best(counted.rater, counted.question, counted.best, sources=names)
        return shares.sources[first].share
    pair = [first, int(other)]
    if protocol == Study.Protocol.BEST_WORST:
        return pair_ordered(counted, names, *pair)[0].share
    (found,) = compare(
        counted.rater, counted.question, counted.ranks[:, pair], sources=[names[a] for a in pair]
    )
    return found.share


def leading(counted: Counted, protocol: str) -> str:
    """The key of what comes out first: the source picked most, or the two that stand highest."""
    sources = range(counted.order.shape[1])
    if protocol == Study.Protocol.RANKING:
        first, second, *_ = highest_first(counted.ranks)
        return f"{first}>{second}"
    bests = [int((counted.best == a).sum()) for a in sources]
    if protocol == Study.Protocol.PICK_BEST:
        return str(max(sources, key=bests.__getitem__))
    worst = worst_of(counted)
    scores = [bests[a] - int((worst == a).sum()) for a in sources]
    first, second, *_ = sorted(sources, key=lambda a: -scores[a])
    return f"{first}>{second}"


def only(counted: Counted, rows: NDArray[np.bool_]) -> Counted:
    return replace(counted, **{name: getattr(counted, name)[rows] for name in BY_RATING})

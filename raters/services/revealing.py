"""Tells a rater at the end whom they preferred, where the study said that it would.

Only once it is closed, and of this rater's own answers alone: the one place where a rater learns
the name of a source.
"""

from collections import Counter
from dataclasses import dataclass

from raters.blinding import positions
from raters.judgement import best_slot
from raters.models import Rater, Rating, Study, StudyPath


@dataclass(frozen=True, slots=True)
class Revealed:
    """How often each source was the best to this rater, in the study's order; `others` are answers
    that called none the best, or more than one."""

    preferred: tuple[tuple[str, int], ...]
    others: int


def reveal_promised(*, study: Study) -> bool:
    return StudyPath.objects.filter(study=study, reveals=True).exists()


def reveal_of(*, rater: Rater) -> Revealed | None:
    """None while the study is not closed, and where it does not reveal."""
    study = rater.study
    if study.state != Study.State.CLOSED or not reveal_promised(study=study):
        return None
    names = list(study.study_sources.order_by("position").values_list("source__name", flat=True))
    best: Counter[int | None] = Counter()
    for rating in Rating.objects.filter(
        assignment__rater=rater, assignment__kind="study", is_current=True
    ).select_related("assignment"):
        best[_best(rating)] += 1
    counts = tuple((name, best[position]) for position, name in enumerate(names))
    return Revealed(preferred=counts, others=best[None])


def _best(rating: Rating) -> int | None:
    """The position of the source whose text stood where the rater saw the best."""
    slot = best_slot(rating.slot, rating.ranks)
    return None if slot is None else positions(rating.assignment)[slot]

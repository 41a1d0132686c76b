"""Who took part: from raters who were let in to ratings that count, a number a stage."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from raters.models import Assignment, Bundle, Place, Rater, Rating, Study
from raters.services.results.counted import PARTIAL, countable, counting, excluded_raters, whole


@dataclass(frozen=True, slots=True)
class Flow:
    """`begun` had a triple in hand; `completed` rated their whole bundle, None without bundles.

    `given` are ratings of study triples as they stand, of which `late`, `partial`, `rehearsed`
    (by simulated raters, where people rated too) and, of raters who are `excluded`,
    `excluded_ratings` do not count.
    """

    added: int
    invited: int
    begun: int
    rated: int
    completed: int | None
    returned: int
    excluded: int
    counted_raters: int
    handed: int
    given: int
    late: int
    partial: int
    rehearsed: int
    excluded_ratings: int
    counted: int


def flow(study: Study) -> Flow:
    raters = Rater.objects.filter(study=study)
    handed = Assignment.objects.filter(study=study, kind=Assignment.Kind.STUDY)
    given = Rating.objects.filter(
        assignment__study=study, assignment__kind=Assignment.Kind.STUDY, is_current=True
    )
    count, able = counting(study), countable(study).count()
    return Flow(
        added=raters.count(),
        invited=raters.filter(is_invited=True).count(),
        begun=handed.order_by().values("rater").distinct().count(),
        rated=given.order_by().values("assignment__rater").distinct().count(),
        completed=_completed(study),
        returned=raters.filter(returned_at__isnull=False)
        .exclude(way_out=Rater.WayOut.NOTHING_LEFT)
        .count(),
        excluded=excluded_raters(study).count(),
        counted_raters=count.order_by().values("assignment__rater").distinct().count(),
        handed=handed.count(),
        given=given.count(),
        late=given.filter(is_late=True).count(),
        partial=given.filter(PARTIAL & Q(is_late=False)).count(),
        rehearsed=whole(study).count() - able,
        excluded_ratings=able - count.count(),
        counted=count.count(),
    )


def _completed(study: Study) -> int | None:
    if not study.triples_per_rater:
        return None
    missing = Place.objects.filter(bundle=OuterRef("pk")).exclude(state=Place.State.FILLED)
    held = Bundle.objects.filter(study=study, state=Bundle.State.HELD)
    return held.exclude(Exists(missing)).count()

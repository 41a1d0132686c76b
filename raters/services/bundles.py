"""Keeps for each rater the fixed number of places that they were promised, and frees them again.

A bundle is reserved at Begin and stays a rater's own: moved on by every triple they are handed, for
good once all of it is rated. One that lapses or is given back goes to another rater whole, and what
was rated of it does not count; where the study counts partial ratings, only its rest goes on.

Knows: who holds a bundle. Does not know: how its places are handed out (turns, assigning) or
designed (places). Locks as assigning does: rater, assignments, places; a bundle after its rater.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from raters.models import Assignment, Bundle, Place, Rater, Study
from raters.services.assigning import places_give_back, rater_lock
from raters.services.turns import bundle_left


def bundle_reserve(*, rater: Rater, now: datetime) -> bool:
    """Whether the rater has a bundle now; False where the study has none left for them."""
    bundles_lapse(study=rater.study, now=now)
    with transaction.atomic():
        rater = rater_lock(rater=rater)
        if Bundle.objects.filter(rater=rater).exists():
            return True
        if rater.study.state != Study.State.OPEN or rater.returned_at:
            return False
        bundle = _new_to(rater).select_for_update(skip_locked=True, no_key=True).first()
        if bundle is None:
            return False
        Bundle.objects.filter(pk=bundle.pk).update(
            state=Bundle.State.HELD,
            rater=rater,
            held_until=now + timedelta(hours=rater.study.bundle_hours),
        )
    return True


def bundle_return(*, rater: Rater, now: datetime) -> None:
    """The rater leaves the study for good; what they held goes to others."""
    with transaction.atomic():
        rater = rater_lock(rater=rater)
        Rater.objects.filter(pk=rater.pk, returned_at=None).update(returned_at=now)
        _free(rater)


def bundles_lapse(*, study: Study, now: datetime) -> int:
    """Free the bundles of raters who have not answered for the study's hours; how many."""
    due = Bundle.objects.filter(study=study, state=Bundle.State.HELD, held_until__lt=now)
    freed = 0
    for rater_id in due.values_list("rater_id", flat=True):
        with transaction.atomic():
            # Whoever is busy just now has come back; whoever answered meanwhile holds it longer.
            raters = Rater.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            rater = raters.select_related("study").filter(pk=rater_id).first()
            if rater and due.filter(rater=rater).exists():
                freed += _free(rater)
    return freed


def _new_to(rater: Rater) -> QuerySet[Bundle]:
    """Open bundles, the first first, without a triple that this rater has met."""
    met = Assignment.objects.filter(rater=rater, kind=Assignment.Kind.STUDY)
    known = Place.objects.filter(bundle=OuterRef("pk"), triple__in=met.values("triple"))
    free = Bundle.objects.filter(study_id=rater.study_id, state=Bundle.State.OPEN)
    return (free.filter(~Exists(known)) if met.exists() else free).order_by("number")


def _free(rater: Rater) -> bool:
    """Part the rater, whose row is locked, from all that is not rated; whether a bundle is free.

    A bundle of which nothing is left to rate stays theirs.
    """
    bundle = Bundle.objects.filter(rater=rater).first()
    is_complete = bundle is not None and not bundle_left(rater=rater).exists()
    own = Assignment.objects.filter(rater=rater).select_for_update(no_key=True).order_by("pk")
    held = list(own.filter(state=Assignment.State.HELD))
    places_give_back(assignments=held, state=Assignment.State.LAPSED)
    if bundle is None:
        return False
    if is_complete:
        Bundle.objects.filter(pk=bundle.pk).update(held_until=None)
        return False
    if not rater.study.counts_partial:
        rated = list(own.filter(place__bundle=bundle, state=Assignment.State.RATED))
        places_give_back(assignments=rated, state=Assignment.State.PARTIAL)
        Rater.objects.filter(pk=rater.pk).update(rated_count=F("rated_count") - len(rated))
    Bundle.objects.filter(pk=bundle.pk).update(state=Bundle.State.OPEN, rater=None, held_until=None)
    return True

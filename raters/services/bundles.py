"""Keeps for each rater the fixed number of places that they were promised, and frees them again.

A bundle is reserved at Begin and stays a rater's own: moved on by whatever they do, for good once
all of it is rated. It lapses only when somebody waits for it and its rater is not there. One that
lapses or is given back goes to another rater whole, and what was rated of it does not count; where
the study counts partial ratings, only its rest goes on. A rater who comes back before anybody took
theirs has it again, with what they rated.

Knows: who holds a bundle. Does not know: how its places are handed out (turns, assigning) or
designed (places). Locks as assigning does: rater, assignments, places; a bundle after its rater.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from raters.models import Assignment, Bundle, Place, Rater, Study
from raters.services.assigning import places_give_back, rater_lock
from raters.services.keeping import bundle_left, bundle_renew


def bundle_reserve(*, rater: Rater, now: datetime) -> bool:
    """Whether the rater has a bundle now; False where the study has none left for them."""
    while True:
        with transaction.atomic():
            rater = rater_lock(rater=rater)
            if Bundle.objects.filter(rater=rater).exists():
                bundle_renew(rater=rater, now=now)
                return True
            is_kept_out = rater.returned_at or rater.owes_practice
            if rater.study.state != Study.State.OPEN or is_kept_out:
                return False
            if _take(rater, now):
                return True
        # Without the rater's row: nobody holds two of them.
        if not bundles_lapse(study=rater.study, now=now, most=1):
            return False


def bundle_return(*, rater: Rater, now: datetime) -> None:
    """The rater leaves the study for good; what they held goes to others."""
    with transaction.atomic():
        rater = rater_lock(rater=rater)
        Rater.objects.filter(pk=rater.pk, returned_at=None).update(returned_at=now)
        _free(rater)


def bundles_lapse(*, study: Study, now: datetime, most: int | None = None) -> int:
    """Free the bundles of raters who were away for the study's hours, the longest first; how many.

    Whoever has a triple in hand under a lease is there.
    """
    in_hand = Assignment.objects.filter(
        rater=OuterRef("rater"), state=Assignment.State.HELD, lease_until__gte=now
    )
    due = Bundle.objects.filter(
        ~Exists(in_hand), study=study, state=Bundle.State.HELD, held_until__lt=now
    )
    freed = 0
    for rater_id in list(due.order_by("held_until").values_list("rater_id", flat=True)):
        if freed == most:
            break
        with transaction.atomic():
            # Whoever is busy just now has come back; whoever answered meanwhile holds it longer.
            raters = Rater.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            rater = raters.select_related("study").filter(pk=rater_id).first()
            if rater and due.filter(rater=rater).exists():
                freed += _free(rater)
    return freed


def _take(rater: Rater, now: datetime) -> bool:
    """Keep an open bundle for the rater, whose row is locked: the one they had, or the first."""
    bundle = _open_to(rater).select_for_update(skip_locked=True, no_key=True).first()
    if bundle is None:
        return False
    Bundle.objects.filter(pk=bundle.pk).update(state=Bundle.State.HELD, rater=rater)
    again = Assignment.objects.filter(
        rater=rater,
        kind=Assignment.Kind.STUDY,
        state=Assignment.State.PARTIAL,
        triple__places__bundle=bundle,
    )
    for assignment in (rated := list(again)):
        place = bundle.places.get(triple=assignment.triple_id)
        place.state, assignment.place = Place.State.FILLED, place
        assignment.state = Assignment.State.RATED
        place.save(update_fields=["state"])
        assignment.save(update_fields=["state", "place"])
    Rater.objects.filter(pk=rater.pk).update(rated_count=F("rated_count") + len(rated))
    bundle_renew(rater=rater, now=now)
    return True


def _open_to(rater: Rater) -> QuerySet[Bundle]:
    """Open bundles without a triple that this rater is done with; first the one that was theirs.

    What they never rated may come to them again, and what they rated counts again in a place of
    the order they saw.
    """
    states, own = Assignment.State, Assignment.objects.filter(rater=rater, kind="study")
    free = Bundle.objects.filter(study_id=rater.study_id, state=Bundle.State.OPEN)
    if not own.exists():
        return free.order_by("number")
    of_place = own.filter(triple=OuterRef("triple"))
    partial = of_place.filter(order=OuterRef("order"), state=states.PARTIAL)
    counted = of_place.filter(place=OuterRef("pk"))
    unrated = of_place.filter(state__in=[states.LAPSED, states.SKIPPED])
    places = Place.objects.filter(bundle=OuterRef("pk"))
    was_theirs = places.filter(Exists(of_place))
    done = was_theirs.filter(
        ~Exists(partial) | ~Q(state=Place.State.OPEN), ~Exists(counted), ~Exists(unrated)
    )
    return free.filter(~Exists(done)).order_by(Exists(was_theirs).desc(), "number")


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

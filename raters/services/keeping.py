"""What is left of a rater's bundle, until when it is kept, and what leaves it.

Knows: one bundle that somebody holds. Does not know: how bundles come to raters and are freed
(bundles), or how their places are handed out (turns, assigning).
"""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from raters.models import Bundle, Place, Rater, Study


def bundle_left(*, rater: Rater) -> QuerySet[Place]:
    """Places of the rater's bundle that want a rating of theirs."""
    return Place.objects.filter(bundle__rater=rater).exclude(state=Place.State.FILLED)


def bundle_renew(*, rater: Rater, now: datetime) -> None:
    """The rater is there: their bundle is kept for the study's hours, once complete for good.

    Call inside a transaction that holds the rater's row. Nothing where no bundles are kept.
    """
    if rater.study.triples_per_rater is None:
        return
    is_left = bundle_left(rater=rater).exists()
    until = now + timedelta(hours=rater.study.bundle_hours) if is_left else None
    Bundle.objects.filter(rater=rater).update(held_until=until)


def bundles_keep(*, study: Study, now: datetime) -> None:
    """A pause is nobody's absence: when it ends, whoever holds a bundle has all its hours."""
    until = now + timedelta(hours=study.bundle_hours)
    kept = Bundle.objects.filter(study=study, state=Bundle.State.HELD, held_until__lt=until)
    kept.update(held_until=until)


def place_set_aside(*, rater: Rater, triple_id: int) -> None:
    """Move a place that this rater will never fill into an open bundle, so that others may.

    One that has room (fewer places than raters are promised, this triple not among them), or else
    a further one, which stays short until more places come to it.
    """
    place = Place.objects.filter(bundle__rater=rater, triple=triple_id).first()
    if place is None:
        return
    study = Study.objects.select_for_update(no_key=True).get(pk=rater.study_id)
    bundle = _with_room(study, triple_id)
    if bundle is None:
        last = study.bundles.aggregate(last=Max("number"))["last"]
        bundle = Bundle.objects.create(study=study, number=last + 1)
    Place.objects.filter(pk=place.pk).update(bundle=bundle)


def _with_room(study: Study, triple_id: int) -> Bundle | None:
    has_it = Place.objects.filter(bundle=OuterRef("pk"), triple=triple_id)
    short = (
        study.bundles.filter(~Exists(has_it), state=Bundle.State.OPEN)
        .annotate(Count("places"))
        .filter(places__count__lt=study.triples_per_rater)
    )
    # Locked on its own: PostgreSQL locks no rows of a count.
    open_bundles = study.bundles.filter(state=Bundle.State.OPEN).order_by("number")
    found = open_bundles.filter(pk__in=short.values("pk"))
    return found.select_for_update(skip_locked=True, no_key=True).first()

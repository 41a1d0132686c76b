"""A rater leaves: returned, at a fault, with nothing left, or withdrawn, answers and all or not.

Withdrawing works at any time, after a study has closed too. Where their answers go, files built
with them go as well, and every later export says that it is a new version. Locks as assigning does:
rater, assignments, places.
"""

from datetime import datetime

from django.db import transaction

from raters.models import (
    Assignment,
    Flag,
    PracticeAnswer,
    Rater,
    Rating,
    Withdrawal,
)
from raters.services.assigning import places_give_back, rater_lock
from raters.services.bundles import bundle_return
from raters.services.export_files import study_exports_drop
from raters.services.freezing import WITHDREW, deviations_note
from raters.services.guessing import may_end


def rater_leave(*, rater: Rater, way_out: str, now: datetime) -> None:
    """For good; what they held goes to others, what they rated stays."""
    with transaction.atomic():
        bundle_return(rater=rater, now=now)
        Rater.objects.filter(pk=rater.pk, way_out="").update(way_out=way_out)
    rater.refresh_from_db()


def rater_end(*, rater: Rater, now: datetime) -> None:
    """Who has nothing left just now ends here: what others give back goes to somebody else."""
    with transaction.atomic():
        if may_end(rater=rater_lock(rater=rater)):
            rater_leave(rater=rater, way_out=Rater.WayOut.NOTHING_LEFT, now=now)


def rater_withdraw(*, rater: Rater, deletes: bool, now: datetime) -> None:
    """Leave for good, and have all answers deleted or let stand. The first word is not the last:
    who let them stand may still have them deleted."""
    with transaction.atomic():
        locked = rater_lock(rater=rater)
        before = Withdrawal.objects.filter(rater=locked).first()
        if before and (before.deleted is not None or not deletes):
            return
        deleted = _delete_answers(locked) if deletes else None
        bundle_return(rater=locked, now=now)
        Rater.objects.filter(pk=rater.pk).update(way_out=Rater.WayOut.WITHDRAWN)
        Withdrawal.objects.update_or_create(rater=locked, defaults={"deleted": deleted, "at": now})
    if deletes:
        deviations_note(study=rater.study, user=None, why=WITHDREW, now=now)
        study_exports_drop(study=rater.study, now=now)
    rater.refresh_from_db()


def answers_of(*, rater: Rater) -> int:
    """How many answers of theirs are stored, checks and repeats with the others."""
    return Rating.objects.filter(assignment__rater=rater, is_current=True).count()


def _delete_answers(rater: Rater) -> int:
    """Everything this rater said, in practice too, and which triples they were shown; guesses go
    with these. Their places are open."""
    own = Assignment.objects.filter(rater=rater)
    rows = list(own.select_for_update(no_key=True).order_by("pk"))
    of_study = [row for row in rows if row.place_id]
    places_give_back(assignments=of_study, state=Assignment.State.LAPSED)
    count = answers_of(rater=rater)
    Rating.objects.filter(assignment__rater=rater).delete()
    Flag.objects.filter(assignment__rater=rater).delete()
    PracticeAnswer.objects.filter(rater=rater).delete()
    own.delete()
    Rater.objects.filter(pk=rater.pk).update(rated_count=0, aside_count=0, orders={})
    return count

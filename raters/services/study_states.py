"""Moves studies that are made: opens, pauses, resumes and closes them, and lets raters in.

Knows: who may do what to a study when. Does not know: how one is made (services/studies.py), or
how its triples are handed out (services/assigning.py).
"""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count

from raters.models import AuditEntry, Place, Rater, Study, new_code
from raters.protocols import StudyRefused
from raters.services import assigning, keeping
from raters.services.freezing import deviations_note

MOST_RATERS_AT_ONCE = 1000
UNBLINDED = "un-blinded"
State = Study.State


@dataclass(frozen=True)
class Fill:
    """How full a study is: counts of places and raters, nothing about sources."""

    places: int
    filled: int
    held: int
    open: int
    raters: int


def study_open(*, study: Study, user: User, now: datetime) -> None:
    rule = "only a draft can be opened"
    _move(study, user, now, "opened", [State.DRAFT], rule, state=State.OPEN, opened_at=now)


def study_pause(*, study: Study, user: User, now: datetime) -> None:
    """Nothing new is handed out until it goes on; what is in hand comes in as ever."""
    rule = "only an open one can be paused"
    _move(study, user, now, "paused", [State.OPEN], rule, state=State.PAUSED)


def study_resume(*, study: Study, user: User, now: datetime) -> None:
    rule = "only a paused one can go on"
    with transaction.atomic():
        _move(study, user, now, "resumed", [State.PAUSED], rule, state=State.OPEN)
        keeping.bundles_keep(study=study, now=now)


def study_close(*, study: Study, user: User, now: datetime, why: str = "") -> None:
    """No new triples from here on; what is in hand goes back, and comes in late if it comes.

    Two transactions, so that none holds the study while it waits for those who rate just now. To
    close before the ratings that a frozen plan wants are there is a deviation; `why` is kept of it.
    """
    running, rule = [State.OPEN, State.PAUSED], "only an open one can close"
    _move(study, user, now, "closed", running, rule, state=State.CLOSED, closed_at=now)
    assigning.assignments_lapse(study=study, now=now, everyone=True)
    study.filled_count = study_fill(study=study).filled
    study.save(update_fields=["filled_count"])
    deviations_note(study=study, user=user, why=why, now=now)


def study_unblind_note(*, study: Study, user: User | None, page: str, now: datetime) -> None:
    """Write down that this person has seen who wrote what; None is whoever ran a command."""
    _note(study, user, UNBLINDED, now, page)


def raters_add(
    *, study: Study, count: int, now: datetime, invited: bool = False, simulated: bool = False
) -> list[Rater]:
    """New raters with personal links, named by their number in the study.

    A simulated one is a program: marked as such wherever its ratings are read.
    """
    if not 1 <= count <= MOST_RATERS_AT_ONCE:
        raise StudyRefused(f"{count} raters cannot be added; 1 to {MOST_RATERS_AT_ONCE} can.")
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.state == State.CLOSED:
            raise StudyRefused(f"'{locked.name}' is closed: it takes no more raters.")
        taken = set(locked.raters.values_list("name", flat=True))
        names = (f"Rater {n}" for n in itertools.count(len(taken) + 1))
        free = itertools.islice((name for name in names if name not in taken), count)
        return Rater.objects.bulk_create(
            Rater(
                study=study,
                name=name,
                is_invited=invited,
                is_simulated=simulated,
                created_at=now,
            )
            for name in free
        )


def invitation_switch(*, study: Study, user: User, on: bool, now: datetime) -> None:
    """Let anyone who has the invitation join, or nobody. One that was switched off stays dead."""
    with transaction.atomic():
        moved = (
            Study.objects.filter(pk=study.pk, invitation_code__isnull=on)
            .exclude(state=State.CLOSED)
            .update(invitation_code=new_code() if on else None)
        )
        if moved:
            _note(study, user, f"invitation {'on' if on else 'off'}", now)
    study.refresh_from_db()


def study_fill(*, study: Study) -> Fill:
    counts = dict(
        study.places.order_by().values("state").annotate(n=Count("id")).values_list("state", "n")
    )
    return Fill(
        places=sum(counts.values()),
        filled=counts.get(Place.State.FILLED, 0),
        held=counts.get(Place.State.HELD, 0),
        open=counts.get(Place.State.OPEN, 0),
        raters=study.raters.count(),
    )


def _move(
    study: Study,
    user: User,
    now: datetime,
    action: str,
    movable: list[State],
    rule: str,
    **columns: Any,
) -> None:
    """Change the study and write down who did; refused where its state is none of `movable`."""
    with transaction.atomic():
        found = Study.objects.filter(pk=study.pk, state__in=movable)
        moved = found.update(**columns)
        if moved:
            _note(study, user, action, now)
    study.refresh_from_db()
    if not moved:
        raise StudyRefused(f"'{study.name}' is {study.get_state_display()}: {rule}.")


def _note(study: Study, user: User | None, action: str, now: datetime, detail: str = "") -> None:
    AuditEntry.objects.create(study=study, user=user, action=action, detail=detail, at=now)

"""Moves a room: on, back, to the next question, to the end.

A question comes as QUESTION, TRIPLE, BARS, REVEAL. Every move is one conditional update: whoever
presses twice, or on two screens, moves once. Back goes to what the room has seen, never further.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from raters.models import Stage, Workshop, WorkshopItem
from raters.services.study_states import study_unblind_note
from raters.services.workshops.making import WorkshopRefused, running_questions

MOVES = ("next", "back", "skip", "end")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a room is; `item` is None before the first question."""

    item: WorkshopItem | None
    stage: Stage


def workshop_move(*, workshop: Workshop, to: str, seen: int, user: User, now: datetime) -> bool:
    """Move a room that still stands at version `seen`; whether this call was the one that did."""
    if workshop.ended_at is not None:
        return False
    if to == "end":
        return _update(workshop, seen, ended_at=now, join_code=None)
    target = _target(workshop, to)
    _check_not_running(target)
    position = target.item.position if target.item else None
    with transaction.atomic():
        moved = _update(workshop, seen, position=position, stage=target.stage)
        if moved and target.item:
            _reach(workshop, target.item, target.stage, user, now)
    return moved


def moves_of(workshop: Workshop) -> tuple[str, ...]:
    """What the presenter can do now, besides ending it."""
    found = []
    for to in ("back", "next", "skip"):
        try:
            target = _target(workshop, to)
        except WorkshopRefused:
            continue
        if to != "skip" or target != _target(workshop, "next"):
            found.append(to)
    return tuple(found)


def _target(workshop: Workshop, to: str) -> Standing:
    if to == "back":
        return _before(workshop)
    here = workshop.items.filter(position=workshop.at).first()
    if here is None or to == "skip" or workshop.stage == Stage.REVEAL:
        return _following(workshop, here)
    return Standing(here, Stage(workshop.stage + 1))


def _following(workshop: Workshop, here: WorkshopItem | None) -> Standing:
    """The next question that no running study asks."""
    after = here.position if here else -1
    free = workshop.items.exclude(question__in=running_questions())
    item = free.filter(position__gt=after).order_by("position").first()
    if item is None:
        raise WorkshopRefused("That was the last question: end the workshop, or go back.")
    return Standing(item, Stage.QUESTION)


def _before(workshop: Workshop) -> Standing:
    if workshop.position is None:
        raise WorkshopRefused("This is the beginning.")
    if workshop.stage > Stage.QUESTION:
        return Standing(workshop.items.get(position=workshop.at), Stage(workshop.stage - 1))
    seen = workshop.items.filter(position__lt=workshop.at, reached__isnull=False)
    item = seen.order_by("-position").first()
    return (
        Standing(item, Stage(item.reached))
        if item and item.reached
        else Standing(None, Stage.QUESTION)
    )


def _check_not_running(target: Standing) -> None:
    item = target.item
    if item and running_questions().filter(question=item.question_id).exists():
        raise WorkshopRefused(
            f"Question {item.position + 1} is asked by a study that is running now, so nothing "
            "more of it is shown. Go on to the next question."
        )


def _update(workshop: Workshop, seen: int, **values: object) -> bool:
    standing = Workshop.objects.filter(pk=workshop.pk, version=seen, ended_at=None)
    moved = standing.update(version=F("version") + 1, **values)
    workshop.refresh_from_db()
    return bool(moved)


def _reach(workshop: Workshop, item: WorkshopItem, stage: Stage, user: User, now: datetime) -> None:
    further = WorkshopItem.objects.filter(Q(reached=None) | Q(reached__lt=stage), pk=item.pk)
    is_new = further.update(reached=stage)
    if is_new and stage == Stage.REVEAL and workshop.study:
        page = f"workshop '{workshop.name}', question {item.position + 1}"[:300]
        study_unblind_note(study=workshop.study, user=user, page=page, now=now)

"""Lets phones in by the room's code, and takes what they say.

A phone says one thing a stage and may say another until the presenter moves on. What the room has
been shown cannot be taken back: answers close for good with the correct answer, picks with the
reveal. Guessing codes is slowed by address; a hall shares one, so only wrong codes count.
"""

from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import models, transaction

from generation.answers import normalise_number
from generation.models import Question
from raters.models import Stage, Workshop, WorkshopItem, WorkshopParticipant, WorkshopResponse
from raters.prepared import Given, Prepared
from raters.services.workshops.making import LETTERS

MOST_IN_ROOM = 2000
MOST_WRONG, WRONG_SECONDS = 60, 600

VERSION = Prepared(
    lambda: (
        WorkshopParticipant.objects.order_by()
        .filter(token=Given("token", models.UUIDField()))
        .values_list("workshop__version")
    )
)


class WrongCode(Exception):
    """No workshop has this code now."""


class TooManyGuesses(Exception):
    """So many wrong codes came from this address that it has to wait."""


class RoomFull(Exception):
    """As many phones as a room takes."""


class Closed(Exception):
    """The room has moved on; nothing is stored."""


class Unreadable(Exception):
    """What was sent is no answer to what is asked."""


def code_tidy(typed: str) -> str:
    """A code as it is kept, however it was typed: "bcd-fgh " is BCDFGH."""
    return "".join(letter for letter in typed[:40].upper() if letter.isalnum())


def participant_join(*, typed: str, address: str, now: datetime) -> WorkshopParticipant:
    """A new phone in the room with this code."""
    guesses = f"workshop-guesses:{address}"
    if cache.get(guesses, 0) >= MOST_WRONG:
        raise TooManyGuesses
    code = code_tidy(typed)
    known = code and set(code) <= set(LETTERS)
    workshop = Workshop.objects.filter(join_code=code).first() if known else None
    if workshop is None:
        cache.add(guesses, 0, WRONG_SECONDS)
        cache.incr(guesses)
        raise WrongCode
    if workshop.participants.count() >= MOST_IN_ROOM:
        raise RoomFull
    return workshop.participants.create(joined_at=now)


def participant_of(token: str) -> WorkshopParticipant | None:
    return (
        WorkshopParticipant.objects.select_related("workshop").filter(token=token).first()
        if _is_token(token)
        else None
    )


def version_of(token: str) -> int | None:
    """What a phone polls, two hundred at a time: one row by its key."""
    found = VERSION.first(token=UUID(token)) if _is_token(token) else None
    return found[0] if found else None


def answers_open(workshop: Workshop, item: WorkshopItem) -> bool:
    return workshop.stage == Stage.QUESTION and item.reached == Stage.QUESTION


def picks_open(workshop: Workshop, item: WorkshopItem) -> bool:
    return workshop.stage == Stage.TRIPLE and (item.reached or 0) < Stage.REVEAL


def response_give(
    *, participant: WorkshopParticipant, position: int, answer: str = "", pick: int | None = None
) -> None:
    """Store an answer, or a pick (1 is A1), to the question at this position, if it is open."""
    with transaction.atomic():
        # Locked, so that none comes in after the presenter has moved on.
        workshop = Workshop.objects.select_for_update().get(pk=participant.workshop_id)
        item = workshop.items.filter(position=position).select_related("question").first()
        if item is None or workshop.position != position or workshop.ended_at is not None:
            raise Closed
        if pick is None:
            if not answers_open(workshop, item):
                raise Closed
            said: dict[str, object] = {"answer": _read_answer(item.question, answer)}
        else:
            if not picks_open(workshop, item):
                raise Closed
            if not item.texts.filter(slot=pick - 1).exists():
                raise Unreadable
            said = {"slot": pick - 1}
        WorkshopResponse.objects.update_or_create(item=item, participant=participant, defaults=said)


def _read_answer(question: Question, text: str) -> str:
    """A label where there are choices, else a number: free words never reach the large screen."""
    if question.choices:
        if text not in {choice["label"] for choice in question.choices}:
            raise Unreadable
        return text
    number = normalise_number(text)
    if number is None:
        raise Unreadable
    return number


def _is_token(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False

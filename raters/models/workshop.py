"""A workshop: triples shown to a room, and what the phones in it answered.

Knows: the rules that the database itself keeps. Rows of their own throughout: no study, rating,
result or export reads any of them. Does not know: when an answer is taken, or what a phone may see
of it (services/workshops).
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from generation.models import new_code

from .studies import Study


class Stage(models.IntegerChoices):
    """What a room sees of a question. The order is the order in which they come."""

    QUESTION = 1, "question"
    TRIPLE = 2, "triple"
    BARS = 3, "bars"
    REVEAL = 4, "reveal"


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def of(self, user: User) -> "WorkshopQuerySet":
        """A presenter's own; an admin sees all."""
        return self if user.is_superuser else self.filter(owner=user)


class Workshop(models.Model):
    """Some questions in a row, shown by one presenter. Before the first it waits, `position` null.

    `version` changes with whatever the presenter does, so a page can ask whether it is out of date.
    """

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    # What the audience types; null once it has ended, and unique (DJ001).
    join_code = models.CharField(  # noqa: DJ001
        max_length=12, unique=True, null=True, editable=False
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.SET_NULL)
    seed = models.BigIntegerField()
    position = models.PositiveIntegerField(null=True, blank=True)
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.QUESTION)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at=None, join_code__isnull=False)
                | Q(ended_at__isnull=False, join_code=None),
                name="workshop_code_until_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def at(self) -> int:
        """The position of the question that the room is at; -1 before the first."""
        return -1 if self.position is None else self.position


class WorkshopItem(models.Model):
    """One question of a workshop. `reached` is the furthest stage that the room has seen of it."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    question = models.ForeignKey("generation.Question", on_delete=models.PROTECT)
    reached = models.PositiveSmallIntegerField(choices=Stage, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["workshop", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workshop", "position"], name="item_position_once"),
            models.UniqueConstraint(fields=["workshop", "question"], name="item_question_once"),
        ]

    def __str__(self) -> str:
        return f"question {self.position} of workshop {self.workshop_id}"


class WorkshopText(models.Model):
    """A rationale as the room sees it: `slot` 0 is A1, for everyone in the room."""

    item = models.ForeignKey(WorkshopItem, on_delete=models.CASCADE, related_name="texts")
    slot = models.PositiveSmallIntegerField()
    rationale = models.ForeignKey("generation.Rationale", on_delete=models.PROTECT)
    source = models.ForeignKey("generation.Source", on_delete=models.PROTECT)
    shown_text = models.TextField(help_text="normalised as in studies")

    class Meta:
        ordering: ClassVar = ["item", "slot"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "slot"], name="workshop_slot_once"),
        ]

    def __str__(self) -> str:
        return f"A{self.slot + 1} of item {self.item_id}"


class WorkshopParticipant(models.Model):
    """A phone in the room: a random token in its cookie, and nothing else about anyone."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="participants")
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    joined_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"participant of workshop {self.workshop_id}"


class WorkshopResponse(models.Model):
    """What one phone says of one question: its own answer to it, then the rationale it picks."""

    item = models.ForeignKey(WorkshopItem, on_delete=models.CASCADE, related_name="responses")
    participant = models.ForeignKey(
        WorkshopParticipant, on_delete=models.CASCADE, related_name="responses"
    )
    answer = models.CharField(max_length=200, blank=True, help_text="a number or a label")
    slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the pick; 0 is A1")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "participant"], name="response_once"),
        ]

    def __str__(self) -> str:
        return f"response to item {self.item_id}"

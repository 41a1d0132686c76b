"""What the API keeps: tokens, the ends of webhooks, what happened, and what became of telling it.

Of a token only the digest is stored. A webhook's secret is stored as it is: signing needs it.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from .studies import Study


class ApiToken(models.Model):
    """Lets a script act for a researcher, within its scopes, until it expires or is revoked."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.name


class Webhook(models.Model):
    """An address that wants to be told."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=64)
    kinds = models.JSONField(default=list, help_text="of events")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.url


class Event(models.Model):
    """Something ended or filled; `key` says what and which time, so it is noticed once."""

    class Kind(models.TextChoices):
        BATCH_ENDED = "batch.ended", "a batch ended"
        STUDY_FILLED = "study.filled", "a study has all its ratings"

    key = models.CharField(max_length=150, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    batch = models.ForeignKey(
        "generation.GenerationBatch", null=True, blank=True, on_delete=models.CASCADE
    )
    study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.CASCADE)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="batch.ended", batch__isnull=False, study=None)
                | Q(kind="study.filled", batch=None, study__isnull=False),
                name="event_of_what_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One event for one webhook: told once, as often as it takes."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        GIVEN_UP = "given-up", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE)
    code = models.CharField(max_length=32, unique=True, help_text="the receiver knows it again by")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False)
                | (~Q(state="waiting") & Q(next_at=None)),
                name="delivery_next_while_waiting",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return self.code

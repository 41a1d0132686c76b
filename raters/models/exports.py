"""Files that are built for a researcher: which export, how far it is, where it ends.

Knows the states that a file goes through. Does not know how one is built (services/export_files.py)
or what stands in it (raters/exports).
"""

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from generation.models import new_code

from .studies import Study


class StudyExportQuerySet(models.QuerySet["StudyExport"]):
    def of(self, user: User) -> "StudyExportQuerySet":
        """The files that this person asked for; an admin sees all."""
        return self if user.is_superuser else self.filter(owner=user, study__owner=user)

    def alive(self) -> "StudyExportQuerySet":
        return self.filter(state__in=StudyExport.ALIVE)


class StudyExport(models.Model):
    """One file of a study, asked for by one person. `key` says what it is made from, and how."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        BUILDING = "building", "building"
        BUILT = "built", "built"
        FAILED = "failed", "failed"
        EXPIRED = "expired", "expired"

    ALIVE = (State.QUEUED, State.BUILDING, State.BUILT)

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="exports")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=30, help_text="which export: ratings, dpo, ...")
    form = models.CharField(max_length=10, help_text="jsonl, csv, parquet or zip")
    wishes = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    is_snapshot = models.BooleanField(default=False, help_text="of a study that was still running")
    attempts = models.PositiveSmallIntegerField(default=0)
    share_done = models.FloatField(default=0, help_text="of the study's triples, 0 to 1")
    rows_done = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="to the broker, the last time")
    began_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True, help_text="its worker's last sign")
    built_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = StudyExportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "key"],
                condition=Q(state__in=["queued", "building", "built"]),
                name="export_alive_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="built")
                | (
                    Q(size__isnull=False, built_at__isnull=False, expires_at__isnull=False)
                    & ~Q(sha256="")
                ),
                name="export_built_is_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.name}.{self.form} of study {self.study_id}"

    @property
    def path(self) -> Path:
        """Of this attempt alone: a builder that was given up touches no file of another's."""
        return Path(settings.EXPORT_DIR) / f"{self.code}-{self.attempts}.{self.form}"

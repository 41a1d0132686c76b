"""What is kept beside a study: who of staff did what, sign-in links, and figures once computed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from .studies import Study


class AuditEntry(models.Model):
    """Who did what to a study that a reviewer may ask about: opened, closed, un-blinded."""

    CORRECTED: ClassVar = "gold answer corrected"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="audit")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    action = models.CharField(max_length=50)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.study_id}"


class SignInLink(models.Model):
    """Lets a researcher or admin in once, without a password; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"sign-in link {self.pk}"


class StudyReport(models.Model):
    """A study's figures as a worker computed them, and what of the study they were computed from.

    `key` changes with the ratings; `figures` are numbers, never words.
    """

    class Kind(models.TextChoices):
        RESULTS = "results", "every figure of a closed study"
        PRECISION = "precision", "how precise a running study is by now, without its sources"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        MADE = "made", "made"
        FAILED = "failed", "failed"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.RESULTS)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    figures = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="to the broker, the last time")
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "kind", "key"], name="report_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of study {self.study_id}"


class ReportFigure(models.Model):
    """One chart of a report, drawn, with its numbers."""

    report = models.ForeignKey(StudyReport, on_delete=models.CASCADE, related_name="drawn")
    name = models.CharField(max_length=50)
    svg = models.TextField()
    png = models.BinaryField()
    csv = models.TextField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "name"], name="figure_once_per_report"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of report {self.report_id}"

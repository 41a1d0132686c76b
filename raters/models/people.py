"""What raters agree to, where they come from, and how they leave: consent, crowd, withdrawal.

Knows: the rules that the database itself keeps (a version of a consent text never changes its
number, a person of a crowd platform is one rater of a study). Does not know: who may go where
(services/consent.py, services/crowd.py), or what is deleted when (services/withdrawing.py).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Count, Q

from .handing import Rater
from .studies import Study


class ConsentText(models.Model):
    """One version of what a study's raters agree to. A change is a new version, asked anew."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="consent_texts")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=10)
    text = models.TextField(help_text="Markdown")
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["study", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "version"], name="consent_version_once"),
        ]

    def __str__(self) -> str:
        return f"consent text {self.version} of study {self.study_id}"


class Consent(models.Model):
    """A rater agreed to this version, in its language, at this time."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="given")
    given_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rater", "text"], name="consent_once_per_version"),
        ]

    def __str__(self) -> str:
        return f"consent of rater {self.rater_id}"


class StudyPath(models.Model):
    """How people come into a study and leave it, and what they are paid. None: links alone.

    `exits` has the crowd platform's completion code of each way out.
    """

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="path")
    consent = models.OneToOneField(
        ConsentText, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Null lets nobody in from a crowd platform, and is unique (DJ001).
    crowd_code = models.CharField(  # noqa: DJ001
        max_length=32, unique=True, null=True, default=None, editable=False
    )
    exits = models.JSONField(default=dict, blank=True, help_text="{way out: completion code}")
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="expected of a rater")
    reward = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="GBP")
    least_hourly = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="topped up to this"
    )

    rater_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="how many may come by the invitation or the crowd link"
    )
    qualification_percent = models.PositiveSmallIntegerField(
        default=0, help_text="share of the practice to pass, or screened out; 0: nobody is"
    )
    asks_guesses = models.BooleanField(
        default=False, help_text="who wrote what, of the last triples, once all is rated"
    )
    debrief = models.TextField(blank=True, help_text="Markdown, shown at the end")
    reveals = models.BooleanField(
        default=False, help_text="each rater's own preferences by source, once closed"
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(qualification_percent__lte=100), name="path_qualification"
            ),
        ]

    def __str__(self) -> str:
        return f"path of study {self.study_id}"


class CrowdIdentity(models.Model):
    """Whom a crowd platform calls by which id. The only table with such an id; it can be deleted.

    `digest` is a keyed hash of the id for this study alone, which the rater's row keeps.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="crowd_identities")
    digest = models.CharField(max_length=64)
    participant = models.CharField(max_length=64)
    submission = models.CharField(max_length=64, blank=True)
    platform_study = models.CharField(max_length=64, blank=True)
    first_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "crowd identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "digest"], name="crowd_identity_once"),
        ]

    def __str__(self) -> str:
        return f"crowd identity {self.pk}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def counted(self, study: Study) -> dict[str, int]:
        """Raters who withdrew, of how many the answers were deleted, and the version of the study's
        data that this makes: 1, and one more for each of these."""
        found = self.filter(rater__study=study)
        counts = found.aggregate(raters=Count("pk"), deleted=Count("deleted"))
        return counts | {"data_version": 1 + counts["deleted"]}


class Withdrawal(models.Model):
    """A rater withdrew. `deleted` is how many of their answers went; None: they let them stand."""

    rater = models.OneToOneField(Rater, on_delete=models.CASCADE, related_name="withdrawal")
    deleted = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"withdrawal of rater {self.rater_id}"

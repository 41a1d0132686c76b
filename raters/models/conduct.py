"""How a study is held to what was planned: its plan, the plan frozen, deviations, exclusions.

Knows: what the database itself keeps (a plan is frozen once, a rater is excluded once at a time).
Does not know: what belongs to a frozen plan (services/freezing.py) or who falls under a rule
(exclusion.py, services/exclusions.py).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from .handing import Rater
from .studies import Study


class StudyPlan(models.Model):
    """What the study is to find out and how it is to end, written before its ratings are seen."""

    class Sides(models.TextChoices):
        TWO = "two-sided", "two-sided"
        ONE = "one-sided", "one-sided"

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="plan")
    hypothesis = models.TextField(blank=True)
    sides = models.CharField(max_length=10, choices=Sides, default=Sides.TWO)
    headline = models.CharField(
        max_length=5, blank=True, help_text="positions of sources: 0>1, or 0 alone of picks"
    )
    ratings = models.PositiveIntegerField(null=True, blank=True)
    raters = models.PositiveIntegerField(null=True, blank=True)
    stopping = models.TextField(blank=True)
    # {kind: {its numbers, set_at, is_late}}: late is one set or changed after the first rating.
    rules = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"plan of study {self.study_id}"


class StudyFreeze(models.Model):
    """A plan and its protocol as they were fixed: `text` is what `sha256` is the digest of."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="freeze")
    text = models.TextField(help_text="canonical JSON")
    sha256 = models.CharField(max_length=64)
    seen = models.JSONField(help_text="the same terms as last noted, so that no change is missed")
    ratings = models.PositiveIntegerField(help_text="given before it was frozen")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"frozen plan of study {self.study_id}"


class Deviation(models.Model):
    """A frozen term that was changed later."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="deviations")
    what = models.CharField(max_length=100)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.what} of study {self.study_id}"


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    def active(self, study: Study) -> "ExclusionQuerySet":
        """Those that hold in this study now: their raters' ratings count nowhere."""
        return self.filter(study=study, lifted_at=None)

    def rules(self, study: Study) -> dict[int, str]:
        """The rule of every rater who is excluded now, by primary key."""
        return dict(self.active(study).values_list("rater", "rule"))


class Exclusion(models.Model):
    """A rater left out by a rule; lifted, the row stays and the rater's ratings count again."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="exclusions")
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="exclusions")
    rule = models.CharField(max_length=20, help_text="its kind: see raters.exclusion")
    detail = models.CharField(max_length=300)
    # As it was when it was decided: the plan may say something else today.
    words = models.JSONField(default=list, blank=True, help_text="what its rules said, each")
    set_at = models.DateTimeField(null=True, blank=True, help_text="when the last of them was set")
    is_late = models.BooleanField(default=False, help_text="its rule came after the first rating")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_why = models.CharField(max_length=300, blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rater"], condition=Q(lifted_at=None), name="exclusion_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"exclusion of rater {self.rater_id}"

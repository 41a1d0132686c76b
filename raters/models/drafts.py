"""A study that is still being written down, step by step; nothing is drawn of it yet."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from generation.models import new_code


class StudyDraftQuerySet(models.QuerySet["StudyDraft"]):
    def of(self, user: User) -> "StudyDraftQuerySet":
        """A researcher's own, and nobody else's: half a thought is not for an admin either."""
        return self.filter(owner=user)


class StudyDraft(models.Model):
    """What was entered so far, as it was entered: what makes no sense yet is kept too."""

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    answers = models.JSONField(default=dict, help_text="{field of the wizard: what was entered}")
    step = models.CharField(max_length=20, help_text="where to go on")
    changed_at = models.DateTimeField()

    objects = StudyDraftQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"draft {self.pk}"

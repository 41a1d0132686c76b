"""What was done by people of staff: entries that a reviewer may ask about, and sign-in links."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from .studies import Study


class AuditEntry(models.Model):
    """Who did what to a study that a reviewer may ask about: opened, closed, un-blinded."""

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

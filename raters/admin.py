"""Raw rows for superusers, who see the sources here; links stay out of it.

Who was handed what and what they said of it is listed once its study is closed: before, a running
study is blind to admins too.
"""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from generation.admin import ReadOnly
from raters.models import Assignment, AuditEntry, Rater, Rating, Study, Triple


@admin.register(Study)
class StudyAdmin(ReadOnly):
    exclude = ("invitation_code",)
    list_display = ("name", "owner", "state", "triple_count", "raters_per_triple", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "code", "owner__username")
    list_select_related: ClassVar = ["owner"]


@admin.register(Triple)
class TripleAdmin(ReadOnly):
    list_display = ("id", "study", "number", "question", "kind", "has_identical_texts")
    list_filter = ("kind", "study")
    search_fields = ("question__key",)
    list_select_related: ClassVar = ["study", "question"]


@admin.register(Rater)
class RaterAdmin(ReadOnly):
    exclude = ("code",)
    list_display = ("name", "study", "is_simulated", "created_at")
    list_filter = ("is_simulated", "study")
    search_fields = ("name",)
    list_select_related: ClassVar = ["study"]


class OnceClosed(ReadOnly):
    """Rows of closed studies alone; `study_path` leads from a row to its study."""

    study_path = "study"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        closed = {f"{self.study_path}__state": Study.State.CLOSED}
        return super().get_queryset(request).filter(**closed)


@admin.register(Assignment)
class AssignmentAdmin(OnceClosed):
    exclude = ("token",)
    list_display = ("id", "study", "rater", "triple_id", "kind", "state", "claimed_at")
    list_filter = ("state", "kind", "study")
    search_fields = ("rater__name",)
    list_select_related: ClassVar = ["study", "rater"]


@admin.register(Rating)
class RatingAdmin(OnceClosed):
    study_path = "assignment__study"
    list_display = ("id", "assignment_id", "outcome", "slot", "is_current", "is_late")
    list_filter = ("outcome", "is_current", "is_late")
    search_fields = ("assignment__rater__name", "assignment__study__name")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "study", "action", "detail", "user")
    list_filter = ("action",)
    search_fields = ("study__name", "user__username", "detail")
    list_select_related: ClassVar = ["study", "user"]

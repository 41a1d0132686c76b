"""Raw rows for superusers, to look at and to search; what changes them are the services."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from generation.models import (
    GenerationBatch,
    GenerationChunk,
    Question,
    QuestionSet,
    Rationale,
    Source,
)

admin.site.unregister(Group)
admin.site.site_header = "Triptych, the rows"


class ReadOnly(admin.ModelAdmin):
    """Rows are looked at here. Changing them by hand would go round every rule of the services."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(QuestionSet)
class QuestionSetAdmin(ReadOnly):
    list_display = ("name", "created_by", "created_at")
    search_fields = ("name",)


@admin.register(Question)
class QuestionAdmin(ReadOnly):
    list_display = ("key", "question_set", "text", "gold_answer")
    list_filter = ("question_set",)
    search_fields = ("key", "text")
    list_select_related: ClassVar = ["question_set"]


@admin.register(Source)
class SourceAdmin(ReadOnly):
    list_display = ("name", "kind", "model", "parent")
    list_filter = ("kind",)
    search_fields = ("name", "model")


@admin.register(GenerationBatch)
class GenerationBatchAdmin(ReadOnly):
    list_display = ("id", "source", "question_set", "kind", "state", "created_at")
    list_filter = ("kind", "state")
    search_fields = ("source__name", "question_set__name")
    list_select_related: ClassVar = ["source", "question_set"]


@admin.register(GenerationChunk)
class GenerationChunkAdmin(ReadOnly):
    list_display = ("id", "batch_id", "number", "state", "attempts", "problem")
    list_filter = ("state",)
    search_fields = ("problem",)


@admin.register(Rationale)
class RationaleAdmin(ReadOnly):
    list_display = ("id", "source", "question", "verdict", "answer", "hinted")
    list_filter = ("verdict", "source")
    search_fields = ("text", "question__key")
    list_select_related: ClassVar = ["source", "question"]

"""Question sets, sources and batches, for scripts: the same forms and services as the pages.

A researcher finds the question sets that they work with and the batches of these; of others, not
even that they exist. Sources are everybody's, what they wrote for others' sets is not.
"""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.access import sets_of
from generation.api import serializers as shapes
from generation.datasets import text_lines
from generation.forms import BatchForm, ImportForm
from generation.models import GenerationBatch, QuestionSet, Source
from generation.services.batches import (
    batch_cancel,
    batch_create,
    batch_pause,
    batch_progress,
    batch_resume,
)
from generation.services.imports import QuestionsImported, questions_import, rationales_import
from generation.services.overview import generation_batches, source_lines
from generation.views.imports import short_lines

ASKED = tuple(BatchForm.base_fields)


# --- question sets -------------------------------------------------------------------------------
class QuestionSets(ListAPIView[QuestionSet]):
    """The question sets that you work with."""

    scopes: ClassVar = {"GET": "read"}
    serializer_class = shapes.QuestionSetShape

    def get_queryset(self) -> QuerySet[QuestionSet]:
        return _sets(self.request)


class QuestionSetRead(APIView):
    scopes: ClassVar = {"GET": "read"}

    @extend_schema(responses=shapes.QuestionSetShape)
    def get(self, request: Request, pk: int) -> Response:
        """One question set."""
        return Response(shapes.QuestionSetShape(get_object_or_404(_sets(request), pk=pk)).data)


class Imports(APIView):
    scopes: ClassVar = {"POST": "generate"}
    parser_classes = (MultiPartParser,)

    @extend_schema(request=shapes.ImportAsked, responses={201: shapes.ImportedShape})
    def post(self, request: Request) -> Response:
        """Import a file of questions or rationales: whole, or not at all."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES:
            raise RequestDataTooBig
        shapes.ImportAsked(data=request.data).is_valid(raise_exception=True)
        form = ImportForm(request.data, request.FILES, user=_user(request))
        if form.has_error("set_name", "taken"):
            raise PermissionDenied(str(form.errors["set_name"][0]))
        if not form.is_valid():
            raise ValidationError(dict(form.errors))  # type: ignore[arg-type]
        kind, name = form.cleaned_data["format"]
        run: Any = questions_import if kind == "questions" else rationales_import
        outcome = run(
            lines=text_lines(short_lines(form.cleaned_data["file"].file)),
            format=name,
            set_name=form.cleaned_data["set_name"],
            user=_user(request),
            now=timezone.now(),
        )
        return Response(shapes.ImportedShape(_imported(outcome)).data, status.HTTP_201_CREATED)


def _imported(outcome: Any) -> dict[str, Any]:
    is_questions = isinstance(outcome, QuestionsImported)
    return {
        "question_set": outcome.question_set.pk,
        "name": outcome.question_set.name,
        "questions_added": outcome.added if is_questions else outcome.questions_added,
        "sources": []
        if is_questions
        else [{"name": name, **vars(counts)} for name, counts in outcome.sources.items()],
    }


# --- sources -------------------------------------------------------------------------------------
class Sources(ListAPIView[Source]):
    """Every source of rationales."""

    scopes: ClassVar = {"GET": "read"}
    serializer_class = shapes.SourceShape
    queryset = Source.objects.all()


class SourceRead(APIView):
    scopes: ClassVar = {"GET": "read"}

    @extend_schema(responses=shapes.SourceWithSetsShape)
    def get(self, request: Request, pk: int) -> Response:
        """One source, and what it wrote for the question sets that you work with."""
        source = get_object_or_404(Source, pk=pk)
        lines = source_lines(sets=sets_of(_user(request)))
        wrote = next((line.sets for line in lines if line.pk == pk), ())
        about = shapes.SourceShape(source).data
        return Response(about | {"wrote": shapes.WrittenShape(wrote, many=True).data})


# --- batches -------------------------------------------------------------------------------------
class Batches(ListAPIView[GenerationBatch]):
    """The batches on your question sets, as they were queued."""

    scopes: ClassVar = {"GET": "read", "POST": "generate"}
    serializer_class = shapes.BatchShape

    def get_queryset(self) -> QuerySet[GenerationBatch]:
        return _batches(self.request)

    @extend_schema(request=shapes.BatchAsked, responses={201: shapes.BatchWithProgressShape})
    def post(self, request: Request) -> Response:
        """Queue a batch: a source writes rationales for a question set."""
        asked = shapes.BatchAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        return _queued(request, asked.validated_data)


class BatchRead(APIView):
    scopes: ClassVar = {"GET": "read"}

    @extend_schema(responses=shapes.BatchWithProgressShape)
    def get(self, request: Request, pk: int) -> Response:
        """One batch, and how far it is."""
        return Response(_with_progress(get_object_or_404(_batches(request), pk=pk)))


class BatchMove(APIView):
    """What moves a batch on; each address has its own subclass."""

    scopes: ClassVar = {"POST": "generate"}

    def move(self, request: Request, pk: int, act: Any) -> Response:
        act(batch=get_object_or_404(_batches(request), pk=pk))
        return Response(_with_progress(_batches(request).get(pk=pk)))


class BatchPause(BatchMove):
    @extend_schema(request=None, responses=shapes.BatchWithProgressShape)
    def post(self, request: Request, pk: int) -> Response:
        """Pause a batch: what is being written is finished, nothing new begins."""
        return self.move(request, pk, batch_pause)


class BatchResume(BatchMove):
    @extend_schema(request=None, responses=shapes.BatchWithProgressShape)
    def post(self, request: Request, pk: int) -> Response:
        """Go on with a batch: only what is missing is written."""
        return self.move(request, pk, partial(batch_resume, now=timezone.now()))


class BatchCancel(BatchMove):
    @extend_schema(request=None, responses=shapes.BatchWithProgressShape)
    def post(self, request: Request, pk: int) -> Response:
        """Cancel a batch; what it wrote is kept."""
        return self.move(request, pk, partial(batch_cancel, now=timezone.now()))


class BatchClone(APIView):
    scopes: ClassVar = {"POST": "generate"}

    @extend_schema(request=shapes.BatchCloned, responses={201: shapes.BatchWithProgressShape})
    def post(self, request: Request, pk: int) -> Response:
        """Queue a batch like this one, with another seed."""
        asked = shapes.BatchCloned(data=request.data)
        asked.is_valid(raise_exception=True)
        get_object_or_404(_batches(request), pk=pk)
        like = dict(_batches(request).filter(pk=pk).values(*ASKED)[0])
        return _queued(request, like | {"seed": like["seed"] + 1} | asked.validated_data)


def _queued(request: Request, asked: dict[str, Any]) -> Response:
    form = BatchForm(asked, user=_user(request))
    get_object_or_404(sets_of(_user(request)), pk=asked["question_set"])
    if not form.is_valid():
        raise ValidationError(dict(form.errors))  # type: ignore[arg-type]
    batch = batch_create(**form.cleaned_data, user=_user(request), now=timezone.now())
    return Response(_with_progress(batch), status.HTTP_201_CREATED)


def _with_progress(batch: GenerationBatch) -> dict[str, Any]:
    progress = shapes.ProgressShape(batch_progress(batch=batch)).data
    return {**shapes.BatchShape(batch).data, "progress": progress}


# --- whose ---------------------------------------------------------------------------------------
def _user(request: Any) -> User:
    """Scopes let researchers in alone."""
    user: User = request.user
    return user


def _sets(request: Any) -> QuerySet[QuestionSet]:
    return sets_of(_user(request)).annotate(questions_n=Count("questions"))


def _batches(request: Any) -> QuerySet[GenerationBatch]:
    return generation_batches(sets=sets_of(_user(request)))

"""Studies, their triples, raters and results, for scripts: the form and services of the pages.

Of a study only its owner and admins find anything. What names a source beside a text or a figure
is given of closed studies alone, and leaves the audit row that the page leaves.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.access import sets_of
from generation.models import Source
from raters.api import shapes_study as shapes
from raters.forms import StudyForm, criterion_lines, reason_lines
from raters.models import Rater, Study, StudyReport, Triple
from raters.protocols import PRESETS, StudyRefused
from raters.services.progress import source_lines
from raters.services.reports import report_ask
from raters.services.studies import study_create
from raters.services.study_states import (
    raters_add,
    study_close,
    study_fill,
    study_open,
    study_pause,
    study_resume,
    study_unblind_note,
)
from raters.services.triples import study_triples, triple_lines


def own_study(request: Any, code: str) -> Study:
    return get_object_or_404(Study.objects.of(request.user), code=code)


class Studies(ListAPIView[Study]):
    """Your studies."""

    scopes: ClassVar = {"GET": "read", "POST": "studies"}
    serializer_class = shapes.StudyShape

    def get_queryset(self) -> QuerySet[Study]:
        return Study.objects.of(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=shapes.StudyAsked, responses={201: shapes.StudyWithFillShape})
    def post(self, request: Request) -> Response:
        """Make a study: a draft with its triples and places."""
        asked = shapes.StudyAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        sets = sets_of(request.user)  # type: ignore[arg-type]
        chosen = get_object_or_404(sets, pk=given["question_set"])
        sources = [(line.pk, line.name) for line in source_lines(question_set=chosen)]
        form = StudyForm(_as_form(given), sources=sources)
        if not form.is_valid():
            raise ValidationError(dict(form.errors))  # type: ignore[arg-type]
        found = Source.objects.in_bulk(form.cleaned_data["sources"])
        study = study_create(
            owner=request.user,  # type: ignore[arg-type]
            name=form.cleaned_data["name"],
            question_set=chosen,
            sources=[found[pk] for pk in form.cleaned_data["sources"]],
            questions=form.cleaned_data["questions"],
            seed=form.cleaned_data["seed"],
            now=timezone.now(),
            **form.settings(),
        )
        return Response(_with_fill(study), status.HTTP_201_CREATED)


def _as_form(given: dict[str, Any]) -> dict[str, Any]:
    """As the page for a new study would send it: its own proposals, a preset's, what was said."""
    preset = PRESETS[given["preset"]] if "preset" in given else None
    asked = {name: field.initial for name, field in StudyForm.base_fields.items()}
    asked["reasons"] = ""
    if preset:
        asked |= {**preset.settings, "questions": preset.questions}
    asked |= given
    asked["asks_reasons"] = bool(asked["reasons"])
    asked["reasons"] = reason_lines(asked["reasons"] or ())
    asked["criteria"] = criterion_lines(asked["criteria"] or ())
    return asked


class StudyRead(APIView):
    scopes: ClassVar = {"GET": "read"}

    @extend_schema(responses=shapes.StudyWithFillShape)
    def get(self, request: Request, code: str) -> Response:
        """One study, and how full it is."""
        return Response(_with_fill(own_study(request, code)))


def _with_fill(study: Study) -> dict[str, Any]:
    names = study.study_sources.order_by("position").values_list("source__name", flat=True)
    return {
        **shapes.StudyShape(study).data,
        "sources": list(names),
        "triples": study.triple_count,
        "seed": study.seed,
        "fill": shapes.FillShape(study_fill(study=study)).data,
    }


# --- moving on -----------------------------------------------------------------------------------
class StudyMove(APIView):
    """What moves a study on; each address has its own subclass."""

    scopes: ClassVar = {"POST": "studies"}

    def move(self, request: Request, code: str, act: Any) -> Response:
        study = own_study(request, code)
        act(study=study, user=request.user, now=timezone.now())
        return Response(_with_fill(study))


class StudyOpen(StudyMove):
    @extend_schema(request=None, responses=shapes.StudyWithFillShape)
    def post(self, request: Request, code: str) -> Response:
        """Open a draft: raters may begin."""
        return self.move(request, code, study_open)


class StudyPause(StudyMove):
    @extend_schema(request=None, responses=shapes.StudyWithFillShape)
    def post(self, request: Request, code: str) -> Response:
        """Pause a study: nothing new is handed out, what is in hand comes in."""
        return self.move(request, code, study_pause)


class StudyResume(StudyMove):
    @extend_schema(request=None, responses=shapes.StudyWithFillShape)
    def post(self, request: Request, code: str) -> Response:
        """Go on with a paused study."""
        return self.move(request, code, study_resume)


class StudyClose(StudyMove):
    @extend_schema(request=None, responses=shapes.StudyWithFillShape)
    def post(self, request: Request, code: str) -> Response:
        """Close a study for good: its results and pairs may be read then."""
        return self.move(request, code, study_close)


# --- what stands in it, and who rates ---------------------------------------------------------
class Triples(ListAPIView[Triple]):
    scopes: ClassVar = {"GET": "results"}
    serializer_class = shapes.TripleLineShape
    queryset = Triple.objects.none()

    @extend_schema(responses=shapes.TripleLineShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        """A study's triples: counts while it runs, texts and their sources once it has closed."""
        study = own_study(request, code)
        page = self.paginate_queryset(study_triples(study=study)) or []
        if study.state == Study.State.CLOSED:
            _note(request, study, "api/triples")
        lines = triple_lines(study=study, triples=page)
        return self.get_paginated_response(shapes.TripleLineShape(lines, many=True).data)


class Raters(ListAPIView[Rater]):
    scopes: ClassVar = {"GET": "rate", "POST": "rate"}
    serializer_class = shapes.RaterShape
    queryset = Rater.objects.none()

    @extend_schema(responses=shapes.RaterShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        """A study's raters, each with the code that lets them rate."""
        page = self.paginate_queryset(own_study(request, code).raters.all())
        return self.get_paginated_response(shapes.RaterShape(page, many=True).data)

    @extend_schema(request=shapes.RatersAsked, responses={201: shapes.RatersAddedShape})
    def post(self, request: Request, code: str) -> Response:
        """Add raters, people or simulated ones."""
        study = own_study(request, code)
        asked = shapes.RatersAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        added = raters_add(
            study=study,
            count=asked.validated_data["count"],
            simulated=asked.validated_data["simulated"],
            now=timezone.now(),
        )
        return Response(shapes.RatersAddedShape({"raters": added}).data, status.HTTP_201_CREATED)


# --- results -------------------------------------------------------------------------------------
class Results(APIView):
    scopes: ClassVar = {"GET": "results"}

    @extend_schema(responses={200: shapes.ResultsShape, 202: shapes.ResultsShape})
    def get(self, request: Request, code: str) -> Response:
        """The figures of a closed study; 202 while a worker computes them: ask again."""
        study = own_study(request, code)
        if study.state != Study.State.CLOSED:
            raise StudyRefused(
                f"The study is {study.get_state_display()}; its results are given once it closes."
            )
        report = report_ask(study=study, now=timezone.now())
        is_made = report.state == StudyReport.State.MADE
        if is_made:
            _note(request, study, "api/results")
        is_waiting = report.state == StudyReport.State.QUEUED
        said = {
            "state": report.state,
            "problem": report.problem,
            "figures": report.figures if is_made else None,
        }
        return Response(said, status.HTTP_202_ACCEPTED if is_waiting else status.HTTP_200_OK)


def _note(request: Request, study: Study, page: str) -> None:
    study_unblind_note(study=study, user=request.user, page=page, now=timezone.now())  # type: ignore[arg-type]

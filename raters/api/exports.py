"""A study's files, for scripts: ask, look how far it is, take it, in ranges if wanted, drop it.

The same services as the page. A file belongs to whoever asked for it.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from raters.api import shapes_study as shapes
from raters.api.studies import own_study
from raters.exports import TYPES, ExportRefused
from raters.exports.manifest import SUFFIX
from raters.models import StudyExport
from raters.services.export_files import export_file_name, study_export_ask, study_export_drop
from raters.services.study_states import study_unblind_note
from raters.views.ranges import ranged

FILES = sorted(set(TYPES.values()))


class NoSuchPart(APIException):
    """With the length of the file, so that whoever asked knows that it has all of it."""

    status_code = status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE

    def __init__(self, answer: HttpResponseBase, size: int | None) -> None:
        super().__init__(f"The file has {size} bytes; the range begins behind them.")
        self.headers = {name: answer[name] for name in ("Content-Range", "ETag", "Accept-Ranges")}


class AsItIs(DefaultContentNegotiation):
    """A file is what it is, whatever a client would rather have."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Exports(ListAPIView[StudyExport]):
    scopes: ClassVar = {"GET": "exports", "POST": "exports"}
    serializer_class = shapes.ExportShape
    queryset = StudyExport.objects.none()

    @extend_schema(responses=shapes.ExportShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        """The files of a study that you asked for."""
        page = self.paginate_queryset(_own_exports(request, code))
        return self.get_paginated_response(shapes.ExportShape(page, many=True).data)

    @extend_schema(request=shapes.ExportAsked, responses={202: shapes.ExportShape})
    def post(self, request: Request, code: str) -> Response:
        """Ask for a file; while nothing has changed, the same one again."""
        study = own_study(request, code)
        asked = shapes.ExportAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        export = study_export_ask(
            study=study,
            user=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            **asked.validated_data,
        )
        return Response(shapes.ExportShape(export).data, status.HTTP_202_ACCEPTED)


class ExportRead(APIView):
    scopes: ClassVar = {"GET": "exports", "DELETE": "exports"}

    @extend_schema(responses=shapes.ExportShape)
    def get(self, request: Request, code: str, export: str) -> Response:
        """How far a file is."""
        found = get_object_or_404(_own_exports(request, code), code=export)
        return Response(shapes.ExportShape(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, code: str, export: str) -> Response:
        """Stop building a file, or take it away."""
        found = get_object_or_404(_own_exports(request, code), code=export)
        study_export_drop(export=found, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportFile(APIView):
    scopes: ClassVar = {"GET": "exports"}
    content_negotiation_class = AsItIs

    @extend_schema(
        responses={(200, kind): OpenApiTypes.BINARY for kind in FILES}
        | {(206, kind): OpenApiTypes.BINARY for kind in FILES}
        | {304: None},
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER)],
    )
    def get(self, request: Request, code: str, export: str) -> HttpResponseBase:
        """The file, or with `Range` the part of it that is still missing."""
        found = _own_built(request, code, export)
        try:
            response = ranged(
                request._request,
                found.path,
                size=found.size,
                tag=found.sha256,
                content_type=TYPES[found.form],
            )
        except OSError:
            study_export_drop(export=found, now=timezone.now())
            raise Http404 from None
        if response.status_code == NoSuchPart.status_code:
            raise NoSuchPart(response, found.size)
        _note(request, found)
        response["Content-Disposition"] = f'attachment; filename="{export_file_name(found)}"'
        return response


class ExportManifest(APIView):
    scopes: ClassVar = {"GET": "exports"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str, export: str) -> Response:
        """What a built file is: its counts, columns and checksum, and the study it was made of."""
        found = _own_built(request, code, export)
        _note(request, found, SUFFIX)
        return Response(found.manifest)


def _own_exports(request: Any, code: str) -> QuerySet[StudyExport]:
    exports = StudyExport.objects.of(request.user).select_related("study")
    return exports.filter(study=own_study(request, code))


def _own_built(request: Request, code: str, export: str) -> StudyExport:
    found = get_object_or_404(_own_exports(request, code), code=export)
    if found.state != StudyExport.State.BUILT:
        raise ExportRefused(f"This file is {found.state}; it can be taken once it is built.")
    return found


def _note(request: Request, export: StudyExport, suffix: str = "") -> None:
    if export.is_snapshot:
        return
    study_unblind_note(
        study=export.study,
        user=request.user,  # type: ignore[arg-type]
        page=f"api/exports/{export.name}.{export.form}{suffix}",
        now=timezone.now(),
    )

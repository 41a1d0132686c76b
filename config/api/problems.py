"""Every error of the API as one kind of answer: problem details (RFC 9457).

Knows: which status a service's refusal has. Does not know: any endpoint. What nobody foresaw is
logged and answered by 500 without a word of what broke.
"""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from generation.services.bad_lines import ImportRefused
from generation.services.batches import BatchRefused
from raters.exports import ExportRefused
from raters.protocols import StudyRefused
from raters.services.rating import RatingRefused
from raters.services.tokens import TokenRefused
from raters.services.webhooks import WebhookRefused

log = logging.getLogger("django.request")
MEDIA_TYPE = "application/problem+json"
BAD_LINES_SHOWN = 100
REFUSALS = (BatchRefused, ExportRefused, StudyRefused, TokenRefused, WebhookRefused)


def handle(problem: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's way in: whatever a view raised, as an answer."""
    set_rollback()
    status, detail, more = _read(problem)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        request = context["request"]
        log.error("%s broke", request.path, exc_info=problem)
        got_request_exception.send(sender=None, request=request)
    return Response(
        body(status, detail, **more), status, headers=_headers(problem), content_type=MEDIA_TYPE
    )


def body(status: int, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        **more,
    }


def answer(status: int, detail: str, **headers: str) -> JsonResponse:
    """A problem from a view that is none of Django REST framework's."""
    said = body(status, detail)
    return JsonResponse(said, status=status, content_type=MEDIA_TYPE, headers=headers)


@csrf_exempt  # nothing is changed here, and an error is no form
def not_found(request: Any, path: str = "") -> JsonResponse:
    """Any address below /api/v1/ at which nothing stands."""
    return answer(404, "Nothing stands at this address; /api/v1/schema/ lists all that there is.")


def _read(problem: Exception) -> tuple[int, str, dict[str, Any]]:
    if isinstance(problem, ImportRefused):
        return 422, *_lines(problem)
    if isinstance(problem, RatingRefused):
        return problem.status, str(problem), {}
    if isinstance(problem, REFUSALS):
        return 409, str(problem), {}
    if isinstance(problem, Http404):
        return 404, "Nothing of yours has this name or number.", {}
    if isinstance(problem, PermissionDenied):
        return 403, "You may not do that.", {}
    if isinstance(problem, RequestDataTooBig):
        return 413, "What was sent is larger than this site takes.", {}
    if isinstance(problem, SuspiciousOperation):
        return 400, "What was sent could not be read.", {}
    if isinstance(problem, exceptions.ValidationError):
        errors = list(_fields(problem.detail))
        return 422, errors[0]["detail"] if errors else "That is not valid.", {"errors": errors}
    if isinstance(problem, exceptions.APIException):
        return problem.status_code, str(problem.detail), {}
    return 500, "Something broke here, and is written down. Nothing was changed.", {}


def _lines(refused: ImportRefused) -> tuple[str, dict[str, Any]]:
    found = refused.bad_lines
    shown = [{"field": f"line {each.line}", "detail": each.reason} for each in found]
    count = f"{len(found)} lines" if len(found) > 1 else "1 line"
    said = f"{count} of the file cannot be read, so nothing was imported."
    return said, {"errors": shown[:BAD_LINES_SHOWN]}


def _fields(detail: Any, name: str = "") -> Iterator[dict[str, str]]:
    """Errors nested as the data was, flat: "judgement.slot"."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _fields(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(detail, list):
        for each in detail:
            yield from _fields(each, name)
    else:
        yield {"field": name, "detail": str(detail)}


def _headers(problem: Exception) -> dict[str, str]:
    headers = dict(getattr(problem, "headers", {}))
    if challenge := getattr(problem, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(problem, "wait", None):
        headers["Retry-After"] = f"{int(wait) + 1}"
    return headers

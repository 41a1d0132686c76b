"""The OpenAPI document, and the same as a page that needs neither script nor network."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from config.api import problems
from config.api.reading import Section, sections
from config.api.schema import document


@csrf_exempt  # nothing is changed here, and an error is no form
def schema(request: HttpRequest) -> JsonResponse:
    if request.method not in ("GET", "HEAD"):
        said = f'Method "{request.method}" not allowed: this document is only read.'
        return problems.answer(405, said, Allow="GET, HEAD")
    return JsonResponse(document(), json_dumps_params={"indent": 1})


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Context: sections (of config.api.reading), site (scheme and host)."""
    found: list[Section] = sections(document())
    context: dict[str, Any] = {"sections": found, "site": request.build_absolute_uri("/")[:-1]}
    return render(request, "research/api.html", context)

"""The import page: a file in, and what became of every line of it out.

The size is read before the body is, lines are read from the stream one at a time, and the file's
name is never used: it names no path. A file with a bad line changes nothing.
"""

from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from generation.access import StaffRequest, researcher_required, sets_of
from generation.datasets import MAX_LINE, text_lines
from generation.forms import ImportForm
from generation.services.bad_lines import ImportRefused
from generation.services.imports import questions_import, rationales_import

LINE_BYTES = 4 * MAX_LINE + 1  # a character takes at most four bytes of UTF-8
BAD_LINES_SHOWN = 100


@csrf_exempt  # the token is in the body, which is only read once its size is known: see _upload
@researcher_required
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponseBase:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES:
        return _page(request, ImportForm(user=request.user), status=413, too_large=True)
    return _upload(request)


@csrf_protect
def _upload(request: StaffRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request, ImportForm(user=request.user))
    form = ImportForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    kind, format = form.cleaned_data["format"]
    run = questions_import if kind == "questions" else rationales_import
    try:
        outcome = run(
            lines=text_lines(short_lines(form.cleaned_data["file"].file)),
            format=format,
            set_name=form.cleaned_data["set_name"],
            user=request.user,
            now=timezone.now(),
        )
    except ImportRefused as refused:
        bad, count = refused.bad_lines[:BAD_LINES_SHOWN], len(refused.bad_lines)
        rows = [{"line": each.line, "reason": each.reason} for each in bad]
        more = {"bad_lines": rows, "bad_count": count, "at_least": not refused.is_all}
        return _page(request, form, status=422, **more)
    return _page(request, ImportForm(user=request.user), outcome=_plain(kind, outcome))


def short_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file that may be anything; of one that is too long, enough to show it."""
    while start := file.readline(LINE_BYTES):
        yield start
        rest = start
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES)


def _plain(kind: str, outcome: Any) -> dict[str, Any]:
    named = {"set": outcome.question_set.name, "set_pk": outcome.question_set.pk, "kind": kind}
    if kind == "questions":
        counts = {"read": outcome.read, "added": outcome.added, "present": outcome.present}
        return named | counts
    sources = [
        {
            "name": name,
            "read": counts.read,
            "added": counts.added,
            "right": counts.right,
            "wrong": counts.wrong,
            "declared": counts.declared,
            "unparsed": counts.unparsed,
        }
        for name, counts in outcome.sources.items()
    ]
    return named | {"questions_added": outcome.questions_added, "sources": sources}


def _page(
    request: StaffRequest, form: ImportForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    page = {
        "form": form,
        "sets": list(sets_of(request.user).values_list("name", flat=True)),
        "limit": settings.UPLOAD_MAX_BYTES,
        **more,
    }
    return render(request, "research/import.html", page, status=status)

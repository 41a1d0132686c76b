"""A researcher's pages of people who write: the list, one writing, its links, what came of it.

Only its owner and admins learn of one. Shows how far each writer is and how the texts were judged.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generation.access import StaffRequest, researcher_required
from generation.forms_writing import WritersForm, WritingForm
from generation.models import Writing
from generation.services.bad_lines import ImportRefused
from generation.services.writing import (
    WritingRefused,
    invitation_switch,
    writers_add,
    writing_close,
    writing_create,
    writing_progress,
    writing_take,
)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def writing_list(request: StaffRequest) -> HttpResponseBase:
    """Context: writings (code, source, question_set, writers, is_closed), form."""
    form = WritingForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = writing_create(owner=request.user, now=timezone.now(), **form.cleaned_data)
            return redirect("writing", code=made.code)
        except WritingRefused as refused:
            form.add_error(None, str(refused))
    found = Writing.objects.of(request.user).select_related("source", "question_set")
    page = {
        "writings": [
            {
                "code": each.code,
                "source": each.source.name,
                "question_set": each.question_set.name,
                "writers": each.writers.count(),
                "is_closed": each.closed_at is not None,
            }
            for each in found
        ],
        "form": form,
    }
    return render(request, "research/writings.html", page, status=422 if form.errors else 200)


@require_safe
@researcher_required
def writing_page(request: StaffRequest, code: str) -> HttpResponseBase:
    return _page(request, _own(request, code), WritersForm())


@require_POST
@researcher_required
def writers_new(request: StaffRequest, code: str) -> HttpResponseBase:
    writing, form = _own(request, code), WritersForm(request.POST)
    if not form.is_valid():
        return _page(request, writing, form, status=422)
    try:
        writers_add(writing=writing, count=form.cleaned_data["count"], now=timezone.now())
    except WritingRefused as refused:
        messages.error(request, str(refused))
    return redirect("writing", code=code)


@require_POST
@researcher_required
def writing_inviting(request: StaffRequest, code: str) -> HttpResponseBase:
    invitation_switch(writing=_own(request, code), on=request.POST.get("to") == "on")
    return redirect("writing", code=code)


@require_POST
@researcher_required
def writing_taking(request: StaffRequest, code: str) -> HttpResponseBase:
    """What was handed in becomes rationales of the source."""
    writing = _own(request, code)
    try:
        imported = writing_take(writing=writing, user=request.user, now=timezone.now())
        counts = imported.sources[writing.source.name]
        said = f"{counts.read} text{'' if counts.read == 1 else 's'} taken over: "
        messages.success(request, f"{said}{counts.right} right, {counts.wrong} wrong.")
    except WritingRefused as refused:
        messages.error(request, str(refused))
    except ImportRefused as refused:
        messages.error(request, " ".join(each.reason for each in refused.bad_lines[:3]))
    return redirect("writing", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def writing_closing(request: StaffRequest, code: str) -> HttpResponseBase:
    """GET says in numbers what closing does; POST does it."""
    writing = _own(request, code)
    if request.method == "POST":
        writing_close(writing=writing, now=timezone.now())
        return redirect("writing", code=code)
    page = {"writing": _named(writing), "progress": writing_progress(writing=writing)}
    return render(request, "research/writing_close.html", page)


def _own(request: StaffRequest, code: str) -> Writing:
    found = Writing.objects.of(request.user).select_related("source", "question_set")
    return get_object_or_404(found, code=code)


def _named(writing: Writing) -> dict[str, Any]:
    return {
        "code": writing.code,
        "source": writing.source.name,
        "source_pk": writing.source_id,
        "question_set": writing.question_set.name,
        "set_pk": writing.question_set_id,
        "questions_per_writer": writing.questions_per_writer,
        "shows_answer": writing.shows_answer,
        "asks_consent": bool(writing.consent),
        "invitation": writing.invitation_code,
        "is_closed": writing.closed_at is not None,
    }


def _page(
    request: StaffRequest, writing: Writing, form: WritersForm, status: int = 200
) -> HttpResponse:
    """Context: writing, progress (`WritingProgress`), site, form."""
    page = {
        "writing": _named(writing),
        "progress": writing_progress(writing=writing),
        "site": request.build_absolute_uri("/")[:-1],
        "form": form,
    }
    return render(request, "research/writing.html", page, status=status)

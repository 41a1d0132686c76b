"""Batches as pages: the list with its form, one batch as it is written, and how to stop it.

Those who work with a batch's question set see and move it; others find nothing. A page in the
browser asks for itself again every few seconds (static/generation.js) and gets the part that
moves. Knows no chunk and no model: services do the counting and the moving.
"""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from generation.access import StaffRequest, researcher_required, sets_of
from generation.forms import BatchForm
from generation.models import GenerationBatch, Source
from generation.services.batches import (
    ALIVE,
    BatchRefused,
    batch_cancel,
    batch_create,
    batch_pause,
    batch_progress,
    batch_resume,
)
from generation.services.overview import (
    batch_latest,
    batch_lines,
    batch_plan,
    batch_verdicts,
    generation_batches,
)

FRAGMENT = "X-Fragment"
LINES_A_PAGE = 25


@require_http_methods(["GET", "POST"])
@never_cache
@vary_on_headers(FRAGMENT)
@researcher_required
def batch_list(request: StaffRequest) -> HttpResponseBase:
    batches = generation_batches(sets=sets_of(request.user))
    shown = Paginator(batches, LINES_A_PAGE).get_page(request.GET.get("page"))
    lines = batch_lines(batches=shown)
    page: dict[str, Any] = {"batches": lines, "running": any(line.running for line in lines)}
    if FRAGMENT in request.headers:
        return render(request, "generation/_batches.html", page)
    form = BatchForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial=_proposed(request),
    )
    if request.method == "POST" and form.is_valid():
        batch = _queued(request, form)
        if batch is not None:
            return redirect("batch", pk=batch.pk)
    page |= {
        "form": form,
        "page": shown,
        "models": Source.objects.exclude(model="").exists(),
        "sets": sets_of(request.user).exists(),
    }
    return render(request, "generation/batches.html", page, status=422 if form.errors else 200)


def _proposed(request: StaffRequest) -> dict[str, Any]:
    """What the form says at first: what was chosen, or all that another batch was asked for."""
    like = request.GET.get("like", "")
    if like.isdecimal():
        found = generation_batches(sets=sets_of(request.user)).filter(pk=like[:18])
        if asked := found.values(*BatchForm.base_fields).first():
            return asked
    return {"source": request.GET.get("source"), "question_set": request.GET.get("set")}


def _queued(request: StaffRequest, form: BatchForm) -> GenerationBatch | None:
    try:
        return batch_create(**form.cleaned_data, user=request.user, now=timezone.now())
    except BatchRefused as refused:
        form.add_error(None, str(refused))
        return None


@require_safe
@never_cache
@vary_on_headers(FRAGMENT)
@researcher_required
def batch_page(request: StaffRequest, pk: int) -> HttpResponseBase:
    batch = get_object_or_404(generation_batches(sets=sets_of(request.user)), pk=pk)
    progress = batch_progress(batch=batch)
    page = {
        "batch": _plain(batch),
        "progress": progress,
        "chunks_left": progress.chunks - progress.chunks_done,
        "time_left": in_words(progress.seconds_left),
        "verdicts": batch_verdicts(batch_ids=[batch.pk])[batch.pk],
        "latest": batch_latest(batch=batch),
    }
    if FRAGMENT in request.headers:
        return render(request, "generation/_batch.html", page)
    page["plan"] = batch_plan(batch=batch)
    return render(request, "generation/batch.html", page)


@require_http_methods(["GET", "POST"])
@researcher_required
def batch_stopping(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, partial(batch_cancel, now=timezone.now()), "stop")


@require_http_methods(["GET", "POST"])
@researcher_required
def batch_pausing(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, batch_pause, "pause")


@require_http_methods(["GET", "POST"])
@researcher_required
def batch_going_on(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, partial(batch_resume, now=timezone.now()), "go on")


def _act(request: StaffRequest, pk: int, act: Any, name: str) -> HttpResponse:
    """GET says in numbers what will happen; POST does it."""
    batch = get_object_or_404(generation_batches(sets=sets_of(request.user)), pk=pk)
    if request.method == "POST":
        try:
            act(batch=batch)
        except BatchRefused as refused:
            messages.error(request, str(refused))
        return redirect("batch", pk=pk)
    page = {
        "act": name,
        "batch": _plain(batch),
        "plan": batch_plan(batch=batch),
        "written": batch_verdicts(batch_ids=[batch.pk])[batch.pk],
    }
    return render(request, "generation/batch_act.html", page)


def _plain(batch: GenerationBatch) -> dict[str, Any]:
    """A batch as its templates see it."""
    names = (
        "pk", "state", "samples", "temperature", "seed", "rationalize", "max_new_tokens",
        "prompt_hash", "model_revision", "created_at", "started_at", "finished_at",
    )  # fmt: skip
    by = batch.created_by.get_username() if batch.created_by else ""
    return {name: getattr(batch, name) for name in names} | {
        "running": batch.state in ALIVE,
        "paused": batch.state == GenerationBatch.State.PAUSED,
        "conditions": batch.conditions,
        "calculator": batch.calculator,
        "priority": batch.get_priority_display(),
        "server": batch.source.server,
        "source": batch.source.name,
        "source_pk": batch.source_id,
        "model": batch.source.model,
        "prompt": batch.source.prompt,
        "style": batch.source.style,
        "question_set": batch.question_set.name,
        "set_pk": batch.question_set_id,
        "created_by": by,
    }


def in_words(seconds: float | None) -> str:
    """ "about 3 minutes"; "" where it is not known."""
    if seconds is None:
        return ""
    if seconds < 45:
        return "less than a minute"
    minutes = max(1, round(seconds / 60))
    if minutes < 100:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(minutes / 60)} hours"

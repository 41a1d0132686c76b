"""Training runs as pages: the list with its form, one run with its learning curve, stop, go on.

Admins queue, stop and go on; researchers who work with both question sets of a run look at it. A
page in the browser asks for itself again (static/generation.js). Draws nothing but numbers for a
curve; services do the counting and the moving.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from generation.access import StaffRequest, researcher_required, sets_of
from generation.curve import Line, curve
from generation.forms_training import TrainingForm
from generation.models import TrainingRun
from generation.services.seeds import run_seeds
from generation.services.training import run_create, run_resume, run_stop
from generation.services.training_figures import (
    LoopLine,
    run_lines,
    run_loops_shown,
    run_now,
    run_siblings,
    training_runs,
)
from generation.services.training_settings import TrainingRefused
from generation.views.batches import FRAGMENT, LINES_A_PAGE
from generation.views.learning import comparison_part, preferring_part


@require_http_methods(["GET", "POST"])
@never_cache
@researcher_required
def run_list(request: StaffRequest) -> HttpResponseBase:
    _admin_may_post(request)
    runs = training_runs(sets=sets_of(request.user))
    shown = Paginator(runs, LINES_A_PAGE).get_page(request.GET.get("page"))
    like = request.GET.get("like", "")
    stars = runs.filter(kind=TrainingRun.Kind.STAR)
    parent = stars.filter(pk=like[:18]).first() if like.isdecimal() else None
    form = TrainingForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial=_proposed(parent) if parent else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = _queued(request, form, parent)
            return redirect("run", pk=run.pk)
        except TrainingRefused as refused:
            form.add_error(None, str(refused))
    page = {
        "runs": run_lines(runs=shown),
        "page": shown,
        "form": form,
        "admin": request.user.is_superuser,
    }
    return render(request, "generation/runs.html", page, status=422 if form.errors else 200)


def _admin_may_post(request: StaffRequest) -> None:
    if request.method == "POST" and not request.user.is_superuser:
        raise Http404


def _proposed(run: TrainingRun) -> dict[str, Any]:
    same = {"base": run.base_id, "question_set": run.question_set_id, "held_out": run.held_out_id}
    return {**run.settings, **same}


def _queued(request: StaffRequest, form: TrainingForm, parent: TrainingRun | None) -> TrainingRun:
    given = {name: form.cleaned_data[name] for name in ("name", "base", "question_set", "held_out")}
    return run_create(
        **given, asked=form.asked, parent=parent, user=request.user, now=timezone.now()
    )


@require_safe
@never_cache
@vary_on_headers(FRAGMENT)
@researcher_required
def run_page(request: StaffRequest, pk: int) -> HttpResponseBase:
    run = get_object_or_404(training_runs(sets=sets_of(request.user)), pk=pk)
    template, part = PARTS.get(run.kind, ("generation/_preferring.html", preferring_part))
    page: dict[str, Any] = {
        "run": _plain(run),
        "now": run_now(run=run),
        "admin": request.user.is_superuser,
        **part(run),
    }
    if FRAGMENT in request.headers:
        return render(request, template, page)
    shown = {name: value for name, value in run.settings.items() if name not in PLACES}
    page["settings"] = [(name.replace("_", " "), value) for name, value in shown.items()]
    trained = run.parts.exclude(checkpoint_hash="").filter(name="train")
    page["hashes"] = list(trained.values_list("loop", "checkpoint_hash"))
    page["part"] = template
    return render(request, "generation/run.html", page)


def star_part(run: TrainingRun) -> dict[str, Any]:
    """What moves on the page of a STaR run."""
    loops = run_loops_shown(run=run)
    sizes = sorted({size for loop in loops for size in loop.by_size})
    return {
        "loops": [_row(loop, sizes) for loop in loops],
        "sizes": sizes,
        "counted": "digits" if run.base.style.startswith("addition") else "steps",
        "curve": curve(_compared(run, loops)),
        "by_size": curve([_of_size(loops, size, run) for size in sizes] if len(sizes) > 1 else []),
        "seeds": run_seeds(run=run),
    }


PARTS = {
    TrainingRun.Kind.STAR.value: ("generation/_run.html", star_part),
    TrainingRun.Kind.COMPARE.value: ("generation/_comparison.html", comparison_part),
}
PLACES = ("pairs", "held_out", "sources")  # where files lie is for who queued it


def _compared(run: TrainingRun, loops: list[LoopLine]) -> list[Line]:
    """This run, and beside it others from the same base on the same questions."""
    lines = [_overall(run, loops)]
    return lines + [_overall(each, run_loops_shown(run=each)) for each in run_siblings(run=run)]


def _overall(run: TrainingRun, loops: list[LoopLine]) -> Line:
    plain = not run.settings["rationalizes"]
    return Line(run.name[:22], tuple(loop.accuracy for loop in loops), is_dashed=plain)


def _of_size(loops: list[LoopLine], size: int, run: TrainingRun) -> Line:
    unit = "digit" if run.base.style.startswith("addition") else "step"
    values = tuple(_percent(*loop.by_size[size]) if loop.by_size else None for loop in loops)
    return Line(f"{size} {unit}{'' if size == 1 else 's'}", values)


def _percent(right: int, asked: int) -> float:
    return 100 * right / asked


def _row(loop: LoopLine, sizes: list[int]) -> dict[str, Any]:
    counts = ("right", "rationalized", "failed")
    return {
        "line": loop,
        "shares": [(loop.share(getattr(loop, each)), getattr(loop, each)) for each in counts],
        "sizes": [
            _percent(*loop.by_size[size]) if size in loop.by_size else None for size in sizes
        ],
    }


@require_http_methods(["GET", "POST"])
@researcher_required
def run_stopping(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, run_stop, "stop")


@require_http_methods(["GET", "POST"])
@researcher_required
def run_going_on(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, run_resume, "go on")


def _act(request: StaffRequest, pk: int, act: Any, name: str) -> HttpResponse:
    """GET says what will happen; POST does it. For admins."""
    run = get_object_or_404(training_runs(sets=sets_of(request.user)), pk=pk)
    if not request.user.is_superuser:
        raise Http404
    if request.method == "POST":
        try:
            act(run=run, now=timezone.now())
        except TrainingRefused as refused:
            messages.error(request, str(refused))
        return redirect("run", pk=pk)
    done = run.parts.filter(state="done").count()
    page = {"act": name, "run": _plain(run), "now": run_now(run=run), "done": done}
    return render(request, "generation/run_act.html", page)


def _plain(run: TrainingRun) -> dict[str, Any]:
    """A run as its templates see it."""
    names = ("pk", "name", "state", "problem", "created_at", "finished_at")
    return {name: getattr(run, name) for name in names} | {
        "running": run.state == TrainingRun.State.RUNNING,
        "base": run.base.name,
        "base_pk": run.base_id,
        "question_set": run.question_set.name,
        "held_out": run.held_out.name,
        "kind": run.kind,
        "loops": run.settings.get("loops"),
        "parent": run.parent.name if run.parent else "",
        "parent_pk": run.parent_id,
        "created_by": run.created_by.get_username() if run.created_by else "",
    }

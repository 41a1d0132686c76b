"""Learning from raters as pages: files to learn from, runs that learn, and their comparison.

Admins hand files over and queue; who works with a run's question sets looks at it
(generation/views/training.py). The services count; here numbers become lines and sentences.
"""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.access import StaffRequest, researcher_required
from generation.curve import Line, curve
from generation.datasets.preferences import FileRefused
from generation.dots import Dot, dots
from generation.forms_training import TRAINABLE, ComparisonForm, PairFileForm, PreferenceForm
from generation.models import TrainingRun
from generation.services.comparison_figures import (
    Arm,
    comparison_against,
    comparison_arms,
    comparison_rules,
)
from generation.services.comparisons import comparable_sources, comparison_create
from generation.services.pair_files import pair_file_find, pair_file_keep, pair_files
from generation.services.preferring import (
    PreferenceSettings,
    preferring_create,
    preferring_rules,
)
from generation.services.training_settings import TrainingRefused

REFUSED = (TrainingRefused, FileRefused)
Kind = TrainingRun.Kind


def _admin_only(request: StaffRequest) -> None:
    if not request.user.is_superuser:
        raise Http404


@require_http_methods(["GET", "POST"])
@never_cache
@researcher_required
def preference_new(request: StaffRequest) -> HttpResponseBase:
    """Queue a source that learns from a kept file."""
    _admin_only(request)
    posted = request.POST if request.method == "POST" else None
    form = PreferenceForm(posted, initial={"pairs": request.GET.get("pairs", "")})
    if form.is_valid():
        try:
            return redirect("run", pk=_queued(request, form).pk)
        except REFUSED as refused:
            form.add_error(None, str(refused))
    return _preference_page(request, form, PairFileForm())


def _queued(request: StaffRequest, form: PreferenceForm) -> TrainingRun:
    given = form.cleaned_data
    held_out = given["held_out"]
    return preferring_create(
        name=given["name"],
        kind=given["kind"],
        base=given["base"],
        asked=PreferenceSettings(
            pairs=str(pair_file_find(key=given["pairs"]).path),
            held_out=str(pair_file_find(key=held_out).path) if held_out else "",
            **form.asked,
        ),
        user=request.user,
        now=timezone.now(),
    )


@require_POST
@researcher_required
def pair_file_new(request: StaffRequest) -> HttpResponseBase:
    """Keep a file that was downloaded elsewhere, with its manifest."""
    _admin_only(request)
    form = PairFileForm(request.POST, request.FILES)
    if form.is_valid():
        file, manifest = form.cleaned_data["file"], form.cleaned_data["manifest"]
        try:
            kept = pair_file_keep(content=file.chunks(), manifest=manifest.read())
            return redirect(f"{reverse('preference-new')}?pairs={kept.key}#new")
        except FileRefused as refused:
            form.add_error(None, str(refused))
    return _preference_page(request, PreferenceForm(), form)


def _preference_page(
    request: StaffRequest, form: PreferenceForm, file_form: PairFileForm
) -> HttpResponse:
    page = {"form": form, "file_form": file_form, "kept": [str(each) for each in pair_files()]}
    status = 422 if form.errors or file_form.errors else 200
    return render(request, "generation/preference_new.html", page, status=status)


def preferring_part(run: TrainingRun) -> dict[str, Any]:
    """What moves on the page of a run that learns from a file."""
    part = run.parts.select_related("source").first()
    told: dict[str, Any] = part.told if part else {}
    page: dict[str, Any] = {
        "part_row": part
        and {"steps": part.steps, "steps_done": part.steps_done, "loss": part.loss,
             "waits": part.state == "queued", "seconds": part.seconds},
        "source": part and part.source and {"pk": part.source.pk, "name": part.source.name},
        "margin": told.get("margin"),
        "measured": run.kind == Kind.DPO,
        "accuracy": _percent(told.get("held_out_accuracy")),
    }  # fmt: skip
    try:
        if run.kind == Kind.DPO:
            found, trained, held_out = preferring_rules(run=run)
            always, longer = _percent(found.always_source), _percent(found.longer)
            page |= {"always": always, "always_name": found.source, "longer": longer}
            page |= {"trained": trained, "held_out": held_out}
            page["curve"] = _looks(told.get("looks") or [], always, longer)
    except FileRefused as refused:
        page["file_problem"] = str(refused)
    return page


def _looks(looks: list[list[float]], always: float | None, longer: float | None) -> Any:
    """Accuracy on the held-out pairs, look by look, beside the two rules."""
    if not looks:
        return None
    values = (None, *(100 * accuracy for _, accuracy in looks))
    level = [None] + [1] * len(looks)
    rules = [("always the same", always), ("the longer one", longer)]
    lines = [Line("this run", values)]
    return curve(
        lines + [Line(name, tuple(n and value for n in level), is_dashed=True)
                 for name, value in rules if value is not None]
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@never_cache
@researcher_required
def comparison_new(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Compare what was trained from this base."""
    _admin_only(request)
    base = get_object_or_404(TRAINABLE, pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = ComparisonForm(posted, user=request.user, base=base)
    if form.is_valid():
        given = form.cleaned_data
        made = comparable_sources(base=base)
        try:
            run = comparison_create(
                name=given["name"],
                base=base,
                sources=[each for each in made if each in given["sources"]],
                held_out=given["held_out"],
                pairs=pair_file_find(key=given["pairs"]).path,
                max_new_tokens=given["max_new_tokens"],
                user=request.user,
                now=timezone.now(),
            )
            return redirect("run", pk=run.pk)
        except REFUSED as refused:
            form.add_error(None, str(refused))
    page = {"form": form, "base": {"pk": base.pk, "name": base.name}}
    page["able"] = bool(comparable_sources(base=base))
    status = 422 if form.errors else 200
    return render(request, "generation/comparison_new.html", page, status=status)


def comparison_part(run: TrainingRun) -> dict[str, Any]:
    """What moves on the page of a comparison."""
    arms, found = comparison_arms(run=run), comparison_rules(run=run)
    pairs = next((arm.prefers for arm in arms if arm.prefers), None)
    return {
        "arms": arms,
        "against": [each for each in comparison_against(run=run) if each.accuracy],
        "kinds": {arm.kind for arm in arms},
        "pairs": pairs,
        "rules": found and {"source": found.source, "always": found.always_source,
                            "longer": found.longer},
        "right": dots([_dot(arm, arm.accuracy) for arm in arms]),
        "preferred": dots([_dot(arm, arm.prefers) for arm in arms]),
        "done": run.parts.filter(state="done").count(),
        "parts": 2 * len(arms),
    }  # fmt: skip


def _dot(arm: Arm, found: Any) -> Dot:
    return Dot(arm.source, found and found.value, found and found.low, found and found.high)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share

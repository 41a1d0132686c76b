"""A researcher's studies: the list, a new one, its page, and the acts that move it on.

While a study runs its page shows fill, pace and links, and no figure of any source.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generation.access import StaffRequest
from raters.exports import offered
from raters.forms import MOST_PER_TRIPLE, RatersForm, RatersPerTripleForm
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.places import raters_per_triple_change
from raters.services.progress import set_lines, study_lines, study_progress
from raters.services.study_states import (
    invitation_switch,
    raters_add,
    study_close,
    study_open,
    study_pause,
    study_resume,
)
from raters.services.watching import change_of_raters
from raters.views.access import own_study, researcher_required


@require_safe
@researcher_required
def study_list(request: StaffRequest) -> HttpResponseBase:
    page = {"studies": study_lines(user=request.user), "sets": set_lines(user=request.user)}
    return render(request, "research/studies.html", page)


@require_safe
@researcher_required
def study_page(request: StaffRequest, code: str) -> HttpResponseBase:
    return _study_page(request, own_study(request, code), RatersForm())


def _study_page(
    request: StaffRequest, study: Study, form: RatersForm, status: int = 200
) -> HttpResponse:
    page: dict[str, Any] = {
        "study": study_progress(study=study, now=timezone.now()),
        "site": request.build_absolute_uri("/")[:-1],
        "exports": offered(),
        "form": form,
        "change": RatersPerTripleForm(initial={"raters": study.raters_per_triple}),
    }
    return render(request, "research/study.html", page, status=status)


@require_POST
@researcher_required
def raters_new(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    form = RatersForm(request.POST)
    if not form.is_valid():
        return _study_page(request, study, form, status=422)
    try:
        added = raters_add(study=study, count=form.cleaned_data["count"], now=timezone.now())
    except StudyRefused as refused:
        messages.error(request, str(refused))
    else:
        who = "1 rater" if len(added) == 1 else f"{len(added)} raters"
        messages.success(request, f"{who} added, each with a link of their own.")
    return redirect("study", code=study.code)


@require_POST
@researcher_required
def invitation(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    invitation_switch(
        study=study, user=request.user, on=request.POST.get("to") == "on", now=timezone.now()
    )
    return redirect(reverse("study", args=[study.code]) + "#raters")


@require_http_methods(["GET", "POST"])
@researcher_required
def study_opening(request: StaffRequest, code: str) -> HttpResponseBase:
    return _act(request, own_study(request, code), study_open, "open")


@require_http_methods(["GET", "POST"])
@researcher_required
def study_pausing(request: StaffRequest, code: str) -> HttpResponseBase:
    return _act(request, own_study(request, code), study_pause, "pause")


@require_http_methods(["GET", "POST"])
@researcher_required
def study_resuming(request: StaffRequest, code: str) -> HttpResponseBase:
    return _act(request, own_study(request, code), study_resume, "resume")


@require_http_methods(["GET", "POST"])
@researcher_required
def study_closing(request: StaffRequest, code: str) -> HttpResponseBase:
    return _act(request, own_study(request, code), study_close, "close")


@require_http_methods(["GET", "POST"])
@researcher_required
def raters_per_triple(request: StaffRequest, code: str) -> HttpResponseBase:
    """GET says in numbers what another number of ratings per triple does; POST does it."""
    study = own_study(request, code)
    form = RatersPerTripleForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        messages.error(request, f"Name a number of ratings per triple, 1 to {MOST_PER_TRIPLE:,}.")
        return redirect("study", code=study.code)
    raters = form.cleaned_data["raters"]
    if request.method == "POST":
        try:
            raters_per_triple_change(
                study=study, user=request.user, raters=raters, now=timezone.now()
            )
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("study", code=study.code)
    page = {
        "study": study_progress(study=study, now=timezone.now()),
        "change": change_of_raters(study=study, raters=raters),
    }
    return render(request, "research/study_change.html", page)


def _act(request: StaffRequest, study: Study, act: Any, name: str) -> HttpResponseBase:
    """GET says in numbers what will happen; POST does it."""
    if request.method == "POST":
        try:
            act(study=study, user=request.user, now=timezone.now())
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("study", code=study.code)
    progress = study_progress(study=study, now=timezone.now())
    return render(request, "research/study_act.html", {"study": progress, "act": name})

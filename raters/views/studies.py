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
from raters.forms import MOST_PER_TRIPLE, RatersForm, RatersPerTripleForm, WhyForm
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.conduct import conduct
from raters.services.exclusions import excluded_count
from raters.services.freezing import closing_deviates, is_frozen
from raters.services.people import rater_places_left
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
from raters.views.downloads import exports_part
from raters.views.results import reach

FRAGMENT = "X-Fragment"  # the page asks itself whether its files are there by now


@require_safe
@researcher_required
def study_list(request: StaffRequest) -> HttpResponseBase:
    page = {"studies": study_lines(user=request.user), "sets": set_lines(user=request.user)}
    return render(request, "research/studies.html", page)


@require_safe
@researcher_required
def study_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    if "fill" in request.GET:
        page = {"study": study_progress(study=study, now=timezone.now())}
        return render(request, "research/_fill.html", page)
    if FRAGMENT in request.headers:
        return HttpResponse(status=202 if exports_part(request, study)["is_busy"] else 204)
    return _study_page(request, study, RatersForm())


def _study_page(
    request: StaffRequest, study: Study, form: RatersForm, status: int = 200
) -> HttpResponse:
    page: dict[str, Any] = {
        "study": study_progress(study=study, now=timezone.now()),
        "site": request.build_absolute_uri("/")[:-1],
        **reach.running(study, timezone.now()),
        **exports_part(request, study),
        "plan": conduct(study=study),
        "excluded": excluded_count(study=study),
        "places_left": rater_places_left(study=study, now=timezone.now()),
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
                study=study,
                user=request.user,
                raters=raters,
                now=timezone.now(),
                why=_why(request, is_asked=is_frozen(study=study)),
            )
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("study", code=study.code)
    page = {
        "study": study_progress(study=study, now=timezone.now()),
        "change": change_of_raters(study=study, raters=raters),
        "why": WhyForm() if is_frozen(study=study) else None,
    }
    return render(request, "research/study_change.html", page)


def _act(request: StaffRequest, study: Study, act: Any, name: str) -> HttpResponseBase:
    """GET says in numbers what will happen; POST does it."""
    asks_why = closing_deviates(study=study) if name == "close" else ""
    if request.method == "POST":
        try:
            more = {"why": _why(request, is_asked=True)} if asks_why else {}
            act(study=study, user=request.user, now=timezone.now(), **more)
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("study", code=study.code)
    progress = study_progress(study=study, now=timezone.now())
    page = {
        "study": progress,
        "act": name,
        "why": WhyForm() if asks_why else None,
        "deviates": asks_why,
    }
    return render(request, "research/study_act.html", page)


def _why(request: StaffRequest, *, is_asked: bool) -> str:
    """The reason for a change of a frozen plan, which a person who makes one is asked for."""
    form = WhyForm(request.POST)
    if is_asked and not form.is_valid():
        raise StudyRefused("The plan is frozen: say why it is changed, in at most 300 characters.")
    return form.cleaned_data["why"] if is_asked else ""

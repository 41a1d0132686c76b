"""Who falls under a rule of the plan, who is left out, and letting them in again.

For who runs the study. Shows times, checks and counts, never a pick, an order or a source.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from raters.forms import AskedForm, WhyForm
from raters.models import Exclusion, Study
from raters.protocols import StudyRefused
from raters.services.conduct import conduct
from raters.services.exclusions import (
    RaterFacts,
    exclusion_asked,
    exclusion_lift,
    exclusion_lines,
    exclusions_apply,
    rater_facts,
)
from raters.services.places import places_refill
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.results.conduct import NAMES, line_words
from raters.views.results.figures import counted


@require_safe
@researcher_required
def exclusions_page(request: StaffRequest, code: str) -> HttpResponseBase:
    return _page(request, own_study(request, code))


def _page(
    request: StaffRequest, study: Study, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    raters, lines = rater_facts(study=study), exclusion_lines(study=study)
    due = [one for one in raters if one.is_due]
    page = {
        "study": {"code": study.code, "name": study.name, "state": study.state},
        "plan": conduct(study=study),
        "due": [_rater(one) for one in due],
        "due_ratings": sum(one.counting for one in due),
        "ratings": sum(one.counting for one in raters if not one.is_excluded),
        "lines": line_words(lines),
        "raters": [_rater(one) for one in raters],
        "form": form or AskedForm(raters=_choices(raters)),
    }
    return render(request, "research/exclusions.html", page, status=status)


@require_POST
@researcher_required
def exclusions_applying(request: StaffRequest, code: str) -> HttpResponseBase:
    """All who fall under a rule, as the page listed them, or nobody."""
    study = own_study(request, code)
    made = exclusions_apply(study=study, user=request.user, now=timezone.now())
    messages.success(request, f"{counted(len(made), 'rater')} excluded; each is listed below.")
    return redirect("study-exclusions", code=study.code)


@require_POST
@researcher_required
def exclusion_asking(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    form = AskedForm(request.POST, raters=_choices(rater_facts(study=study)))
    if not form.is_valid():
        return _page(request, study, form, status=422)
    rater = get_object_or_404(study.raters, code=form.cleaned_data["rater"])
    reason = form.cleaned_data["reason"]
    return _done(
        request,
        study,
        lambda: exclusion_asked(
            study=study, rater=rater, user=request.user, reason=reason, now=timezone.now()
        ),
        "1 rater excluded, as they asked.",
    )


@require_POST
@researcher_required
def exclusion_lifting(request: StaffRequest, code: str, rater: str) -> HttpResponseBase:
    study = own_study(request, code)
    exclusion = get_object_or_404(Exclusion.objects.active(study), rater__code=rater)
    form = WhyForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    return _done(
        request,
        study,
        lambda: exclusion_lift(exclusion=exclusion, user=request.user, why=why, now=timezone.now()),
        "The exclusion is lifted; the rater's ratings count again.",
    )


@require_POST
@researcher_required
def exclusion_refilling(request: StaffRequest, code: str, rater: str) -> HttpResponseBase:
    """Ask others for what an excluded rater rated; the rater gets nothing more."""
    study = own_study(request, code)
    found = get_object_or_404(study.raters, code=rater)

    def refill() -> str:
        asked = places_refill(rater=found, user=request.user, now=timezone.now())
        return f"{counted(asked)} can be given again, by others."

    return _done(request, study, refill)


def _rater(one: RaterFacts) -> dict[str, Any]:
    facts = one.facts
    return {
        "name": one.name,
        "pseudonym": one.pseudonym,
        "ratings": one.counting,
        "median": facts.median_seconds,
        "checks": f"{sum(facts.checks)} of {len(facts.checks)}" if facts.checks else "",
        "under": [f"{NAMES[kind]}: {said}" for kind, said in one.under.items()],
        "is_excluded": one.is_excluded,
    }


def _choices(raters: tuple[RaterFacts, ...]) -> list[tuple[str, str]]:
    return [(one.code, f"{one.name} ({one.pseudonym})") for one in raters if not one.is_excluded]


def _done(
    request: StaffRequest, study: Study, act: Callable[[], Any], said: str = ""
) -> HttpResponseBase:
    try:
        answer = act()
    except StudyRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said or answer)
    return redirect("study-exclusions", code=study.code)

"""A study's plan: written, frozen, taken away, and what was done otherwise.

For who runs the study. Shows what they planned and no rating, so a running study stays blind.
"""

from itertools import permutations
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from raters.exclusion import numbers
from raters.forms import PlanForm
from raters.models import Study, StudyFreeze, StudyPlan
from raters.protocols import StudyRefused
from raters.services.conduct import Conduct, conduct
from raters.services.freezing import (
    USUAL_STOPPING,
    WRITTEN,
    headline_words,
    plan_save,
    ratings_given,
    source_names,
    study_freeze,
)
from raters.views.access import StaffRequest, own_study, researcher_required


@require_http_methods(["GET", "POST"])
@researcher_required
def plan_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    found = conduct(study=study)
    form = _form(request, study, is_frozen=bool(found.sha256))
    status = 200
    if request.method == "POST":
        if form.is_valid() and _saved(request, study, form):
            return redirect("study-plan", code=study.code)
        status = 422
    page = {**words(study, found), "form": form, "given": ratings_given(study)}
    return render(request, "research/plan.html", page, status=status)


@require_http_methods(["GET", "POST"])
@researcher_required
def plan_freezing(request: StaffRequest, code: str) -> HttpResponseBase:
    """GET says what it fixes; POST does it, once."""
    study = own_study(request, code)
    if request.method == "POST":
        try:
            study_freeze(study=study, user=request.user, now=timezone.now())
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("study-plan", code=study.code)
    page = {**words(study, conduct(study=study)), "given": ratings_given(study)}
    return render(request, "research/plan_freeze.html", page)


@require_GET
@researcher_required
def plan_file(request: StaffRequest, code: str) -> HttpResponseBase:
    """The frozen plan to the byte, so that its digest can be checked by anyone."""
    study = own_study(request, code)
    freeze = StudyFreeze.objects.filter(study=study).first()
    if freeze is None:
        raise Http404
    response = HttpResponse(freeze.text.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{file_name(study)}"'
    return response


def file_name(study: Study) -> str:
    return f"{slugify(study.name) or study.code}-plan.json"


def words(study: Study, found: Conduct) -> dict[str, Any]:
    """The plan and what became of it, as templates print them."""
    return {
        "study": {"code": study.code, "name": study.name, "state": study.state},
        "plan": found,
        "file_name": file_name(study),
        "deviations": [
            {
                "what": each.what.replace("_", " "),
                "before": value_words(each.before),
                "after": value_words(each.after),
                "who": each.who,
                "at": each.at,
                "why": each.why,
            }
            for each in found.deviations
        ],
    }


def value_words(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(value_words, value))
    if isinstance(value, dict):
        return " ".join(map(value_words, value.values()))
    return str(value)


def _saved(request: StaffRequest, study: Study, form: PlanForm) -> bool:
    try:
        plan_save(
            study=study,
            user=request.user,
            rules=form.rules(),
            now=timezone.now(),
            why=form.cleaned_data.get("why", ""),
            **form.written(),
        )
    except StudyRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, "The plan is kept.")
    return True


def _form(request: StaffRequest, study: Study, *, is_frozen: bool) -> PlanForm:
    plan = StudyPlan.objects.filter(study=study).first()
    return PlanForm(
        request.POST if request.method == "POST" else None,
        headlines=_headlines(study),
        is_frozen=is_frozen,
        initial=_kept(plan) if plan else _usual(study),
    )


def _kept(plan: StudyPlan) -> dict[str, Any]:
    written = {name: getattr(plan, name) for name in WRITTEN}
    return written | PlanForm.of_rules(numbers(plan.rules))


def _usual(study: Study) -> dict[str, Any]:
    """What a plan starts with: the study's own size, and the rules that fit what it asks."""
    ratings, each = study.triple_count * study.raters_per_triple, study.triples_per_rater
    start: dict[str, Any] = {"ratings": ratings, "stopping": USUAL_STOPPING, "fast_seconds": 3}
    if each:
        start["raters"] = -(-ratings // each)
    if study.check_percent:
        start |= {"checks_right": 3, "checks_of": 4}
    return start


def _headlines(study: Study) -> list[tuple[str, str]]:
    """No figure, or one of those that the protocol's answers can give."""
    names = source_names(study)
    places = range(len(names))
    keys = (
        [str(one) for one in places]
        if study.protocol == Study.Protocol.PICK_BEST
        else [f"{one}>{other}" for one, other in permutations(places, 2)]
    )
    return [(key, headline_words(key, names)) for key in ["", *keys]]

"""The page on which a study is made: a question set, a preset, the settings, and what they come to.

Thin: who may ask, what they asked, one service, one template. "Check the numbers" makes nothing.
"""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from generation.access import StaffRequest, sets_of
from generation.models import QuestionSet, Source
from raters.forms import StudyForm
from raters.models import Study
from raters.protocols import PRESETS, Preset, Size, StudyRefused
from raters.services.progress import set_lines, source_lines
from raters.services.studies import study_create, study_size
from raters.views.access import researcher_required


@require_http_methods(["GET", "POST"])
@researcher_required
def study_new(request: StaffRequest) -> HttpResponseBase:
    """First the set, by its number in the address; then what to make of it."""
    if "set" not in request.GET:
        return render(request, "research/study_new.html", {"sets": set_lines(user=request.user)})
    chosen = get_object_or_404(sets_of(request.user), pk=_number(request.GET["set"]))
    preset = _preset(request)
    sources = source_lines(question_set=chosen)
    is_sent = request.method == "POST" and "preset" not in request.POST
    form = StudyForm(
        request.POST if is_sent else None,
        sources=[(line.pk, line.name) for line in sources],
        preset=preset,
        kept=_kept(request),
    )
    if is_sent and form.is_valid() and "check" not in request.POST:
        study = _created(request, form, chosen)
        if study is not None:
            return redirect("study", code=study.code)
    page = {
        "set": {"name": chosen.name, "pk": chosen.pk},
        "presets": PRESETS.items(),
        "preset": preset,
        "size": _size(form, chosen) if is_sent else None,
        "form": form,
        "sources": list(zip(form["sources"], sources, strict=True)),
    }
    return render(request, "research/study_new.html", page, status=422 if form.errors else 200)


def _created(request: StaffRequest, form: StudyForm, chosen: QuestionSet) -> Study | None:
    try:
        return study_create(
            owner=request.user,
            name=form.cleaned_data["name"],
            seed=form.cleaned_data["seed"],
            now=timezone.now(),
            **_asked(form, chosen),
        )
    except StudyRefused as refused:
        form.add_error(None, str(refused))
        return None


def _size(form: StudyForm, chosen: QuestionSet) -> Size | None:
    """What the study would come to; None where a setting is missing or makes no sense."""
    if set(form.errors) - {"name", "__all__"}:
        return None
    try:
        return study_size(**_asked(form, chosen))
    except StudyRefused as refused:
        if str(refused) not in form.non_field_errors():
            form.add_error(None, str(refused))
        return None


def _asked(form: StudyForm, chosen: QuestionSet) -> dict[str, Any]:
    found = Source.objects.in_bulk(form.cleaned_data["sources"])
    return form.settings() | {
        "question_set": chosen,
        "sources": [found[pk] for pk in form.cleaned_data["sources"]],
        "questions": form.cleaned_data["questions"],
    }


def _preset(request: StaffRequest) -> Preset | None:
    name = request.POST.get("preset", request.GET.get("preset"))
    if name is not None and name not in PRESETS:
        raise Http404
    return PRESETS[name] if name else None


def _kept(request: StaffRequest) -> dict[str, Any]:
    """What no preset decides stays as it was written when another is chosen."""
    if "preset" not in request.POST:
        return {}
    return {"name": request.POST.get("name", ""), "sources": request.POST.getlist("sources")}


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)

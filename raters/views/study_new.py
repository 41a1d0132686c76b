"""The wizard in which a study is made: a step a page, from the questions to the open study.

Thin: what was entered is kept whatever it is, and moves on once it makes sense. Every button of a
step sends all of it, so going back loses nothing, with or without a script.
"""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from generation.access import StaffRequest, sets_of
from generation.models import QuestionSet, Source
from raters.forms_wizard import (
    BY_NAME,
    FIRST,
    LAST,
    STEPS,
    Step,
    WizardForm,
    kept_of,
    step_after,
    step_before,
)
from raters.models import StudyDraft
from raters.protocols import PRESETS, Size, StudyRefused, StudySettings
from raters.services.drafts import draft_create, draft_drop, draft_finish, draft_keep
from raters.services.progress import set_lines, source_lines
from raters.services.studies import study_name_check, study_size
from raters.views.access import researcher_required

DRAWN = ("sources", "raters", "preview")  # what is entered here decides what the study comes to


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def study_new(request: StaffRequest) -> HttpResponseBase:
    """The first step, of which nothing is kept yet, and the drafts that wait to be gone on with."""
    if request.method == "POST":
        form = _form(request, FIRST, {}, request.POST)
        if _makes_sense(request, FIRST, form, {}):
            try:
                draft = draft_create(
                    owner=request.user,
                    answers=form.entered(request.POST),
                    step=step_after(FIRST).name,
                    now=timezone.now(),
                )
                return redirect("study-draft", code=draft.code, step=draft.step)
            except StudyRefused as refused:
                form.add_error(None, str(refused))
        return _page(request, FIRST, form, None, status=422)
    asked = {"question_set": request.GET.get("set"), "preset": request.GET.get("preset")}
    answers = {name: value for name, value in asked.items() if value is not None}
    if len(sets := set_lines(user=request.user)) == 1:
        answers.setdefault("question_set", str(sets[0].pk))
    return _page(request, FIRST, _form(request, FIRST, answers), None)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def study_draft(request: StaffRequest, code: str, step: str) -> HttpResponseBase:
    draft = get_object_or_404(StudyDraft.objects.of(request.user), code=code)
    if step not in BY_NAME:
        raise Http404
    here = BY_NAME[step]
    if request.method != "POST":
        return _page(request, here, _form(request, here, draft.answers), draft)
    form = _form(request, here, draft.answers, request.POST)
    answers = kept_of(draft.answers, form.entered(request.POST))
    to = request.POST.get("to", "")
    ahead = here.name if here is LAST else step_after(here).name
    draft_keep(
        draft=draft, answers=answers, step=to if to in BY_NAME else ahead, now=timezone.now()
    )
    if to in BY_NAME:
        return redirect("study-draft", code=draft.code, step=to)
    if here is LAST:
        return _finish(request, draft, form)
    if _makes_sense(request, here, form, answers):
        return redirect("study-draft", code=draft.code, step=ahead)
    return _page(request, here, form, draft, status=422)


@require_POST
@researcher_required
def study_draft_dropping(request: StaffRequest, code: str) -> HttpResponseBase:
    draft_drop(draft=get_object_or_404(StudyDraft.objects.of(request.user), code=code))
    return redirect("study-new")


# --- a step --------------------------------------------------------------------------------------
def _form(
    request: StaffRequest, step: Step | None, answers: dict[str, Any], sent: Any = None
) -> WizardForm:
    chosen = _chosen(request, answers)
    lines = source_lines(question_set=chosen) if chosen else []
    return WizardForm(
        sent,
        step=step,
        answers=answers,
        sets=[(line.pk, line.name) for line in set_lines(user=request.user)],
        sources=[(line.pk, line.name) for line in lines],
    )


def _chosen(request: StaffRequest, answers: dict[str, Any]) -> QuestionSet | None:
    number = str(answers.get("question_set") or "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return sets_of(request.user).filter(pk=int(number)).first()


def _whole(request: StaffRequest, answers: dict[str, Any]) -> WizardForm:
    """All steps at once, read from what was entered and, where nothing was, what is proposed."""
    proposed = _form(request, None, answers).proposed()
    return _form(request, None, answers, {**proposed, **answers})


def _makes_sense(
    request: StaffRequest, step: Step, form: WizardForm, answers: dict[str, Any]
) -> bool:
    """Whether this step may be left; if not, the form says what to change."""
    if not form.is_valid():
        return False
    try:
        if step is FIRST:
            study_name_check(name=form.cleaned_data["name"])
        elif (whole := _whole(request, answers)).is_valid():
            _comes_to(request, whole, answers, is_drawn=step.name in DRAWN)
    except StudyRefused as refused:
        form.add_error(None, str(refused))
    return form.is_valid()


def _comes_to(
    request: StaffRequest, whole: WizardForm, answers: dict[str, Any], *, is_drawn: bool
) -> Size | None:
    """What the study would be; without drawing it, whether its settings go together at all."""
    if is_drawn:
        return study_size(**_asked(request, whole, answers))
    StudySettings(**whole.settings()).check(slots=len(whole.cleaned_data["sources"]))
    return None


def _asked(request: StaffRequest, whole: WizardForm, answers: dict[str, Any]) -> dict[str, Any]:
    said = whole.cleaned_data
    found = Source.objects.in_bulk(said["sources"])
    return whole.settings() | {
        "question_set": _chosen(request, answers),
        "sources": [found[pk] for pk in said["sources"]],
        "questions": said["questions"],
    }


# --- the last ------------------------------------------------------------------------------------
def _finish(request: StaffRequest, draft: StudyDraft, form: WizardForm) -> HttpResponseBase:
    """Make the study, and open it where that was asked for."""
    whole = _whole(request, draft.answers)
    if whole.is_valid() and request.POST.keys() & {"open", "make"}:
        said = whole.cleaned_data
        try:
            study = draft_finish(
                draft=draft,
                study=_asked(request, whole, draft.answers)
                | {"name": said["name"], "seed": said["seed"]},
                consent={"text": said["consent"], "language": said["language"]},
                path=whole.path(),
                opens="open" in request.POST,
                now=timezone.now(),
            )
            return redirect("study", code=study.code)
        except StudyRefused as refused:
            form.add_error(None, str(refused))
    return _page(request, LAST, form, draft, status=422)


def _preview(request: StaffRequest, draft: StudyDraft, form: WizardForm) -> dict[str, Any]:
    """Every step in words; `unfinished` are those that cannot be made yet, with why."""
    whole = _whole(request, draft.answers)
    whole.is_valid()
    size = None
    if not whole.errors and not form.non_field_errors():
        try:
            study_name_check(name=whole.cleaned_data["name"])
            size = _comes_to(request, whole, draft.answers, is_drawn=True)
        except StudyRefused as refused:
            form.add_error(None, str(refused))
    parts = [
        {
            "step": step.name,
            "title": step.title,
            "said": whole.said(step),
            "problems": [
                f"{whole.fields[name].label or name.capitalize()}: {error}"
                for name in step.fields
                for error in whole.errors.get(name, ())
            ],
        }
        for step in STEPS[:-1]
    ]
    asks_checks = bool(whole.cleaned_data.get("check_percent"))
    return {"parts": parts, "size": size, "asks_checks": asks_checks}


def _page(
    request: StaffRequest,
    step: Step,
    form: WizardForm,
    draft: StudyDraft | None,
    *,
    status: int = 200,
) -> HttpResponse:
    before = step_before(step)
    page: dict[str, Any] = {
        "steps": [{"name": each.name, "title": each.title} for each in STEPS],
        "step": {"name": step.name, "title": step.title, "number": STEPS.index(step) + 1},
        "before": before.name if before else "",
        "draft": {"code": draft.code, "name": draft.answers.get("name", "")} if draft else None,
        "form": form,
    }
    if step is FIRST:
        page |= {"sets": _beside(form, "question_set", set_lines(user=request.user))}
        page |= {"presets": _beside(form, "preset", PRESETS.values())}
        page |= {"drafts": [] if draft else _drafts(request)}
    if step.name == "sources" and draft and (chosen := _chosen(request, draft.answers)):
        page |= {"sources": _beside(form, "sources", source_lines(question_set=chosen))}
    if step.name == "raters" and draft:
        page |= {"size": _size(request, draft, form)}
    if step is LAST and draft:
        page |= _preview(request, draft, form)
    return render(request, "research/study_new.html", page, status=status)


def _size(request: StaffRequest, draft: StudyDraft, form: WizardForm) -> Size | None:
    """What it comes to so far; None while something is missing, which its own step says."""
    whole = _whole(request, draft.answers)
    if form.errors or not whole.is_valid():
        return None
    try:
        return _comes_to(request, whole, draft.answers, is_drawn=True)
    except StudyRefused:
        return None


def _beside(form: WizardForm, field: str, lines: Any) -> list[tuple[Any, Any]]:
    """Each choice of a field with the line that says what it is."""
    return list(zip(form[field], lines, strict=True))


def _drafts(request: StaffRequest) -> list[dict[str, Any]]:
    return [
        {
            "code": draft.code,
            "name": draft.answers.get("name") or "without a name",
            "step": draft.step,
            "title": BY_NAME[draft.step].title,
            "changed_at": draft.changed_at,
        }
        for draft in StudyDraft.objects.of(request.user)
    ]

"""Where practice and checks of a study are written: the expected pick, and why.

Practice is the study's own. A check's texts are rationales of sources of their own, made by the
import as any others: so this stands where both apps are known. Names no source of the study.
"""

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from generation.access import StaffRequest, researcher_required
from generation.models import Rationale
from generation.services.bad_lines import ImportRefused
from generation.services.imports import LONGEST_NAME, rationales_import
from raters.forms_authoring import CheckForm, PracticeForm
from raters.models import PracticeTriple, Study, StudyPath, Triple
from raters.protocols import StudyRefused
from raters.services.checking import check_drop, check_lines, checks_write
from raters.services.places import Check
from raters.services.practice import (
    practice_add,
    practice_drop,
    practice_import,
    practice_problem,
)
from raters.views.access import own_study

MOST_BYTES = 1_000_000


@require_safe
@researcher_required
def authoring(request: StaffRequest, code: str) -> HttpResponseBase:
    return _page(request, own_study(request, code))


@require_POST
@researcher_required
def practice_new(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    form = PracticeForm(request.POST, study=study)
    if form.is_valid():
        said = form.cleaned_data
        try:
            practice_add(
                study=study,
                user=request.user,
                now=timezone.now(),
                rationales=form.texts(),
                **{name: said[name] for name in ("question", "gold_answer", "expected", "why")},
                qualifies=said["qualifies"],
            )
            return _back(code, "practice")
        except StudyRefused as refused:
            form.add_error(None, str(refused))
    return _page(request, study, practice=form, status=422)


@require_POST
@researcher_required
def practice_file(request: StaffRequest, code: str) -> HttpResponseBase:
    """Practice triples from a JSONL file, all of it or nothing."""
    study = own_study(request, code)
    file = request.FILES.get("file")
    try:
        if file is None or (file.size or 0) > MOST_BYTES:
            raise StudyRefused(f"Choose a JSONL file of at most {MOST_BYTES:,} bytes.")
        lines = file.read().decode("utf-8").splitlines()
        added = practice_import(study=study, user=request.user, now=timezone.now(), lines=lines)
        messages.success(request, f"{added} practice triple{'' if added == 1 else 's'} added.")
    except UnicodeDecodeError:
        messages.error(request, "That file is not UTF-8 text; save it as UTF-8.")
    except StudyRefused as refused:
        messages.error(request, str(refused))
    return _back(code, "practice")


@require_POST
@researcher_required
def practice_dropping(request: StaffRequest, code: str, number: int) -> HttpResponseBase:
    study = own_study(request, code)
    triple = get_object_or_404(PracticeTriple.objects.of(study), number=number)
    try:
        practice_drop(triple=triple, user=request.user, now=timezone.now())
    except StudyRefused as refused:
        messages.error(request, str(refused))
    return _back(code, "practice")


@require_POST
@researcher_required
def check_new(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    form = CheckForm(request.POST, study=study)
    if form.is_valid():
        try:
            with transaction.atomic():
                check = _imported(request, study, form)
                checks_write(study=study, checks=[check], user=request.user, now=timezone.now())
            return _back(code, "checks")
        except StudyRefused as refused:
            form.add_error(None, str(refused))
        except ImportRefused as refused:
            form.add_error(None, " ".join(each.reason for each in refused.bad_lines))
    return _page(request, study, check=form, status=422)


@require_POST
@researcher_required
def check_dropping(request: StaffRequest, code: str, number: int) -> HttpResponseBase:
    study = own_study(request, code)
    triple = get_object_or_404(study.triples.filter(kind=Triple.Kind.CHECK), number=number)
    try:
        check_drop(triple=triple, user=request.user, now=timezone.now())
    except StudyRefused as refused:
        messages.error(request, str(refused))
    return _back(code, "checks")


def _imported(request: StaffRequest, study: Study, form: CheckForm) -> Check:
    """The check with its question and texts as rows, in a set of the study's own."""
    sources = [f"check text {number}" for number in range(1, len(form.names) + 1)]
    record = form.record(sources)
    imported = rationales_import(
        lines=[json.dumps(record)],
        format="jsonl",
        set_name=f"checks of {study.name}"[:LONGEST_NAME],
        user=request.user,
        now=timezone.now(),
    )
    question = imported.question_set.questions.filter(text=record["question"]).latest("pk")
    rationales = [
        Rationale.objects.filter(
            question=question, source__name=each["source"], text=each["text"]
        ).latest("pk")
        for each in record["rationales"]
    ]
    return Check(question, rationales, expected=0, why=form.cleaned_data["why"].strip())


def _back(code: str, part: str) -> HttpResponse:
    response = redirect("study-authoring", code=code)
    response["Location"] += f"#{part}"
    return response


def _page(
    request: StaffRequest,
    study: Study,
    *,
    practice: PracticeForm | None = None,
    check: CheckForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Context: study, practice_form, check_form, practice (rows), stays (why practice may not
    change), checks (`CheckLine`s), passes (the qualification's percent)."""
    path = StudyPath.objects.filter(study=study).first()
    page: dict[str, Any] = {
        "study": {
            "code": study.code,
            "name": study.name,
            "state": study.state,
            "check_percent": study.check_percent,
        },
        "practice_form": practice or PracticeForm(study=study),
        "check_form": check or CheckForm(study=study),
        "practice": [
            {
                "number": each.number,
                "question": each.question,
                "gold": each.gold_answer,
                "texts": each.rationales,
                "expected": each.expected,
                "why": each.why,
                "qualifies": each.qualifies,
            }
            for each in PracticeTriple.objects.of(study)
        ],
        "stays": practice_problem(study=study),
        "checks": check_lines(study=study),
        "passes": path.qualification_percent if path else 0,
    }
    return render(request, "research/authoring.html", page, status=status)

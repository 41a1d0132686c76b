"""A study's files: asked for, watched, stopped, taken away. Who takes one that names sources away
leaves an audit row. A file belongs to whoever asked for it.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from raters.exports import EXPORTS, TYPES, ExportRefused, offered
from raters.exports.manifest import SUFFIX, as_bytes
from raters.models import Study, StudyExport
from raters.services.export_files import export_file_name, study_export_ask, study_export_drop
from raters.services.study_states import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.ranges import ranged

State = StudyExport.State
NO_WISHES = ("csrfmiddlewaretoken", "name", "form")


@require_POST
@researcher_required
def export_ask(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    wishes = {
        name: value for name, value in request.POST.items() if name not in NO_WISHES and value != ""
    }
    try:
        study_export_ask(
            study=study,
            user=request.user,
            name=request.POST.get("name", ""),
            form=request.POST.get("form", ""),
            wishes=wishes,
            now=timezone.now(),
        )
    except ExportRefused as refused:
        page = {"study": {"code": study.code, "name": study.name}, "sentence": str(refused)}
        return render(request, "research/refused.html", page, status=409)
    return redirect(reverse("study", args=[study.code]) + "#exports")


@require_safe
@researcher_required
def export_file(request: StaffRequest, code: str, export: str) -> HttpResponseBase:
    """The file, or the part of it that is still missing."""
    found = _own(request, code, export)
    if found.state != State.BUILT:
        raise Http404
    try:
        response = ranged(
            request,
            found.path,
            size=found.size,
            tag=found.sha256,
            content_type=TYPES[found.form],
        )
    except OSError:
        study_export_drop(export=found, now=timezone.now())
        raise Http404 from None
    _note(request, found)
    name = export_file_name(found)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@researcher_required
def export_manifest(request: StaffRequest, code: str, export: str) -> HttpResponseBase:
    found = _own(request, code, export)
    if found.state != State.BUILT:
        raise Http404
    _note(request, found, SUFFIX)
    response = HttpResponse(as_bytes(found.manifest), content_type="application/json")
    name = export_file_name(found) + SUFFIX
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@researcher_required
def export_drop(request: StaffRequest, code: str, export: str) -> HttpResponseBase:
    found = _own(request, code, export)
    was_on_its_way = found.state in (State.QUEUED, State.BUILDING)
    study_export_drop(export=found, now=timezone.now())
    what = "Stopped" if was_on_its_way else "Removed"
    messages.success(request, f"{what}: {found.name}.{found.form}.")
    return redirect(reverse("study", args=[code]) + "#exports")


def exports_part(request: StaffRequest, study: Study) -> dict[str, Any]:
    """What a study's page says of its files: those asked for, and those that can be."""
    mine = StudyExport.objects.filter(study=study, owner=request.user)
    shown = mine.filter(state__in=[*StudyExport.ALIVE, State.FAILED]).select_related("study")
    files = [_words(each) for each in shown]
    return {
        "files": files,
        "is_busy": any(each["is_busy"] for each in files),
        "exports": [] if study.state == Study.State.DRAFT else offered(study.state),
    }


def _words(export: StudyExport) -> dict[str, Any]:
    return {
        "code": export.code,
        "file": export_file_name(export),
        "state": export.state,
        "teaches": export.form == "jsonl" and export.name in ("dpo", "sft"),
        "is_busy": export.state in (State.QUEUED, State.BUILDING),
        "percent": int(100 * export.share_done),
        "rows": export.rows_done,
        "size": export.size,
        "problem": export.problem,
        "is_snapshot": export.is_snapshot,
        "asked_at": export.asked_at,
        "expires_at": export.expires_at,
        "left": _seconds_left(export),
    }


def _seconds_left(export: StudyExport) -> int | None:
    if export.share_done <= 0 or not export.began_at or not export.touched_at:
        return None
    so_far = (export.touched_at - export.began_at).total_seconds()
    return round(so_far / export.share_done - so_far)


def _own(request: StaffRequest, code: str, export: str) -> StudyExport:
    study = own_study(request, code)
    found = StudyExport.objects.of(request.user).select_related("study")
    return get_object_or_404(found, study=study, code=export)


def _note(request: StaffRequest, export: StudyExport, suffix: str = "") -> None:
    if export.is_snapshot:
        return
    file = EXPORTS[export.name].name + f".{export.form}{suffix}"
    study_unblind_note(
        study=export.study, user=request.user, page=f"exports/{file}", now=timezone.now()
    )

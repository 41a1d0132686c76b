"""What a paper takes away from the results: every figure, the report, its words, its digits.

Each names the sources: only the study's owner and admins, only once it is closed, on record.
"""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from raters.exports import refusal
from raters.models import ReportFigure, Study, StudyReport
from raters.services.reports import report_ask, report_results
from raters.services.study_states import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.results import conduct, heds, methods, whole

Made = Callable[[Study, StudyReport], str | bytes]


@require_GET
@researcher_required
def figure_file(request: StaffRequest, code: str, name: str) -> HttpResponseBase:
    """One figure by its name and the ending of what is wanted: svg, png, or csv for its numbers."""
    figure, _, ending = name.rpartition(".")
    if ending not in FIGURE_TYPES:
        raise Http404

    def made(study: Study, report: StudyReport) -> str | bytes:
        found = get_object_or_404(ReportFigure, report=report, name=figure)
        return bytes(found.png) if ending == "png" else str(getattr(found, ending))

    return _given(request, code, f"figures/{name}", name, made, FIGURE_TYPES[ending])


@require_GET
@researcher_required
def report_file(request: StaffRequest, code: str, name: str) -> HttpResponseBase:
    if name not in FILES:
        raise Http404
    made, content_type = FILES[name]
    return _given(request, code, f"results/{name}", name, made, content_type)


def _given(
    request: StaffRequest, code: str, page: str, name: str, made: Made, content_type: str
) -> HttpResponseBase:
    study = own_study(request, code)
    if sentence := refusal(study):
        about = {"study": {"code": study.code, "name": study.name}, "sentence": sentence}
        return render(request, "research/refused.html", about, status=409)
    report = report_ask(study=study, now=timezone.now())
    if report.state != StudyReport.State.MADE:
        return redirect("study-results", code=study.code)
    content = made(study, report)
    study_unblind_note(study=study, user=request.user, page=page, now=timezone.now())
    response = HttpResponse(content, content_type=content_type)
    file_name = f"{slugify(study.name) or study.code}-{name}"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def report_html(study: Study, report: StudyReport) -> str:
    """One file that needs nothing else: no script, no address, the charts within."""
    sheets = (settings.BASE_DIR / "static" / name for name in ("triptych.css", "research.css"))
    style = "\n".join(sheet.read_text() for sheet in sheets)
    about = {
        **whole(study, report),
        "is_file": True,
        "style": mark_safe(f"<style>{style}</style>"),  # noqa: S308 (our own sheets)
    }
    return render_to_string("research/report.html", about)


def _methods(study: Study, report: StudyReport) -> str:
    results = report_results(report)
    cited = "".join(f"- {each}\n" for each in methods.citations(results))
    return f"{methods.paragraph(study, results)}\n\n{cited}"


def _heds(study: Study, report: StudyReport) -> str:
    return heds.markdown(study, report_results(report))


def _digits(study: Study, report: StudyReport) -> str:
    return json.dumps(report.figures, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


MARKDOWN = "text/markdown; charset=utf-8"
FIGURE_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
}
FILES: dict[str, tuple[Made, str]] = {
    "report.html": (report_html, "text/html; charset=utf-8"),
    "methods.md": (_methods, MARKDOWN),
    "heds.md": (_heds, MARKDOWN),
    "exclusions.csv": (conduct.exclusions_csv, "text/csv; charset=utf-8"),
    "figures.json": (_digits, "application/json"),
}

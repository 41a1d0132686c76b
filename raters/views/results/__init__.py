"""The results page: fill and precision until the study is closed; then all of it, on record.

Figures come from a report that a worker made (services/reports.py); until it is there the page
says so. Here they become words and are rounded, a module a protocol.
"""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from raters.models import Study, StudyReport
from raters.services.conduct import conduct as conduct_of
from raters.services.progress import study_progress
from raters.services.reports import report_ask, report_results
from raters.services.results import StudyResults
from raters.services.study_states import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.results import (
    annotations,
    best_worst,
    conduct,
    figures,
    guesses,
    heds,
    methods,
    picks,
    planned,
    rankings,
    reach,
    robustness,
)
from raters.views.results import reasoning as steps

NOTHING = "No rating counts in this study, so there is nothing to say of its sources."
FRAGMENT = "X-Fragment"  # the page asks itself whether the figures are there by now


@require_GET
@researcher_required
def study_results_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    now = timezone.now()
    if study.state != Study.State.CLOSED:
        return _waiting(request, study)
    report = report_ask(study=study, now=now)
    is_made = report.state == StudyReport.State.MADE
    if FRAGMENT in request.headers:
        is_over = report.state != StudyReport.State.QUEUED
        return HttpResponse(status=204 if is_over else 202)
    if not is_made:
        about = {"study": study_words(study), "report": report}
        return render(request, "research/results_computing.html", about)
    study_unblind_note(study=study, user=request.user, page="results", now=now)
    return render(request, "research/results.html", whole(study, report))


@require_POST
@researcher_required
def study_results_anew(request: StaffRequest, code: str) -> HttpResponseBase:
    """Compute again: after a failure, or to see that the same comes out."""
    study = own_study(request, code)
    if study.state == Study.State.CLOSED:
        report_ask(study=study, now=timezone.now(), anew=True)
    return redirect("study-results", code=study.code)


def _waiting(request: StaffRequest, study: Study) -> HttpResponseBase:
    now = timezone.now()
    about = {"study": study_progress(study=study, now=now), **reach.running(study, now)}
    return render(request, "research/results_waiting.html", about)


def study_words(study: Study) -> dict[str, str]:
    return {"code": study.code, "name": study.name}


def whole(study: Study, report: StudyReport) -> dict[str, Any]:
    """Everything that the page, and the report for others, print."""
    results, held = report_results(report), conduct_of(study=study)
    printed = page(results)
    return {
        **printed,
        **planned.page(results, held, printed["sentences"]),
        **conduct.page(study, results, held),
        "drawn": {
            each.name.replace("-", "_"): {"name": each.name, "svg": figures.drawn(each.svg)}
            for each in report.drawn.defer("png")
        },
        "methods": methods.paragraph(study, results),
        "citations": methods.citations(results),
        "heds": heds.sheet(study, results),
        "made_at": report.made_at,
    }


def page(results: StudyResults) -> dict[str, Any]:
    """What the template prints; without ratings, that there are none."""
    shared = {
        "study": {"code": results.code, "name": results.name},
        "results": results,
        "sentences": [NOTHING],
        "slot_names": [f"A{slot}" for slot in range(1, len(results.sources) + 1)],
        "balance": [
            {"source": source, "number": number, "counts": counts}
            for number, (source, counts) in enumerate(
                zip(results.sources, results.balance, strict=True), start=1
            )
        ],
        "remarks": results.remarks,
    }
    if not results.ratings:
        return shared
    return {
        **shared,
        **_of_protocol(results),
        "by_chance": figures.chance_verdict(results.by_chance),
        **annotations.page(results),
        **steps.page(results),
        **robustness.page(results),
        **guesses.page(results),
    }


def _of_protocol(results: StudyResults) -> dict[str, Any]:
    if results.rankings:
        return rankings.page(results, results.rankings)
    if results.best_worst:
        return best_worst.page(results, results.best_worst)
    assert results.picks
    return picks.page(results, results.picks)

"""The results page: nothing but the fill until the study is closed; then all of it, on record.

Turns figures into words and rounds them, a module a protocol; what they are is decided in
raters.services.results.
"""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from raters.exports import offered
from raters.models import Study
from raters.services.progress import study_progress
from raters.services.results import StudyResults, study_results
from raters.services.study_states import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.results import annotations, best_worst, picks, rankings

NOTHING = "No rating counts in this study, so there is nothing to say of its sources."


@require_GET
@researcher_required
def study_results_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    now = timezone.now()
    if study.state != Study.State.CLOSED:
        progress = study_progress(study=study, now=now)
        return render(request, "research/results_waiting.html", {"study": progress})
    study_unblind_note(study=study, user=request.user, page="results", now=now)
    return render(request, "research/results.html", page(study_results(study=study)))


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
        "exports": offered(),
    }
    if not results.ratings:
        return shared
    return {**shared, **_of_protocol(results), **annotations.page(results)}


def _of_protocol(results: StudyResults) -> dict[str, Any]:
    if results.rankings:
        return rankings.page(results, results.rankings)
    if results.best_worst:
        return best_worst.page(results, results.best_worst)
    assert results.picks
    return picks.page(results, results.picks)

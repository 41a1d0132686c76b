"""The results page: nothing but the fill until the study is closed; then all of it, on record."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from raters.models import Study
from raters.services.progress import study_progress
from raters.services.results import study_results
from raters.services.studies import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required


@require_GET
@researcher_required
def study_results_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    now = timezone.now()
    if study.state != Study.State.CLOSED:
        progress = study_progress(study=study, now=now)
        return render(request, "research/results_waiting.html", {"study": progress})
    from raters.charts import shares_svg  # Altair takes half a second: not at the web's boot

    study_unblind_note(study=study, user=request.user, page="results", now=now)
    results = study_results(study=study)
    chart = mark_safe(shares_svg(results.shares)) if results.ratings else ""  # noqa: S308
    return render(request, "research/results.html", {"results": results, "chart": chart})

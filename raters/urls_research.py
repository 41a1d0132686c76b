"""The researcher's addresses. A study goes by its opaque code, never by a count."""

from django.urls import path

from raters import converters  # noqa: F401  (the kind `code`)
from raters.views import downloads, planner, results, studies, study_new
from raters.views.results import files

urlpatterns = [
    path("studies/", studies.study_list, name="studies"),
    path("studies/plan/", planner.planner, name="planner"),
    path("studies/new/", study_new.study_new, name="study-new"),
    path("studies/<code:code>/", studies.study_page, name="study"),
    path("studies/<code:code>/raters/", studies.raters_new, name="study-raters"),
    path("studies/<code:code>/invitation/", studies.invitation, name="study-invitation"),
    path(
        "studies/<code:code>/ratings-per-triple/",
        studies.raters_per_triple,
        name="study-per-triple",
    ),
    path("studies/<code:code>/open/", studies.study_opening, name="study-open"),
    path("studies/<code:code>/pause/", studies.study_pausing, name="study-pause"),
    path("studies/<code:code>/resume/", studies.study_resuming, name="study-resume"),
    path("studies/<code:code>/close/", studies.study_closing, name="study-close"),
    path("studies/<code:code>/results/", results.study_results_page, name="study-results"),
    path(
        "studies/<code:code>/results/anew/", results.study_results_anew, name="study-results-anew"
    ),
    path("studies/<code:code>/results/<str:name>", files.report_file, name="study-report"),
    path("studies/<code:code>/figures/<str:name>", files.figure_file, name="study-figure"),
    path("studies/<code:code>/exports/<str:name>", downloads.export_file, name="study-export"),
]

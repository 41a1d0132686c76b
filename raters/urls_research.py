"""The researcher's addresses. A study goes by its opaque code, never by a count."""

from django.urls import path

from raters import converters  # noqa: F401  (the kind `code`)
from raters.views import (
    api_keys,
    downloads,
    exclusions,
    people,
    plan,
    planner,
    preview,
    results,
    studies,
    study_new,
)
from raters.views.results import files

urlpatterns = [
    path("api-tokens/", api_keys.tokens, name="api-tokens"),
    path("api-tokens/<int:pk>/revoke/", api_keys.token_revoking, name="api-token-revoke"),
    path("webhooks/", api_keys.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/remove/", api_keys.webhook_removing, name="webhook-remove"),
    path("studies/", studies.study_list, name="studies"),
    path("studies/plan/", planner.planner, name="planner"),
    path("studies/new/", study_new.study_new, name="study-new"),
    path("studies/new/<code:code>/drop/", study_new.study_draft_dropping, name="study-draft-drop"),
    path("studies/new/<code:code>/<slug:step>/", study_new.study_draft, name="study-draft"),
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
    path("studies/<code:code>/plan/", plan.plan_page, name="study-plan"),
    path("studies/<code:code>/plan/freeze/", plan.plan_freezing, name="study-freeze"),
    path("studies/<code:code>/plan/frozen.json", plan.plan_file, name="study-frozen"),
    path("studies/<code:code>/exclusions/", exclusions.exclusions_page, name="study-exclusions"),
    path(
        "studies/<code:code>/exclusions/apply/",
        exclusions.exclusions_applying,
        name="study-exclusions-apply",
    ),
    path(
        "studies/<code:code>/exclusions/asked/",
        exclusions.exclusion_asking,
        name="study-exclusion-asked",
    ),
    path(
        "studies/<code:code>/exclusions/<code:rater>/lift/",
        exclusions.exclusion_lifting,
        name="study-exclusion-lift",
    ),
    path(
        "studies/<code:code>/exclusions/<code:rater>/again/",
        exclusions.exclusion_refilling,
        name="study-exclusion-again",
    ),
    path("studies/<code:code>/preview/", preview.preview, name="study-preview"),
    path("studies/<code:code>/people/", people.people_page, name="study-people"),
    path("studies/<code:code>/people/crowd/", people.crowd_link, name="study-crowd"),
    path("studies/<code:code>/payments/", people.payments_page, name="study-payments"),
    path("studies/<code:code>/payments.csv", people.payments_file, name="study-payments-file"),
    path("studies/<code:code>/payments/forget/", people.identities_delete, name="study-forget-ids"),
    path("studies/<code:code>/results/", results.study_results_page, name="study-results"),
    path(
        "studies/<code:code>/results/anew/", results.study_results_anew, name="study-results-anew"
    ),
    path("studies/<code:code>/results/<str:name>", files.report_file, name="study-report"),
    path("studies/<code:code>/figures/<str:name>", files.figure_file, name="study-figure"),
    path("studies/<code:code>/exports/", downloads.export_ask, name="study-export-ask"),
    path("studies/<code:code>/exports/<code:export>", downloads.export_file, name="study-export"),
    path(
        "studies/<code:code>/exports/<code:export>/manifest",
        downloads.export_manifest,
        name="study-export-manifest",
    ),
    path(
        "studies/<code:code>/exports/<code:export>/drop",
        downloads.export_drop,
        name="study-export-drop",
    ),
]

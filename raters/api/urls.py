"""The addresses of studies, raters, exports and webhooks under /api/v1/."""

from django.urls import path

from raters import converters  # noqa: F401  (the kind `code`)
from raters.api import exports, rate, studies, webhooks

OF_STUDY = "studies/<code:code>/"

urlpatterns = [
    path("studies/", studies.Studies.as_view(), name="api-studies"),
    path(OF_STUDY, studies.StudyRead.as_view(), name="api-study"),
    path(OF_STUDY + "open/", studies.StudyOpen.as_view(), name="api-study-open"),
    path(OF_STUDY + "pause/", studies.StudyPause.as_view(), name="api-study-pause"),
    path(OF_STUDY + "resume/", studies.StudyResume.as_view(), name="api-study-resume"),
    path(OF_STUDY + "close/", studies.StudyClose.as_view(), name="api-study-close"),
    path(OF_STUDY + "triples/", studies.Triples.as_view(), name="api-triples"),
    path(OF_STUDY + "raters/", studies.Raters.as_view(), name="api-raters"),
    path(OF_STUDY + "results/", studies.Results.as_view(), name="api-results"),
    path(OF_STUDY + "exports/", exports.Exports.as_view(), name="api-exports"),
    path(OF_STUDY + "exports/<code:export>/", exports.ExportRead.as_view(), name="api-export"),
    path(
        OF_STUDY + "exports/<code:export>/file/",
        exports.ExportFile.as_view(),
        name="api-export-file",
    ),
    path(
        OF_STUDY + "exports/<code:export>/manifest/",
        exports.ExportManifest.as_view(),
        name="api-export-manifest",
    ),
    path("rate/next/", rate.Next.as_view(), name="api-rate-next"),
    path("rate/submit/", rate.Submit.as_view(), name="api-rate-submit"),
    path("rate/skip/", rate.Skip.as_view(), name="api-rate-skip"),
    path("rate/flag/", rate.FlagIt.as_view(), name="api-rate-flag"),
    path("webhooks/", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/<int:pk>/", webhooks.WebhookRead.as_view(), name="api-webhook"),
    path("webhooks/<int:pk>/deliveries/", webhooks.Deliveries.as_view(), name="api-deliveries"),
]

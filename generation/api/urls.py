"""The workshop's addresses under /api/v1/."""

from django.urls import path

from generation.api import views

urlpatterns = [
    path("question-sets/", views.QuestionSets.as_view(), name="api-question-sets"),
    path("question-sets/import/", views.Imports.as_view(), name="api-import"),
    path("question-sets/<int:pk>/", views.QuestionSetRead.as_view(), name="api-question-set"),
    path("sources/", views.Sources.as_view(), name="api-sources"),
    path("sources/<int:pk>/", views.SourceRead.as_view(), name="api-source"),
    path("batches/", views.Batches.as_view(), name="api-batches"),
    path("batches/<int:pk>/", views.BatchRead.as_view(), name="api-batch"),
    path("batches/<int:pk>/pause/", views.BatchPause.as_view(), name="api-batch-pause"),
    path("batches/<int:pk>/resume/", views.BatchResume.as_view(), name="api-batch-resume"),
    path("batches/<int:pk>/cancel/", views.BatchCancel.as_view(), name="api-batch-cancel"),
    path("batches/<int:pk>/clone/", views.BatchClone.as_view(), name="api-batch-clone"),
]

"""The addresses of the workshop's pages."""

from django.urls import path

from generation.views import batches, imports, sources, training

urlpatterns = [
    path("import/", imports.upload, name="import"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<int:pk>/", batches.batch_page, name="batch"),
    path("batches/<int:pk>/stop/", batches.batch_stopping, name="batch-stop"),
    path("batches/<int:pk>/pause/", batches.batch_pausing, name="batch-pause"),
    path("batches/<int:pk>/go-on/", batches.batch_going_on, name="batch-go-on"),
    path("training/", training.run_list, name="runs"),
    path("training/<int:pk>/", training.run_page, name="run"),
    path("training/<int:pk>/stop/", training.run_stopping, name="run-stop"),
    path("training/<int:pk>/go-on/", training.run_going_on, name="run-go-on"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/<int:pk>/rationales/", sources.rationale_list, name="rationales"),
    path("questions/<int:pk>/compare/", sources.question_compare, name="compare"),
]

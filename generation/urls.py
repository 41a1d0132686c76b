"""The addresses of the workshop's pages."""

from django.urls import path

from generation.views import batches, imports, sources

urlpatterns = [
    path("import/", imports.upload, name="import"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<int:pk>/", batches.batch_page, name="batch"),
    path("batches/<int:pk>/stop/", batches.batch_stopping, name="batch-stop"),
    path("batches/<int:pk>/pause/", batches.batch_pausing, name="batch-pause"),
    path("batches/<int:pk>/go-on/", batches.batch_going_on, name="batch-go-on"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/<int:pk>/rationales/", sources.rationale_list, name="rationales"),
]

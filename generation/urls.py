"""The addresses of the workshop's pages."""

from django.urls import path

from generation.views import batches, imports, learning, seeds, sources, training

urlpatterns = [
    path("import/", imports.upload, name="import"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<int:pk>/", batches.batch_page, name="batch"),
    path("batches/<int:pk>/stop/", batches.batch_stopping, name="batch-stop"),
    path("batches/<int:pk>/pause/", batches.batch_pausing, name="batch-pause"),
    path("batches/<int:pk>/go-on/", batches.batch_going_on, name="batch-go-on"),
    path("training/", training.run_list, name="runs"),
    path("training/sums/", seeds.sums_page, name="sums"),
    path("training/preferences/", learning.preference_new, name="preference-new"),
    path("training/preferences/file/", learning.pair_file_new, name="pair-file-new"),
    path("training/from/<int:pk>/compare/", learning.comparison_new, name="comparison-new"),
    path("training/<int:pk>/seeds/", seeds.run_seeds_page, name="run-seeds"),
    path("training/<int:pk>/", training.run_page, name="run"),
    path("training/<int:pk>/stop/", training.run_stopping, name="run-stop"),
    path("training/<int:pk>/go-on/", training.run_going_on, name="run-go-on"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/<int:pk>/rationales/", sources.rationale_list, name="rationales"),
    path("questions/<int:pk>/compare/", sources.question_compare, name="compare"),
]

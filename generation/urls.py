"""The addresses of the workshop's pages."""

from django.urls import path

from generation.views import imports

urlpatterns = [path("import/", imports.upload, name="import")]

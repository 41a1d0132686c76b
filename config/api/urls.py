"""Everything under /api/."""

from django.urls import include, path, re_path

from config.api import views
from config.api.problems import not_found

urlpatterns = [
    path("", views.page, name="api-page"),
    path("v1/", include("generation.api.urls")),
    path("v1/", include("raters.api.urls")),
    path("v1/schema/", views.schema, name="api-schema"),
    re_path(r"^v1/(?P<path>.*)$", not_found, name="api-nothing"),
]

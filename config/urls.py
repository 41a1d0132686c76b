"""Every address of the site; what answers there is in each app's views."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("raters.urls_rate")),
    path("", include("raters.urls_research")),
    path("", include("raters.urls_workshop")),
    path("", include("generation.urls")),
    path("api/", include("config.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("generation.urls_writing")),
    path(
        "studies/<code:code>/exports/<code:export>/learn", circle.export_learn, name="export-learn"
    ),
]

"""Every address of the site; what answers there is in each app's views."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import authoring, circle, correcting
from config.system import views as system

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("raters.urls_rate")),
    path("", include("raters.urls_research")),
    path("", include("raters.urls_workshop")),
    path("", include("generation.urls")),
    path("", include("generation.urls_writing")),
    path(
        "studies/<code:code>/exports/<code:export>/learn", circle.export_learn, name="export-learn"
    ),
    path("system/", system.system, name="system"),
    path("system/people/", system.person_new, name="system-person"),
    path("system/people/<int:pk>/link/", system.person_inviting, name="system-invite"),
    path("system/people/<int:pk>/role/", system.person_role, name="system-role"),
    path("system/people/<int:pk>/disable/", system.person_switching, name="system-disable"),
    path("studies/<code:code>/authoring/", authoring.authoring, name="study-authoring"),
    path(
        "studies/<code:code>/authoring/practice/",
        authoring.practice_new,
        name="study-practice-new",
    ),
    path(
        "studies/<code:code>/authoring/practice/file/",
        authoring.practice_file,
        name="study-practice-file",
    ),
    path(
        "studies/<code:code>/authoring/practice/<int:number>/drop/",
        authoring.practice_dropping,
        name="study-practice-drop",
    ),
    path("studies/<code:code>/authoring/check/", authoring.check_new, name="study-check-new"),
    path(
        "studies/<code:code>/authoring/check/<int:number>/drop/",
        authoring.check_dropping,
        name="study-check-drop",
    ),
    path("studies/<code:code>/questions/", correcting.question_list, name="study-questions"),
    path(
        "studies/<code:code>/questions/<int:number>/correct/",
        correcting.question_correcting,
        name="study-correct",
    ),
    path("api/", include("config.api.urls")),
    path("admin/", admin.site.urls),
]

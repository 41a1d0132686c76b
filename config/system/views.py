"""The admins' page of the installation, and what they do to people there."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.celery import app
from config.system import glance
from generation.access import StaffRequest, researcher_required
from raters.protocols import StudyRefused
from raters.services.staff import (
    role,
    staff_add,
    staff_invite,
    staff_role,
    staff_switch,
    studies_of,
)

LATEST = 10
ROLES = (("researcher", "Researcher: own studies"), ("admin", "Admin: everything"))


class PersonForm(forms.Form):
    name = forms.CharField(label="Name to sign in with", max_length=150)
    role = forms.ChoiceField(choices=ROLES)


@never_cache
@require_safe
@researcher_required
def system(request: StaffRequest) -> HttpResponseBase:
    _admins_only(request)
    return _page(request, PersonForm())


@never_cache
@require_POST
@researcher_required
def person_new(request: StaffRequest) -> HttpResponseBase:
    """Add somebody; the answer has their link, which is shown this once."""
    _admins_only(request)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    is_admin = form.cleaned_data["role"] == "admin"
    try:
        user = staff_add(username=form.cleaned_data["name"], is_admin=is_admin, by=request.user)
    except StudyRefused as refused:
        form.add_error("name", str(refused))
        return _page(request, form, status=422)
    return _invited(request, user)


@never_cache
@require_POST
@researcher_required
def person_inviting(request: StaffRequest, pk: int) -> HttpResponseBase:
    return _invited(request, _person(request, pk))


@require_POST
@researcher_required
def person_role(request: StaffRequest, pk: int) -> HttpResponseBase:
    user = _person(request, pk)
    try:
        staff_role(user=user, is_admin=request.POST.get("to") == "admin", by=request.user)
    except StudyRefused as refused:
        messages.error(request, str(refused))
    return redirect("system")


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def person_switching(request: StaffRequest, pk: int) -> HttpResponseBase:
    """GET says in numbers what disabling does; POST does it, or takes it back."""
    user = _person(request, pk)
    if request.method == "POST":
        try:
            staff_switch(user=user, on=request.POST.get("to") == "on", by=request.user)
        except StudyRefused as refused:
            messages.error(request, str(refused))
        return redirect("system")
    page = {"person": {"pk": user.pk, "name": user.username}, "own": studies_of(user)}
    return render(request, "system/disable.html", page)


def _admins_only(request: StaffRequest) -> None:
    if not request.user.is_superuser:
        raise Http404


def _person(request: StaffRequest, pk: int) -> User:
    _admins_only(request)
    return get_object_or_404(User, pk=pk, is_staff=True)


@sensitive_variables("token")
def _invited(request: StaffRequest, user: User) -> HttpResponse:
    try:
        hours = settings.SIGN_IN_LINK_HOURS
        token = staff_invite(user=user, by=request.user, now=timezone.now(), hours=hours)
    except StudyRefused as refused:
        messages.error(request, str(refused))
        return redirect("system")
    link = request.build_absolute_uri(reverse("sign-in-link", args=[token]))
    return _page(request, PersonForm(), link={"url": link, "name": user.username, "hours": hours})


def _page(
    request: StaffRequest, form: PersonForm, *, status: int = 200, link: Any = None
) -> HttpResponse:
    """Context: people, form, link (shown once), broker, waiting, rows, storage, versions, acts."""
    page = {
        "people": [
            {
                "pk": user.pk,
                "name": user.username,
                "role": role(user),
                "is_active": user.is_active,
                "is_me": user.pk == request.user.pk,
                "last_login": user.last_login,
                **studies_of(user),
            }
            for user in User.objects.filter(is_staff=True).order_by("username")
        ],
        "form": form,
        "link": link,
        "broker": glance.broker(app),
        "waiting": glance.waiting_rows(),
        "rows": glance.rows(),
        "storage": glance.storage(),
        "versions": glance.versions(),
        "acts": [
            {"at": each.action_time, "who": each.user.get_username(), "whom": each.object_repr}
            | {"what": each.change_message}
            for each in LogEntry.objects.select_related("user")[:LATEST]
        ],
    }
    return render(request, "system/system.html", page, status=status)

"""The front door, and the link that lets a researcher in once without a password.

A GET of the link only shows a button, or that the link is spent: chat programs and mail scanners
open links to preview them, and must not use it up.
"""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from raters.services.people import sign_in_link_use, sign_in_link_works


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "home.html")


@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    if request.method != "POST" and sign_in_link_works(token=token, now=now):
        return render(request, "registration/enter.html")
    user = sign_in_link_use(token=token, now=now) if request.method == "POST" else None
    if user is None:
        return render(request, "registration/enter.html", {"is_spent": True}, status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(settings.LOGIN_REDIRECT_URL)

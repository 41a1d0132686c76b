"""Who may open which page: staff, the question sets each works with, and which browsers write."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from generation.models import QuestionSet

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request that `researcher_required` let through: somebody is signed in."""

    user: User


def researcher_required(view: View) -> View:
    """Strangers are sent to sign in; people who are signed in and no staff meet a 404."""

    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def sets_of(user: User) -> QuerySet[QuestionSet]:
    """A researcher's own sets and those that a command imported for all; an admin's are all."""
    if user.is_superuser:
        return QuestionSet.objects.all()
    return QuestionSet.objects.filter(Q(created_by=user) | Q(created_by=None))


# --- writers -------------------------------------------------------------------------------------
WRITER_COOKIE, WRITER_SALT, WRITER_DAYS, MOST_KEPT = "writer", "generation.write", 365, 10


def remember_writer(request: HttpRequest, response: HttpResponse, code: str) -> HttpResponse:
    """This browser writes: whoever rates here is asked whether they wrote what they would rate."""
    codes = [code, *(each for each in writers_here(request) if each != code)][:MOST_KEPT]
    response.set_signed_cookie(
        WRITER_COOKIE,
        ".".join(codes),
        salt=WRITER_SALT,
        max_age=WRITER_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def writers_here(request: HttpRequest) -> list[str]:
    """The codes of the writers that this browser was; costs nothing where it was none."""
    kept = request.get_signed_cookie(WRITER_COOKIE, default="", salt=WRITER_SALT)
    return str(kept).split(".") if kept else []

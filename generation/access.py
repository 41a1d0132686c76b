"""Who may open a page of the workshop: staff; and which question sets each of them works with."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase

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

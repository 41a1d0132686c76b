"""A participant's pages of a workshop: one short address, the code, and whatever the room sees.

Knows: how a phone is known (a signed cookie with a random token, no session), and how it learns
that the room has moved on (one number, 304 while it has not). Does not know: who wrote what; the
scene that it renders holds that at the reveal only.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from raters.models import WorkshopParticipant
from raters.services.workshops.showing import own_of, scene_of
from raters.services.workshops.taking_part import (
    Closed,
    RoomFull,
    TooManyGuesses,
    Unreadable,
    WrongCode,
    code_tidy,
    participant_join,
    participant_of,
    response_give,
    version_of,
)
from raters.views.enter import SeeOther

COOKIE, SALT, COOKIE_HOURS = "workshop", "raters.workshop", 24


@never_cache
@require_safe
def room(request: HttpRequest) -> HttpResponse:
    """The code where this phone is in no room yet; else what its room sees now."""
    participant = participant_of(_token(request))
    asked = code_tidy(request.GET.get("code", ""))
    if participant is None or (asked and asked != participant.workshop.join_code):
        return _ask_code(request, asked)
    return _room(request, participant)


@never_cache
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    typed = request.POST.get("code", "")
    known = participant_of(_token(request))
    if known is not None and known.workshop.join_code == code_tidy(typed):
        return SeeOther(reverse("workshop-room"))
    try:
        participant = participant_join(
            typed=typed, address=request.META.get("REMOTE_ADDR", ""), now=timezone.now()
        )
    except WrongCode:
        problem = _("No workshop has this code now. Please look at the large screen again.")
        return _ask_code(request, typed[:20], problem, status=404)
    except TooManyGuesses:
        problem = _("Too many wrong codes came from here. Please wait ten minutes.")
        return _ask_code(request, "", problem, status=429)
    except RoomFull:
        return _ask_code(request, "", _("This room is full."), status=503)
    response = SeeOther(reverse("workshop-room"))
    response.set_signed_cookie(
        COOKIE,
        str(participant.token),
        salt=SALT,
        max_age=COOKIE_HOURS * 3600,
        path=reverse("workshop-room"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_POST
def respond(request: HttpRequest) -> HttpResponse:
    """An answer or a pick. With a problem the page says so, and what is stored stays."""
    participant = participant_of(_token(request))
    if participant is None:
        return _ask_code(request, "", _("Please type the code of the room again."), status=403)
    number, pick = request.POST.get("number", ""), request.POST.get("pick")
    try:
        response_give(
            participant=participant,
            position=_small(number) - 1,
            answer=request.POST.get("answer", "")[:200],
            pick=None if pick is None else _small(pick),
        )
    except Closed:
        problem = _("The room has moved on; this came too late and is not counted.")
        return _room(request, participant, problem, status=409)
    except Unreadable:
        problem = _("That could not be read as an answer. Please give a number alone, or a choice.")
        return _room(request, participant, problem, status=422)
    return SeeOther(reverse("workshop-room"))


@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """The version of the room: what every phone asks every two seconds."""
    version = version_of(_token(request))
    if version is None:
        return HttpResponse(status=403)
    return unless_known(request, f'"{version}"', str(version), "text/plain")


def unless_known(request: HttpRequest, tag: str, body: str, kind: str) -> HttpResponse:
    """304 to whoever has it; a browser keeps the last answer and asks with its tag by itself."""
    known = request.headers.get("If-None-Match") == tag
    response = HttpResponseNotModified() if known else HttpResponse(body, content_type=kind)
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


def _token(request: HttpRequest) -> str:
    return str(request.get_signed_cookie(COOKIE, default="", salt=SALT))


def _small(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0


def _ask_code(
    request: HttpRequest, code: str, problem: str = "", *, status: int = 200
) -> HttpResponse:
    """Context: code (what stands in the field), problem."""
    page = {"code": code, "problem": problem}
    return render(request, "workshop/join.html", page, status=status)


def _room(
    request: HttpRequest, participant: WorkshopParticipant, problem: str = "", *, status: int = 200
) -> HttpResponse:
    """Context: scene (`Scene`), own (`Own`), version, problem."""
    workshop = participant.workshop
    page: dict[str, Any] = {
        "scene": scene_of(workshop),
        "own": own_of(participant),
        "version": workshop.version,
        "problem": problem,
    }
    is_fragment = "X-Fragment" in request.headers
    template = "workshop/_phone.html" if is_fragment else "workshop/room.html"
    return render(request, template, page, status=status)

"""The rater's pages: a personal link or an invitation, the instructions, one triple a screen.

Knows: how a browser says who rates (a signed cookie of this study's pages, no session), and how a
form becomes one call of a service. Does not know: which triple comes next, what an answer does,
or what may be shown: raters.services and raters.blinding do. No name of a study, source or person
is ever put on these pages.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from raters.blinding import blind
from raters.models import Assignment, Rater, Study
from raters.services.assigning import (
    Progress,
    assignment_next,
    assignment_skip,
    rater_progress,
    skipped_left,
)
from raters.services.people import NotOpen, rater_join
from raters.services.rating import RatingRefused, rating_last, rating_submit

COOKIE, SALT, COOKIE_DAYS = "rater", "raters.rate", 180
LONGEST_MS = 2**31 - 1
MOST_DIGITS = 15


class SeeOther(HttpResponseRedirect):
    """After a POST: go and GET that."""

    status_code = 303


# --- coming in -----------------------------------------------------------------------------------
@never_cache
@require_safe
def personal_link(request: HttpRequest, code: str) -> HttpResponse:
    rater = Rater.objects.select_related("study").filter(code=code).first()
    if rater is None:
        return _unknown_link(request)
    return _remembering(rater, HttpResponseRedirect(_room_of(rater.study.code)))


@never_cache
@require_safe
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    study = Study.objects.filter(invitation_code=code).first()
    if study is None:
        return _unknown_link(request)
    return _instructions(request, study, invitation_code=code)


@never_cache
@require_POST
def join(request: HttpRequest, study_code: str) -> HttpResponse:
    """Begin from an invitation. Who has begun in this browser before goes on as the same rater.

    The study's own code is in every rater's address, so it is the invitation's that counts.
    """
    if _rater_of(request, study_code) is not None:
        return SeeOther(_room_of(study_code) + "?begin")
    study = Study.objects.filter(code=study_code).first()
    given = request.POST.get("invitation", "")
    if study is None or not _is_invited(study, given):
        return _unknown_link(request)
    try:
        rater = rater_join(study=study, now=timezone.now())
    except NotOpen:
        return _not_open(request, study)
    return _remembering(rater, SeeOther(_room_of(study_code) + "?begin"))


def for_rater(view: Callable[[HttpRequest, Rater], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in the rater of this study whose link was opened in this browser; nobody else."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, study_code: str) -> HttpResponse:
        rater = _rater_of(request, study_code)
        return _stranger(request) if rater is None else view(request, rater)

    return guarded


# --- rating --------------------------------------------------------------------------------------
@require_safe
@for_rater
def rate(request: HttpRequest, rater: Rater) -> HttpResponse:
    if rater.study.state != Study.State.OPEN:
        return _not_open(request, rater.study, rater)
    if "again" in request.GET and (last := rating_last(rater=rater)) is not None:
        return _show(request, rater, last, revise=True)
    progress = rater_progress(rater=rater)
    is_new = progress.done == 0 and "begin" not in request.GET
    if is_new or "instructions" in request.GET:
        return _instructions(request, rater.study, progress=progress)
    notice = _late() if "late" in request.GET else ""
    return _next(request, rater, skipped="skipped" in request.GET, notice=notice)


@require_POST
@for_rater
def submit(request: HttpRequest, rater: Rater) -> HttpResponse:
    try:
        outcome, slot = parse_answer(request.POST.get("answer", ""))
        token, key = (
            uuid.UUID(request.POST.get("token", "")),
            uuid.UUID(request.POST.get("key", "")),
        )
    except ValueError:
        sentence = _("That answer was incomplete, so nothing was stored. Please answer again.")
        return _next(request, rater, notice=sentence, status=400)
    try:
        submitted = rating_submit(
            rater=rater,
            token=str(token),
            key=str(key),
            outcome=outcome,
            slot=slot,
            now=timezone.now(),
            visible_ms=parse_ms(request.POST.get("visible_ms", "")),
            blurred_ms=parse_ms(request.POST.get("blurred_ms", "")),
            revise="revise" in request.POST,
        )
    except RatingRefused as refusal:
        return _next(request, rater, notice=str(refusal), status=refusal.status)
    if rater.study.state != Study.State.OPEN or not _wants_fragment(request):
        return SeeOther(_room_of(rater.study.code) + ("?late" if submitted.was_late else ""))
    rater.refresh_from_db(fields=["rated_count"])
    notice = _late() if submitted.was_late else ""
    return _next(request, rater, notice=notice, said=_("Saved."))


@require_POST
@for_rater
def skip(request: HttpRequest, rater: Rater) -> HttpResponse:
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return _next(request, rater, notice=_("There was nothing to skip."), status=400)
    assignment_skip(rater=rater, token=str(token), now=timezone.now())
    if not _wants_fragment(request):
        return SeeOther(_room_of(rater.study.code) + "?begin")
    return _next(request, rater, said=_("Skipped."))


def parse_answer(text: str) -> tuple[str, int | None]:
    """The pressed control's value -> (outcome, slot): "1" is A1, "none", "tie"."""
    if text in ("none", "tie"):
        return text, None
    if text not in ("1", "2", "3", "4", "5", "6"):
        raise ValueError(text)
    return "pick", int(text) - 1


def parse_ms(text: str) -> int | None:
    """Milliseconds as a browser's clock gave them; a clock that talks nonsense gave none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return min(int(text), LONGEST_MS) if is_number else None


# --- who, and what they get to see ---------------------------------------------------------------
def _is_invited(study: Study, given: str) -> bool:
    """Whether the study's invitation is on and this is its code; a guess takes as long as a hit."""
    return study.invitation_code is not None and constant_time_compare(given, study.invitation_code)


def _rater_of(request: HttpRequest, study_code: str) -> Rater | None:
    code = request.get_signed_cookie(COOKIE, default="", salt=SALT)
    raters = Rater.objects.select_related("study")
    return raters.filter(code=code, study__code=study_code).first() if code else None


def _room_of(study_code: str) -> str:
    return reverse("rate", args=[study_code])


def _remembering(rater: Rater, response: HttpResponse) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        rater.code,
        salt=SALT,
        max_age=COOKIE_DAYS * 24 * 3600,
        path=_room_of(rater.study.code),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _wants_fragment(request: HttpRequest) -> bool:
    """rate.js asks for what changes only; a browser without it for the page."""
    return "X-Fragment" in request.headers


def _late() -> str:
    return _("Your time for that triple had run out. Your answer was kept and is marked as late.")


def _next(
    request: HttpRequest, rater: Rater, *, skipped: bool = False, **kwargs: object
) -> HttpResponse:
    if rater.study.state != Study.State.OPEN:
        return _not_open(request, rater.study, rater)
    assignment = assignment_next(rater=rater, now=timezone.now(), skipped=skipped)
    return _show(request, rater, assignment, **kwargs)  # type: ignore[arg-type]


def _show(
    request: HttpRequest,
    rater: Rater,
    assignment: Assignment | None,
    *,
    revise: bool = False,
    notice: str = "",
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """One triple, or thanks where there is none: the whole page, or the part that changes."""
    progress = rater_progress(rater=rater)
    number = progress.done + (assignment is not None and not revise)
    count = str(number)
    if progress.total is not None:
        count = _("%(number)d of %(total)d") % {"number": number, "total": progress.total}
    context: dict[str, Any] = {
        "study_code": rater.study.code,
        "progress": progress,
        "count": count,
        "notice": notice,
        "said": f"{said} {count}",
        "revise": revise,
        "fragment": "rate/_done.html",
    }
    if assignment is not None:
        triple = blind(assignment)
        context |= {"triple": triple, "slots": _numbers(len(triple.texts)), "key": uuid.uuid4()}
        context["fragment"] = "rate/_triple.html"
    else:
        context |= {"slots": _slots(rater.study), "skipped": skipped_left(rater=rater)}
    template = context["fragment"] if _wants_fragment(request) else "rate/room.html"
    return render(request, template, context | {"any_of": _any_of(context["slots"])}, status=status)


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def _slots(study: Study) -> list[str]:
    """The numbers of the places on the screen, as many as the study has sources."""
    return _numbers(study.study_sources.count())


def _all_of(slots: list[str]) -> str:
    return get_text_list([f"A{slot}" for slot in slots], _("and"))


def _any_of(slots: list[str]) -> str:
    return get_text_list([f"A{slot}" for slot in slots], _("or"))


def _instructions(
    request: HttpRequest,
    study: Study,
    *,
    progress: Progress | None = None,
    invitation_code: str = "",
) -> HttpResponse:
    if study.state != Study.State.OPEN:
        return _not_open(request, study)
    context = {
        "study_code": study.code,
        "instructions": study.instructions,
        "allows_none": study.allows_none_good,
        "allows_tie": study.allows_too_close,
        "progress": progress,
        "invitation_code": invitation_code,
        "places": _all_of(_slots(study)),
    }
    return render(request, "rate/instructions.html", context)


def _not_open(request: HttpRequest, study: Study, rater: Rater | None = None) -> HttpResponse:
    if study.state == Study.State.DRAFT:
        sentence = _("There is nothing to rate yet. The same link will work once it has opened.")
        return _sorry(request, _("Not open yet"), sentence, status=403)
    sentence = _("Rating has ended. Thank you for every answer you gave.")
    if rater is not None:
        done = rater_progress(rater=rater).done
        sentence = _("Rating has ended. You rated %d triples: thank you for every one.") % done
    return _sorry(request, _("Closed"), sentence, status=410)


def _stranger(request: HttpRequest) -> HttpResponse:
    sentence = _("This page knows you by your personal link. Please open that link again.")
    return _sorry(request, _("Who is rating?"), sentence, status=403)


def _unknown_link(request: HttpRequest) -> HttpResponse:
    sentence = _("This link leads nowhere. Please check that it was copied whole, or ask for it.")
    return _sorry(request, _("Unknown link"), sentence, status=404)


def _sorry(request: HttpRequest, title: str, sentence: str, *, status: int) -> HttpResponse:
    context = {"title": title, "sentence": sentence}
    return render(request, "rate/sorry.html", context, status=status)

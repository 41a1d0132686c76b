"""The rating room's addresses: look, submit, skip, flag, beat, leave, give back.

Knows: how a form becomes one call of a service. Who posts about a triple is known by that triple's
signed token, which only the page that showed it can have: no session and no other secret is
needed, so an answer that was kept offline gets in however late it comes. What may be looked at
follows from the cookie alone. Does not know: which triple comes next or what an answer does
(raters.services), or what a page holds (room.py).
"""

import re
import uuid
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from raters.blinding import answered, link_read, token_read
from raters.judgement import LONGEST_COMMENT, Judgement, parse
from raters.models import Assignment, Flag, Rater, Study
from raters.services.assigning import (
    assignment_flag,
    assignment_leave,
    assignment_skip,
    assignments_renew,
)
from raters.services.bundles import bundle_reserve
from raters.services.consent import consent_due
from raters.services.people import rater_place_regain
from raters.services.rating import (
    REVISABLE,
    RatingRefused,
    Submitted,
    rated_again,
    rating_submit,
    ratings_last,
)
from raters.services.withdrawing import rater_leave
from raters.views import enter, room
from raters.views.conflicts import conflict, says_who

LAST_RATINGS = 20
LONGEST_MS = 2**31 - 1
MOST_DIGITS = 15


# --- looking -------------------------------------------------------------------------------------
@require_safe
@gzip_page  # what a phone loads first; the answers to a submit are small and stay as they are
@enter.for_rater
def rate(request: HttpRequest, rater: Rater) -> HttpResponse:
    if rater.study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return enter.not_open(request, rater.study, rater)
    if rater.returned_at:
        return enter.has_left(request, rater)
    if sentence := conflict(request, rater.study):
        return enter.conflicted(request, sentence, rater)
    if "return" not in request.GET and (closed_to := _not_agreed(request, rater)) is not None:
        return closed_to
    if "mine" in request.GET:
        return room.mine(request, rater, ratings_last(rater=rater, most=LAST_RATINGS))
    if "return" in request.GET:
        return room.leaving(request, rater)
    if (again := _again(request, rater)) is not None:
        return again
    return _begin(request, rater)


def _not_agreed(request: HttpRequest, rater: Rater) -> HttpResponse | None:
    """The consent text, where this rater has not agreed to it yet."""
    is_taking = rater.study.state in (Study.State.OPEN, Study.State.PAUSED)
    owes = is_taking and not rater.returned_at and vars(rater)["owes_consent"]
    due = consent_due(rater=rater) if owes else None
    if due is None:
        return None
    if rater.way_out == Rater.WayOut.REFUSED and "consent" not in request.GET:
        return enter.has_left(request, rater)
    return enter.consent_page(request, rater.study, due)


def _again(request: HttpRequest, rater: Rater) -> HttpResponse | None:
    """One that was rated before: the last (`again`), or any (`edit`)."""
    if "again" in request.GET and (last := ratings_last(rater=rater, most=1)):
        return room.once_more(request, rater, last[0].assignment)
    token = link_read(request.GET.get("edit", ""))
    assignment = rated_again(rater=rater, token=token) if token else None
    return room.once_more(request, rater, assignment) if assignment else None


def _begin(request: HttpRequest, rater: Rater) -> HttpResponse:
    is_new = answered(rater) == 0 and "begin" not in request.GET
    if is_new or "instructions" in request.GET:
        return enter.instructions(request, rater.study, progress=room.progress_of(rater))
    if rater.owes_practice:
        return enter.to_practice(request, rater)
    if not rater_place_regain(rater=rater, now=timezone.now()):
        return enter.full(request, rater)
    keeps_bundles = rater.study.triples_per_rater and rater.study.state == Study.State.OPEN
    if keeps_bundles and not bundle_reserve(rater=rater, now=timezone.now()):
        return enter.full(request, rater)
    notice = _late() if "late" in request.GET else ""
    return room.next_page(request, rater, skipped="skipped" in request.GET, notice=notice)


def _late() -> str:
    return _("Your time for that triple had run out. Your answer was kept and is marked as late.")


# --- rating --------------------------------------------------------------------------------------
@csrf_exempt
@never_cache
@require_POST
def submit(request: HttpRequest, study_code: str) -> HttpResponse:
    token, key = token_read(request.POST.get("token", "")), parse_key(request.POST.get("key", ""))
    if token is None or key is None:
        sentence = _("That answer was incomplete, so nothing was stored. Please answer again.")
        return _unreadable(request, study_code, sentence)
    if (refused := _conflicted(request, token)) is not None:
        return refused
    sent = parse(dict(request.POST.lists()))
    try:
        submitted = rating_submit(
            token=token,
            key=key,
            judgement=sent,
            now=timezone.now(),
            elapsed_ms=parse_ms(request.POST.get("elapsed_ms", "")),
            visible_ms=parse_ms(request.POST.get("visible_ms", "")),
            blurred_ms=parse_ms(request.POST.get("blurred_ms", "")),
            viewport=parse_viewport(request.POST.get("viewport", "")),
            revise="revise" in request.POST,
        )
    except RatingRefused as refusal:
        return _refused(request, refusal, sent, study_code)
    return _submitted(request, submitted)


def _conflicted(request: HttpRequest, token: str) -> HttpResponse | None:
    """Who knows by now who wrote what rates no more; asked of whom a browser may know so only."""
    holder = enter.holder_of(token) if says_who(request) else None
    sentence = conflict(request, holder.study) if holder else ""
    return enter.conflicted(request, sentence, holder) if sentence else None


def _submitted(request: HttpRequest, submitted: Submitted) -> HttpResponse:
    rater = submitted.rater
    if not enter.is_known(request, rater):
        return enter.saved_unknown(request)
    if rater.study.state == Study.State.CLOSED or not room.wants_fragment(request):
        return _see_room(rater, "?late" if submitted.was_late else "")
    return room.next_page(
        request,
        rater,
        showing=token_read(request.POST.get("showing", "")),
        said=_("Saved as late.") if submitted.was_late else _("Saved."),
        notice=_late() if submitted.was_late else "",
    )


def _refused(
    request: HttpRequest, refusal: RatingRefused, sent: Judgement, study_code: str
) -> HttpResponse:
    """The same triple again, with what was sent (422) or what is stored (409), and why."""
    assignment = refusal.assignment
    if assignment is None:
        return _unreadable(request, study_code, str(refusal), refusal.status)
    if not enter.is_known(request, assignment.rater):
        return enter.sorry(request, _("Not stored"), str(refusal), status=refusal.status)
    rater, notice, status = assignment.rater, str(refusal), refusal.status
    if status == 409 and assignment.state not in REVISABLE:
        return room.next_page(request, rater, notice=notice, status=status)
    kept = sent if status == 422 else None
    return room.once_more(request, rater, assignment, sent=kept, notice=notice, status=status)


def _unreadable(
    request: HttpRequest, study_code: str, sentence: str, status: int = 400
) -> HttpResponse:
    """What came names no triple of ours: show who looks, if anybody, what they have in hand."""
    rater = enter.rater_of(request, study_code)
    if rater is None:
        return enter.stranger(request)
    if (closed_to := _not_agreed(request, rater)) is not None:
        return closed_to
    return room.next_page(request, rater, notice=sentence, status=status)


def _see_room(rater: Rater, query: str) -> HttpResponse:
    return enter.SeeOther(enter.room_of(rater.study.code) + query)


# --- what is in hand, otherwise ------------------------------------------------------------------
def for_holder(
    view: Callable[[HttpRequest, Rater, str], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let in whoever holds the signed token of a triple, as the rater whom it was handed to."""

    @csrf_exempt
    @never_cache
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, study_code: str) -> HttpResponse:
        signed = request.POST.get("token") or request.POST.get("ahead", "")
        token = token_read(signed)
        rater = enter.holder_of(token) if token else None
        if token is None or rater is None:
            return _unreadable(request, study_code, _("That page is too old. Here is the next."))
        if rater.way_out == Rater.WayOut.WITHDRAWN:
            return enter.has_left(request, rater)
        if sentence := conflict(request, rater.study):
            return enter.conflicted(request, sentence, rater)
        return view(request, rater, token)

    return guarded


@for_holder
def skip(request: HttpRequest, rater: Rater, token: str) -> HttpResponse:
    assignment_skip(rater=rater, token=token, now=timezone.now())
    return _put_aside(request, rater, _("Skipped."))


@for_holder
def flag(request: HttpRequest, rater: Rater, token: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in Flag.Reason.values:
        sentence = _("Say what is wrong with the question.")
        return _unreadable(request, rater.study.code, sentence, 422)
    comment = request.POST.get("comment", "")[:LONGEST_COMMENT].replace("\0", "")
    assignment_flag(rater=rater, token=token, reason=reason, comment=comment, now=timezone.now())
    return _put_aside(request, rater, _("Put aside."))


def _put_aside(request: HttpRequest, rater: Rater, said: str) -> HttpResponse:
    if not enter.is_known(request, rater):
        return enter.saved_unknown(request)
    if not room.wants_fragment(request):
        return _see_room(rater, "?begin")
    showing = token_read(request.POST.get("showing", ""))
    return room.next_page(request, rater, showing=showing, said=said)


@for_holder
def beat(request: HttpRequest, rater: Rater, token: str) -> HttpResponse:
    """204 where the leases are renewed; 410 where something is in hand no longer."""
    tokens = [token_read(signed) for signed in request.POST.getlist("token")]
    held = [each for each in tokens if each]
    is_taking = rater.study.state in (Study.State.OPEN, Study.State.PAUSED)
    if is_taking and assignments_renew(rater=rater, tokens=held, now=timezone.now()):
        return HttpResponse(status=204)
    return HttpResponse(status=410)


@for_holder
def leave(request: HttpRequest, rater: Rater, token: str) -> HttpResponse:
    """The page was left; `ahead` is the triple that it held and never showed.

    A page that shows what is in hand no longer leaves nothing: another has moved on meanwhile.
    """
    held = rater.assignments.filter(state=Assignment.State.HELD).order_by("claimed_at", "pk")
    first = held.first()
    if first is not None and str(first.token) == token:
        ahead = token_read(request.POST.get("ahead", ""))
        assignment_leave(rater=rater, ahead=ahead, now=timezone.now())
    return HttpResponse(status=204)


@require_POST
@enter.for_rater
def give_back(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Leave the study for good, after `?return` has asked; the form's own token guards it."""
    is_fault = "fault" in request.POST
    way_out = Rater.WayOut.FAULT if is_fault else Rater.WayOut.RETURNED
    rater_leave(rater=rater, way_out=way_out, now=timezone.now())
    return _see_room(rater, "")


# --- what a form says of itself ------------------------------------------------------------------
def parse_key(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def parse_ms(text: str) -> int | None:
    """Milliseconds as a browser's clock gave them; a clock that talks nonsense gave none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return min(int(text), LONGEST_MS) if is_number else None


def parse_viewport(text: str) -> str:
    """Width x height in CSS pixels, or "" where a browser says something else."""
    return text if re.fullmatch(r"[0-9]{1,5}x[0-9]{1,5}", text) else ""

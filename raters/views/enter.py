"""How a rater comes in: a personal link or an invitation, and the instructions before the room.

Knows: how a browser says who rates (a signed cookie of this study's pages, no session), and what is
told to whom who may not rate. Does not know: which triple comes next, or how one is shown
(rate.py, room.py). No name of a study, source or person is ever put on these pages.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import CharField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from raters.blinding import BlindProgress, answered, asked_of
from raters.models import ConsentText, PracticeTriple, Rater, Study, StudyPath
from raters.prepared import Given, Prepared
from raters.prose import prose
from raters.services.assigning import rater_progress
from raters.services.consent import consent_asked, consent_give, owes_consent
from raters.services.crowd import Completion, completion_of
from raters.services.guessing import has_finished
from raters.services.people import Full, NotOpen, rater_join, rater_places_left
from raters.views.conflicts import conflict

COOKIE, SALT, COOKIE_DAYS = "rater", "raters.rate", 180


WITH_STUDY = Prepared(
    lambda: (
        Rater.objects.select_related("study")
        .defer("study__funnel")
        .annotate(owes_consent=owes_consent())
        .filter(code=Given("code", CharField()), study__code=Given("study", CharField()))
    )
)


class SeeOther(HttpResponseRedirect):
    """After a POST: go and GET that."""

    status_code = 303


@never_cache
@require_safe
def personal_link(request: HttpRequest, code: str) -> HttpResponse:
    rater = Rater.objects.select_related("study").filter(code=code).first()
    if rater is None:
        return unknown_link(request)
    return remembering(rater, HttpResponseRedirect(room_of(rater.study.code)))


@never_cache
@require_safe
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    study = Study.objects.filter(invitation_code=code).first()
    if study is None:
        return unknown_link(request)
    left = rater_places_left(study=study, now=timezone.now())
    if study.state == Study.State.OPEN and left == 0:
        return no_place(request, study)
    if study.state == Study.State.OPEN and (text := consent_asked(study=study)):
        return consent_page(request, study, text, invitation_code=code)
    return instructions(request, study, invitation_code=code, places_left=left)


@never_cache
@require_POST
def join(request: HttpRequest, study_code: str) -> HttpResponse:
    """Begin from an invitation. Who has begun in this browser before goes on as the same rater.

    The study's own code is in every rater's address, so it is the invitation's that counts.
    """
    if rater_of(request, study_code) is not None:
        return SeeOther(room_of(study_code) + "?begin")
    study = Study.objects.filter(code=study_code).first()
    given = request.POST.get("invitation", "")
    if study is None or not _is_invited(study, given):
        return unknown_link(request)
    if sentence := conflict(request, study):
        return conflicted(request, sentence)
    asked, agreed = consent_asked(study=study), request.POST.get("version", "")
    if asked and agreed != str(asked.version):
        return consent_page(request, study, asked, invitation_code=given)
    try:
        rater = rater_join(study=study, now=timezone.now())
    except NotOpen:
        return not_open(request, study)
    except Full:
        return no_place(request, study)
    consent_give(rater=rater, version=agreed, now=timezone.now())
    # Who has read the consent text has not read the instructions yet.
    return remembering(rater, SeeOther(room_of(study_code) + ("" if asked else "?begin")))


# --- who -----------------------------------------------------------------------------------------
def for_rater(view: Callable[[HttpRequest, Rater], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in the rater of this study whose link was opened in this browser; nobody else."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, study_code: str) -> HttpResponse:
        rater = rater_of(request, study_code)
        return stranger(request) if rater is None else view(request, rater)

    return guarded


def rater_of(request: HttpRequest, study_code: str) -> Rater | None:
    code = _code_in_cookie(request)
    return WITH_STUDY.first(code=code, study=study_code) if code else None


def holder_of(token: str) -> Rater | None:
    """The rater whom the triple with this token was handed to."""
    raters = Rater.objects.select_related("study").defer("study__funnel")
    return raters.filter(assignments__token=token).first()


def is_known(request: HttpRequest, rater: Rater) -> bool:
    """Whether this browser is this rater's: only then may it look at anything of theirs."""
    return constant_time_compare(_code_in_cookie(request), rater.code)


def _code_in_cookie(request: HttpRequest) -> str:
    return str(request.get_signed_cookie(COOKIE, default="", salt=SALT))


def room_of(study_code: str) -> str:
    return reverse("rate", args=[study_code])


def _is_invited(study: Study, given: str) -> bool:
    """Whether the study's invitation is on and this is its code; a guess takes as long as a hit."""
    return study.invitation_code is not None and constant_time_compare(given, study.invitation_code)


def remembering(rater: Rater, response: HttpResponse) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        rater.code,
        salt=SALT,
        max_age=COOKIE_DAYS * 24 * 3600,
        path=room_of(rater.study.code),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


# --- before the room, and instead of it ----------------------------------------------------------
def instructions(
    request: HttpRequest,
    study: Study,
    *,
    progress: BlindProgress | None = None,
    invitation_code: str = "",
    places_left: int | None = None,
) -> HttpResponse:
    """What is asked, before the first triple.

    Context: study_code, instructions, asked (`Asked`), progress, invitation_code, places ("A1, A2
    and A3"), places_left (of raters, or None), practice (how many triples), to_pass (% of them, or
    0), minutes (expected, or None), language (of what the researcher wrote, or None), and what is
    promised.
    """
    if study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return not_open(request, study)
    slots = [f"A{number}" for number in range(1, study.study_sources.count() + 1)]
    own_path = StudyPath.objects.filter(study=study).values_list(
        "minutes", "consent__language", "qualification_percent"
    )
    minutes, language, to_pass = own_path.first() or (None, None, 0)
    context = {
        "study_code": study.code,
        "instructions": prose(study.instructions) if study.instructions else "",
        "asked": asked_of(study, steps=()),
        "progress": progress,
        "invitation_code": invitation_code,
        "places": get_text_list(slots, _("and")),
        "places_left": places_left,
        "to_pass": to_pass,
        "practice": PracticeTriple.objects.of(study).count() if study.practice_sha256 else 0,
        "minutes": minutes,
        "language": language,
    }
    return render(request, "rate/instructions.html", context | promise(study))


def consent_page(
    request: HttpRequest, study: Study, text: ConsentText, *, invitation_code: str = ""
) -> HttpResponse:
    """What a rater agrees to before anything else. Context: study_code, text (HTML), version,
    language, invitation_code."""
    context = {
        "study_code": study.code,
        "text": prose(text.text),
        "version": text.version,
        "language": text.language,
        "invitation_code": invitation_code,
    }
    return render(request, "rate/consent.html", context)


def promise(study: Study) -> dict[str, Any]:
    """What a rater takes on where a set of triples is kept for each, and until when it is."""
    return {
        "keeps_sets": study.triples_per_rater is not None,
        "triples": study.triples_per_rater,
        "hours": study.bundle_hours,
        "counts_partial": study.counts_partial,
    }


def not_open(request: HttpRequest, study: Study, rater: Rater | None = None) -> HttpResponse:
    if study.state == Study.State.DRAFT:
        sentence = _("There is nothing to rate yet. The same link will work once it has opened.")
        return sorry(request, _("Not open yet"), sentence, status=403)
    if study.state == Study.State.PAUSED:
        sentence = _("Rating is paused. Please come back later; the same link will work.")
        return sorry(request, _("Paused"), sentence, status=200)
    sentence = _("Rating has ended. Thank you for every answer you gave.")
    if rater is not None:
        done = answered(rater)
        sentence = ngettext(
            "Rating has ended. You rated %d triple: thank you.",
            "Rating has ended. You rated %d triples: thank you for every one.",
            done,
        )
        sentence %= done
    way = way_at_the_end(rater) if rater else ""
    return sorry(request, _("Closed"), sentence, status=410, rater=rater, way_out=way)


def has_closing(study: Study) -> bool:
    """Whether anything comes after the last triple: guesses, a debrief, a reveal."""
    path = StudyPath.objects.filter(study=study).only("asks_guesses", "debrief", "reveals").first()
    return path is not None and bool(path.asks_guesses or path.debrief or path.reveals)


def way_at_the_end(rater: Rater) -> str:
    if rater.way_out:
        return rater.way_out
    progress = rater_progress(rater=rater)
    is_done = progress.done > 0 and progress.done >= progress.total
    return Rater.WayOut.DONE if is_done else Rater.WayOut.NOTHING_LEFT


def to_practice(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Where a rater goes who has not practised yet; a page that asks for a part is told so."""
    if "X-Fragment" not in request.headers:
        return SeeOther(reverse("rate-practice", args=[rater.study.code]))
    sentence = _("This study begins with some practice. Please open your link again.")
    return sorry(request, _("Practice"), sentence, status=200)


def no_place(request: HttpRequest, study: Study) -> HttpResponse:
    """All places of an invitation are taken; who has one already goes on in the room."""
    sentence = _("All places of this study are taken. Thank you for coming.")
    title = _("The study is full: thank you")
    return sorry(request, title, sentence, status=200, room=room_of(study.code))


def full(request: HttpRequest, rater: Rater) -> HttpResponse:
    sentence = _("The study is full: as many people rate as it needs. Thank you for coming.")
    title, way = _("The study is full: thank you"), Rater.WayOut.FULL
    return sorry(request, title, sentence, status=200, rater=rater, way_out=way)


def has_left(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Context of `sorry`, and may_think_again where a refusal cost nobody anything yet."""
    ways = Rater.WayOut
    title, sentence = (
        _("You have left"),
        {
            ways.REFUSED: _(
                "You did not agree, so nothing is asked of you. Thank you for reading."
            ),
            ways.FAULT: _(
                "Thank you for saying that something did not work. What you rated is kept."
            ),
            ways.WITHDRAWN: _("You have withdrawn from this study. Thank you for having come."),
            ways.SCREENED_OUT: _(
                "Thank you for practising. This study asks for raters who find more of what was "
                "planted, so nothing more is asked of you. Only your answers to the practice are "
                "kept."
            ),
        }.get(ways(rater.way_out) if rater.way_out else ways.RETURNED)
        or _("You have left this study. What you rated before is kept. Thank you."),
    )
    way = rater.way_out or ways.RETURNED
    return sorry(request, title, sentence, status=200, rater=rater, way_out=way)


def conflicted(request: HttpRequest, sentence: str, rater: Rater | None = None) -> HttpResponse:
    title = _("You cannot rate in this study")
    return sorry(request, title, sentence, status=403, rater=rater)


def saved_unknown(request: HttpRequest) -> HttpResponse:
    """Something came in by its triple's token, from a browser that no longer knows its rater."""
    sentence = _("What you sent is saved. To go on, please open your personal link again.")
    return sorry(request, _("Saved"), sentence, status=200, stored=True)


def stranger(request: HttpRequest) -> HttpResponse:
    sentence = _("This page knows you by your personal link. Please open that link again.")
    return sorry(request, _("Who is rating?"), sentence, status=403)


def unknown_link(request: HttpRequest) -> HttpResponse:
    sentence = _("This link leads nowhere. Please check that it was copied whole, or ask for it.")
    return sorry(request, _("Unknown link"), sentence, status=404)


def sorry(
    request: HttpRequest,
    title: str,
    sentence: str,
    *,
    status: int,
    stored: bool = False,
    rater: Rater | None = None,
    way_out: str = "",
    completion: Completion | None = None,
    room: str = "",
) -> HttpResponse:
    """A page of one sentence where there is nothing to rate.

    Context: title, sentence, stored (whether what was sent is kept all the same), completion (a
    crowd platform's code and link), and study_code where a rater is known, who may still withdraw;
    has_closing (a page for after the last triple, where that is behind them),
    may_think_again where they refused and have not left for good; room, for one who may have begun.
    """
    if rater and way_out:
        completion = completion_of(rater=rater, way_out=way_out)
    context = {
        "title": title,
        "sentence": sentence,
        "stored": stored,
        "completion": completion,
        "room": room,
        "has_closing": rater is not None and has_finished(rater=rater) and has_closing(rater.study),
        "study_code": rater.study.code if rater else "",
        "may_think_again": way_out == Rater.WayOut.REFUSED and not (rater and rater.returned_at),
    }
    return render(request, "rate/sorry.html", context, status=status)

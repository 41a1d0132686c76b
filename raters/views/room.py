"""What the room shows: what is in hand, the triple ahead, thanks, a pause, a rater's own list.

Knows: which template shows what, whole or as the part that changes, and its context: blind values,
counts and sentences, never a row. Does not know: what was asked for or sent (rate.py).
"""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from raters.blinding import (
    BlindProgress,
    BlindTriple,
    blind_all,
    blind_line,
    blind_progress,
    rater_mark,
)
from raters.judgement import Judgement
from raters.models import Assignment, Bundle, Rater, Rating, Study
from raters.services.assigning import assignments_hand, rater_progress, skipped_left
from raters.services.crowd import completion_of
from raters.services.people import rater_place_regain
from raters.services.rating import REVISABLE
from raters.views import enter
from raters.views.conflicts import conflict


def next_page(
    request: HttpRequest,
    rater: Rater,
    *,
    skipped: bool = False,
    showing: str | None = None,
    said: str = "",
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """What this rater has to do now. To a page that shows it already (`showing`), only what is
    new: that the answer is saved, and the triple after it."""
    if (closed_to := _closed_to(request, rater)) is not None:
        return closed_to
    now = timezone.now()
    hand = assignments_hand(rater=rater, now=now, skipped=skipped)
    progress = progress_of(rater)
    if hand and showing == str(hand[0].token):
        return _saved(request, rater, hand, progress, now=now, said=said)
    if not hand:
        return _nothing(request, rater, progress, said=said, notice=notice, status=status)
    triples = blind_all(hand)
    ahead = _ahead(hand[1], triples[1], progress, now) if len(hand) > 1 else None
    number = progress.done + 1
    context = _common(rater, progress, number) | _in_hand(hand[0], triples[0], now)
    context |= {"ahead": ahead, "said": _joined(said, context["count"]), "notice": notice}
    return _page(request, "rate/_triple.html", context, status)


def once_more(
    request: HttpRequest,
    rater: Rater,
    assignment: Assignment,
    *,
    sent: Judgement | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """One triple again: to be revised, or with what was `sent` of it and could not be taken.

    Context as in `next_page`, and `sent`, which stands in `triple.given` too.
    """
    if (closed_to := _closed_to(request, rater)) is not None:
        return closed_to
    assignment.study = rater.study
    triple = blind_all([assignment])[0]
    if sent is not None:
        triple = replace(triple, given=sent)
    progress = progress_of(rater)
    revise = assignment.state in REVISABLE
    context = _common(rater, progress, progress.done + (not revise))
    context |= _in_hand(assignment, triple, timezone.now())
    context |= {"revise": revise, "sent": sent, "notice": notice, "said": context["count"]}
    return _page(request, "rate/_triple.html", context, status)


def mine(request: HttpRequest, rater: Rater, ratings: list[Rating]) -> HttpResponse:
    """A rater's last ratings. Context: study_code, ratings (dicts of question, answer, link,
    is_late), own_link."""
    lines = [blind_line(rating) for rating in ratings]
    shown = [
        {
            "question": line.question,
            "answer": answer_words(line.given),
            "link": line.link,
            "is_late": line.is_late,
        }
        for line in lines
    ]
    own_link = request.build_absolute_uri(reverse("rater-link", args=[rater.code]))
    context = {"study_code": rater.study.code, "ratings": shown, "own_link": own_link}
    return render(request, "rate/mine.html", context)


def leaving(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Asked before a rater leaves for good. Context: study_code, progress, keeps_sets, is_counted
    (whether what they rated will count)."""
    own, promised = rater_progress(rater=rater), enter.promise(rater.study)
    is_whole = not promised["keeps_sets"] or own.done >= own.total
    context = {
        "study_code": rater.study.code,
        "progress": progress_of(rater),
        "is_counted": is_whole or promised["counts_partial"],
    }
    return render(request, "rate/return.html", context | promised)


def answer_words(given: Judgement) -> str:
    """An answer in a few words: "A2", "A1 > A3 = A2", "A1 best, A3 worst"."""
    if given.outcome == "none":
        return _("None good")
    if given.outcome == "tie":
        return _("Too close")
    if given.slot is not None:
        return f"A{given.slot + 1}"
    if given.outcome == "best-worst":
        best, worst = given.ranks.index("1") + 1, given.ranks.index("3") + 1
        return _("A%(best)d best, A%(worst)d worst") % {"best": best, "worst": worst}
    ranked = sorted(enumerate(given.ranks, start=1), key=lambda each: each[1])
    groups = groupby(ranked, key=lambda each: each[1])
    return " > ".join(" = ".join(f"A{number}" for number, rank in group) for rank, group in groups)


def progress_of(rater: Rater) -> BlindProgress:
    return blind_progress(rater, total=rater_progress(rater=rater).total)


# --- contexts ------------------------------------------------------------------------------------
def _common(rater: Rater, progress: BlindProgress, number: int) -> dict[str, Any]:
    return {
        "study_code": rater.study.code,
        "rater_mark": rater_mark(rater),
        "progress": progress,
        "count": _count(number, progress),
        "notice": "",
        "revise": False,
        "sent": None,
        "ahead": None,
    }


def _in_hand(assignment: Assignment, triple: BlindTriple, now: datetime) -> dict[str, Any]:
    """What one triple on the screen needs; `lease` in seconds, `key` once for each showing."""
    left = (assignment.lease_until - now).total_seconds() if assignment.lease_until else 0
    return {"triple": triple, "key": uuid4(), "lease": max(0, int(left))}


def _ahead(
    assignment: Assignment, triple: BlindTriple, progress: BlindProgress, now: datetime
) -> dict[str, Any]:
    return _in_hand(assignment, triple, now) | {"count": _count(progress.done + 2, progress)}


def _count(number: int, progress: BlindProgress) -> str:
    if progress.total is None:
        return _("%(done)d rated") % {"done": max(number - 1, progress.done)}
    return _("%(number)d of %(total)d") % {"number": number, "total": progress.total}


def _joined(said: str, count: str) -> str:
    return f"{said} {count}" if said else count


# --- pages ---------------------------------------------------------------------------------------
def _closed_to(request: HttpRequest, rater: Rater) -> HttpResponse | None:
    """Why this rater gets nothing more, if so."""
    if rater.study.state in (Study.State.DRAFT, Study.State.CLOSED):
        return enter.not_open(request, rater.study, rater)
    if rater.returned_at:
        return enter.has_left(request, rater)
    if sentence := conflict(request, rater.study):
        return enter.conflicted(request, sentence, rater)
    if rater.owes_practice:
        return enter.to_practice(request, rater)
    has_place = rater_place_regain(rater=rater, now=timezone.now())
    return None if has_place else enter.full(request, rater)


def _saved(
    request: HttpRequest,
    rater: Rater,
    hand: list[Assignment],
    progress: BlindProgress,
    *,
    now: datetime,
    said: str,
) -> HttpResponse:
    """The page stays as it is, and gets the triple ahead."""
    ahead = None
    if len(hand) > 1:
        ahead = _ahead(hand[1], blind_all(hand[1:])[0], progress, now)
    context = _common(rater, progress, progress.done + 1)
    context |= {"ahead": ahead, "said": _joined(said, context["count"])}
    return render(request, "rate/_saved.html", context)


def _nothing(
    request: HttpRequest,
    rater: Rater,
    progress: BlindProgress,
    *,
    said: str,
    notice: str,
    status: int,
) -> HttpResponse:
    """Thanks, or a pause.

    Context of thanks: `is_all`, `skipped` (how many that they skipped still wait); of a study that
    keeps sets for its raters `is_kept`, `keeps_sets`, `counts_partial`; `has_closing` (whether
    something comes after the last triple).
    """
    context = _common(rater, progress, progress.done)
    context |= {"said": _joined(said, context["count"]), "notice": notice}
    if rater.study.state == Study.State.PAUSED:
        return _page(request, "rate/_paused.html", context, status)
    own = rater_progress(rater=rater)
    context |= {"is_all": own.done >= own.total, "skipped": skipped_left(rater=rater)}
    context |= enter.promise(rater.study)
    context["is_kept"] = not context["keeps_sets"] or Bundle.objects.filter(rater=rater).exists()
    context["completion"] = completion_of(rater=rater, way_out=_way_out(context))
    context["has_closing"] = enter.has_closing(rater.study)
    return _page(request, "rate/_done.html", context, status)


def _way_out(context: dict[str, Any]) -> str:
    """What ends here: all is done, nothing is left, or the time for a set has run out; "" where
    something is still to do."""
    if not context["is_kept"]:
        return Rater.WayOut.RETURNED
    if not context["is_all"] and context["skipped"]:
        return ""
    return Rater.WayOut.DONE if context["is_all"] else Rater.WayOut.NOTHING_LEFT


def _page(
    request: HttpRequest, fragment: str, context: dict[str, Any], status: int
) -> HttpResponse:
    """rate.js asks for what changes only; a browser without it for the page."""
    if not wants_fragment(request):
        return render(request, "rate/room.html", context | {"fragment": fragment}, status=status)
    parts = [fragment, "rate/_ahead.html"] if context["ahead"] else [fragment]
    html = "".join(render_to_string(part, context, request) for part in parts)
    return HttpResponse(html, status=status)


def wants_fragment(request: HttpRequest) -> bool:
    return "X-Fragment" in request.headers

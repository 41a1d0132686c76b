"""Practice before the first triple: one screen each, and after each what was planted in it.

Knows: how a form becomes one call of a service, and what a practice page holds. Does not know: who
passes (services/practising.py). Looks like the room, and nothing here is handed out or rated.
"""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from raters.blinding import BlindProgress, BlindTriple, blind_practice, rater_mark, turn_read
from raters.judgement import Judgement, NotAJudgement, check, parse
from raters.models import PracticeAnswer, PracticeTriple, Rater, Study
from raters.services.practising import practice_answer, practice_last, practice_next, practised
from raters.views import enter


@require_http_methods(["GET", "HEAD", "POST"])
@enter.for_rater
def practice(request: HttpRequest, rater: Rater) -> HttpResponse:
    """The next practice triple, an answer to one, or what there was to see in the last one."""
    if rater.study.state != Study.State.OPEN:
        return enter.not_open(request, rater.study, rater)
    if "feedback" in request.GET and (last := practice_last(rater=rater)):
        return _feedback(request, rater, last)
    if rater.returned_at or not rater.owes_practice or vars(rater)["owes_consent"]:
        return HttpResponseRedirect(enter.room_of(rater.study.code) + "?begin")
    if request.method == "POST":
        return _answer(request, rater)
    triple = practice_next(rater=rater)
    return _page(request, rater, triple) if triple else _missing(request)


def _answer(request: HttpRequest, rater: Rater) -> HttpResponse:
    """The first answer is kept; a triple that was answered before is not asked again, and one of a
    practice that has changed since is asked anew."""
    turn = turn_read(request.POST.get("token", ""), rater.study)
    of_study = PracticeTriple.objects.of(rater.study)
    triple = None if turn is None else of_study.filter(number=turn).first()
    if triple is None:
        return enter.SeeOther(request.path)
    said = parse(dict(request.POST.lists()))
    try:
        judged = check(said, blind_practice(triple, rater.study).asked)
    except NotAJudgement as refusal:
        words = _(refusal.sentence) % refusal.values
        return _page(request, rater, triple, sent=said, notice=words, status=422)
    kept = practice_answer(rater=rater, triple=triple, judgement=judged, now=timezone.now())
    return enter.SeeOther(f"{request.path}?feedback" if kept else request.path)


def _page(
    request: HttpRequest,
    rater: Rater,
    triple: PracticeTriple,
    *,
    sent: Judgement | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """Context as in the room (see `screen`), and is_practice."""
    found = practised(rater=rater)
    values = {"number": found.answered + 1, "total": found.total}
    shown = blind_practice(triple, rater.study)
    context = screen(
        shown, study=rater.study, apart=reverse("rate-practice", args=[rater.study.code])
    )
    context |= {
        "is_practice": True,
        "rater_mark": rater_mark(rater),
        "progress": BlindProgress(found.answered, found.total),
        "count": _("Practice %(number)d of %(total)d") % values,
        "notice": notice,
        "sent": sent,
    }
    return render(request, "rate/apart.html", context, status=status)


def screen(triple: BlindTriple, *, study: Study, apart: str) -> dict[str, Any]:
    """What rate/apart.html needs of a triple that nobody was handed; its forms go to `apart`."""
    return {
        "fragment": "rate/_triple.html",
        "study_code": study.code,
        "rater_mark": "",
        "triple": triple,
        "key": uuid4(),
        "lease": 0,
        "apart": apart,
        "progress": BlindProgress(0, None),
        "count": "",
        "notice": "",
        "said": "",
        "revise": False,
        "sent": None,
        "ahead": None,
    }


def _feedback(request: HttpRequest, rater: Rater, last: PracticeAnswer) -> HttpResponse:
    """Context: study_code, triple, is_passed, expected and said ("A2", said maybe empty), why,
    practised, is_out."""
    context = {
        "study_code": rater.study.code,
        "triple": blind_practice(last.triple, rater.study),
        "is_passed": last.is_passed,
        "expected": f"A{last.triple.expected + 1}",
        "said": "" if last.slot is None else f"A{last.slot + 1}",
        "why": last.triple.why,
        "practised": practised(rater=rater),
        "is_out": rater.way_out == Rater.WayOut.SCREENED_OUT,
    }
    return render(request, "rate/feedback.html", context)


def _missing(request: HttpRequest) -> HttpResponse:
    sentence = _("There is nothing to practise just now. Please open your link again in a moment.")
    return enter.sorry(request, _("Practice"), sentence, status=503)

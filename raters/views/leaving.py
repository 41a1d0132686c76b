"""What a rater agrees to, refuses, or takes back: consent and withdrawal.

Reachable at any time, after the study has closed and after leaving it too. Does not know: what is
deleted (services/withdrawing.py), or how somebody comes in (enter.py, crowd.py).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from raters.models import Rater
from raters.services.consent import consent_due, consent_give, consent_refuse
from raters.services.crowd import completion_of
from raters.services.people import Full
from raters.services.withdrawing import answers_of, rater_withdraw
from raters.views import enter


@never_cache
@require_POST
def consent(request: HttpRequest, study_code: str) -> HttpResponse:
    """Agree to the version that was shown, or refuse; who refuses an invitation is nobody yet."""
    rater, agrees = enter.rater_of(request, study_code), request.POST.get("answer") == "agree"
    if rater is None:
        return enter.stranger(request) if agrees else refused(request)
    if rater.returned_at is None and consent_due(rater=rater) is not None:
        if agrees:
            version = request.POST.get("version", "")
            try:
                consent_give(rater=rater, version=version, now=timezone.now())
            except Full:
                return enter.full(request, rater)
        else:
            consent_refuse(rater=rater, now=timezone.now())
    return enter.SeeOther(enter.room_of(study_code))


def refused(request: HttpRequest) -> HttpResponse:
    sentence = _("You did not agree, so nothing is asked of you. Thank you for reading.")
    return enter.sorry(request, _("You have left"), sentence, status=200)


@require_http_methods(["GET", "HEAD", "POST"])
@enter.for_rater
def withdraw(request: HttpRequest, rater: Rater) -> HttpResponse:
    """GET says what it does, in numbers; POST does it. Context: study_code, answers, is_deleted,
    has_withdrawn, completion."""
    if request.method == "POST" and request.POST.get("answers") in ("keep", "delete"):
        deletes = request.POST["answers"] == "delete"
        rater_withdraw(rater=rater, deletes=deletes, now=timezone.now())
        return enter.SeeOther(request.path)
    has_withdrawn = rater.way_out == Rater.WayOut.WITHDRAWN
    answers = answers_of(rater=rater)
    context = {
        "study_code": rater.study.code,
        "answers": answers,
        "has_withdrawn": has_withdrawn,
        "completion": completion_of(rater=rater, way_out=rater.way_out) if has_withdrawn else None,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "rate/withdraw.html", context, status=status)

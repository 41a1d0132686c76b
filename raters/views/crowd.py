"""Where a crowd platform sends its people: /c/<code>/?PROLIFIC_PID=...

The id is taken from the address and the browser is sent on at once: this answers with no page that
has the id in its address, so nothing can carry it further. Does not know: who may come in
(services/crowd.py).
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from raters.models import Rater, StudyPath
from raters.services.crowd import NotAnId, completion, crowd_arrive
from raters.services.people import Full, NotOpen
from raters.views import enter
from raters.views.conflicts import conflict

PARTICIPANT, PLATFORM_STUDY, SUBMISSION = "PROLIFIC_PID", "STUDY_ID", "SESSION_ID"


@never_cache
@require_safe
@sensitive_variables()
def arrival(request: HttpRequest, code: str) -> HttpResponse:
    path = StudyPath.objects.select_related("study").filter(crowd_code=code).first()
    if path is None:
        # Neither does an unknown link answer with a page at an address that has an id in it.
        return _away(request.path) if request.GET else enter.unknown_link(request)
    if PARTICIPANT not in request.GET:
        return _away(request.path) if request.GET else _not_in(request, path)
    try:
        rater = crowd_arrive(
            study=path.study,
            participant=request.GET[PARTICIPANT],
            submission=request.GET.get(SUBMISSION, ""),
            platform_study=request.GET.get(PLATFORM_STUDY, ""),
            now=timezone.now(),
            may_join=not conflict(request, path.study),
        )
    except (NotAnId, NotOpen):
        return _away(request.path)
    except Full:
        return _away(reverse("crowd-full", args=[code]))
    return enter.remembering(rater, _away(enter.room_of(path.study.code)))


@never_cache
@require_safe
def arrival_full(request: HttpRequest, code: str) -> HttpResponse:
    """Nothing is left for whoever came by this link; nobody knows them here."""
    path = StudyPath.objects.select_related("study").filter(crowd_code=code).first()
    if path is None:
        return enter.unknown_link(request)
    sentence = _("The study is full: as many people rate as it needs. Thank you for coming.")
    code_out = completion(study=path.study, way_out=Rater.WayOut.FULL)
    title = _("The study is full: thank you")
    return enter.sorry(request, title, sentence, status=200, completion=code_out)


def _not_in(request: HttpRequest, path: StudyPath) -> HttpResponse:
    """Why nobody comes in: it is not open, they know who wrote what, or no platform sent them."""
    if path.study.state != path.study.State.OPEN:
        return enter.not_open(request, path.study)
    if sentence := conflict(request, path.study):
        return enter.conflicted(request, sentence)
    sentence = _(
        "This link works from the platform that sent you, which adds who you are. "
        "Please open the study there once more."
    )
    return enter.sorry(request, _("Please come from the platform"), sentence, status=400)


def _away(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response["Referrer-Policy"] = "no-referrer"
    return response

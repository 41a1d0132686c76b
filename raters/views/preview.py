"""A study's room as its raters see it, for the researcher: one triple, drawn anew at each look.

Writes nothing: no rater, assignment, place or rating, and what is sent goes nowhere and says so.
Un-blinds nobody: the order is drawn for this look alone, by no seed of the study, and what the page
holds is the blind value that a rater gets.
"""

import secrets
from uuid import uuid4

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.access import StaffRequest
from raters import assignment as design
from raters.blinding import BlindTriple, blind, order_text
from raters.models import Assignment, Study, Triple
from raters.views.access import own_study, researcher_required
from raters.views.enter import SeeOther
from raters.views.practice import screen


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def preview(request: StaffRequest, code: str) -> HttpResponseBase:
    """Context as of practice (see `screen`), said_of_preview, back (the study's page)."""
    study = own_study(request, code)
    if request.method == "POST":
        return SeeOther(f"{request.path}?sent")
    triple = drawn(study)
    if triple is None:
        return redirect("study", code=study.code)
    context = screen(triple, study=study, apart=request.path)
    context |= {
        "said_of_preview": _("Preview: this is what raters see, and nothing of it is stored."),
        "back": reverse("study", args=[study.code]),
    }
    if "sent" in request.GET:
        context["notice"] = _("What you sent went nowhere: this is a preview.")
    response: HttpResponse = render(request, "rate/apart.html", context)
    return response


def drawn(study: Study) -> BlindTriple | None:
    """One of the study's own triples in one of its orders, as a rater would see it."""
    of_study = Triple.objects.filter(study=study, kind=Triple.Kind.STUDY)
    keys = list(of_study.values_list("pk", flat=True))
    if not keys:
        return None
    triple = of_study.get(pk=secrets.choice(keys))
    orders = design.design_orders(slots=study.study_sources.count(), seed=secrets.randbits(32))
    order = order_text(secrets.choice(orders))
    return blind(Assignment(study=study, triple=triple, order=order, token=uuid4()))

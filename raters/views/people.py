"""The people of a study, for its owner: consent, the crowd link and its codes, time and pay.

The payments page and its sheet are the only ones that name a crowd platform's ids, and only while
these are kept. Shows no rating, so a running study stays blind.
"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generation.access import StaffRequest
from raters.exports.cells import csv_line
from raters.forms_path import PathForm
from raters.models import Study, StudyPath, Withdrawal
from raters.services.consent import consent_asked, consent_text_save
from raters.services.crowd import WAYS_OUT, crowd_identities_delete, crowd_switch
from raters.services.paying import path_save, payment_rows, payments
from raters.services.people import rater_places_left
from raters.views.access import own_study, researcher_required


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def people_page(request: StaffRequest, code: str) -> HttpResponseBase:
    """Context: study (code, name, state), form, exits (its fields of codes), crowd_code, site,
    asked (version, when), withdrawals, places_left (of raters who come by themselves, or None)."""
    study, status = own_study(request, code), 200
    form = PathForm.of(study)
    if request.method == "POST":
        form = PathForm(request.POST)
        if form.is_valid():
            _save(request, study, form)
            return redirect("study-people", code=study.code)
        status = 422
    path = StudyPath.objects.filter(study=study).first()
    page = {
        "study": {"code": study.code, "name": study.name, "state": study.state},
        "form": form,
        "exits": [form[f"exit_{way}"] for way in WAYS_OUT],
        "crowd_code": path.crowd_code if path else None,
        "site": request.build_absolute_uri("/")[:-1],
        "asked": consent_asked(study=study),
        "withdrawals": Withdrawal.objects.counted(study),
        "places_left": rater_places_left(study=study, now=timezone.now()),
    }
    return render(request, "research/people.html", page, status=status)


@require_POST
@researcher_required
def crowd_link(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    on = request.POST.get("to") == "on"
    crowd_switch(study=study, user=request.user, on=on, now=timezone.now())
    return redirect("study-people", code=study.code)


@never_cache
@require_safe
@researcher_required
def payments_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    page = {
        "study": {"code": study.code, "name": study.name},
        "paid": payments(study=study),
    }
    response = render(request, "research/payments.html", page)
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_safe
@researcher_required
def payments_file(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    lines = b"".join(csv_line(row) for row in payment_rows(study=study))
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{slugify(study.name) or study.code}-payments.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@researcher_required
def identities_delete(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    gone = crowd_identities_delete(study=study, user=request.user, now=timezone.now())
    messages.success(request, f"{gone} platform id{'' if gone == 1 else 's'} deleted.")
    return redirect("study-payments", code=study.code)


def _save(request: StaffRequest, study: Study, form: PathForm) -> None:
    said, now = form.cleaned_data, timezone.now()
    consent_text_save(study=study, text=said["consent"], language=said["language"], now=now)
    path_save(study=study, user=request.user, now=now, **form.settings())

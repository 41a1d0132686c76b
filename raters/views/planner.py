"""The planner: a design in, what it can find and costs out; of a running study, when it is enough.

A form by GET, so that a plan has an address that can be sent on.
"""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from raters.forms import OutlookForm, PlannerForm
from raters.models import Study, StudyReport
from raters.services.planning import Needed, Planned, study_outlook, study_plan
from raters.services.reports import (
    precision_ask,
    report_ask,
    report_precision,
    report_results,
)
from raters.statistics import Cost, Plan, Terms
from raters.views.access import StaffRequest, own_study, researcher_required
from raters.views.results.figures import PERCENT, counted, interval, percent
from raters.views.results.reach import outlook_sentences


@require_GET
@researcher_required
def planner(request: StaffRequest) -> HttpResponseBase:
    if "study" in request.GET:
        return _running(request, own_study(request, request.GET["study"]))
    pilot = _pilot(request)
    form = PlannerForm(request.GET if "ratings" in request.GET else None, initial=pilot["initial"])
    about: dict[str, Any] = {"form": form, "pilot": pilot, "pilots": _pilots(request)}
    status = 200
    if form.is_bound:
        if form.is_valid():
            about["planned"] = _planned(form.cleaned_data)
        else:
            status = 422
    return render(request, "research/planner.html", about, status=status)


def _pilots(request: StaffRequest) -> list[dict[str, str]]:
    closed = Study.objects.of(request.user).filter(state=Study.State.CLOSED)
    return [{"code": study.code, "name": study.name} for study in closed[:50]]


def _pilot(request: StaffRequest) -> dict[str, Any]:
    """The spreads of a closed study, in place of the usual ones."""
    initial = dict(PlannerForm.PAPER)
    if not request.GET.get("pilot"):
        return {"initial": initial}
    study = own_study(request, request.GET["pilot"])
    about: dict[str, Any] = {"initial": initial, "code": study.code, "name": study.name}
    if study.state != Study.State.CLOSED:
        return {**about, "says": f"{study.name} is not closed: it is no pilot yet."}
    report = report_ask(study=study, now=timezone.now())
    if report.state != StudyReport.State.MADE:
        return {**about, "says": f"The figures of {study.name} are being computed; look again."}
    found = report_results(report).spreads
    said = []
    for what, field, one in (
        ("raters", "rater_sd", found.raters),
        ("questions", "question_sd", found.questions),
    ):
        if one.value is None:
            said.append(f"how {what} differ: {one.undefined}")
        elif one.low is None:
            said.append(
                f"spread of {what} {one.value:.2f}, but {one.undefined}, so the usual "
                f"{initial[field]:g} stays"
            )
        else:
            initial[field] = round(one.value, 2)
            said.append(
                f"spread of {what} {one.value:.2f}, 95{PERCENT} interval {one.low:.2f} to "
                f"{one.high:.2f}: try both ends"
            )
    return {**about, "says": f"From {counted(found.ratings)} of {study.name}: {'; '.join(said)}."}


def _planned(asked: dict[str, Any]) -> dict[str, Any]:
    plan = Plan(
        ratings=asked["ratings"],
        raters=asked["raters"],
        questions=asked["questions"],
        rater_sd=asked["rater_sd"],
        question_sd=asked["question_sd"],
        drop_out=asked["drop_out"] / 100,
    )
    terms = Terms(
        seconds_per_rating=asked["seconds"],
        seconds_before=asked["before"],
        pay_per_hour=asked["pay"],
        fee=asked["fee"] / 100,
        raters_at_once=asked["at_once"],
    )
    found = study_plan(
        plan=plan,
        odds=asked["odds"],
        terms=terms,
        wanted=asked["power"] / 100,
        width=asked["width"] / 100,
    )
    return {
        "sentence": _sentence(found),
        "cost": cost_words(found.rehearsal.cost),
        "needed": [_needed_words(each) for each in found.needed],
        "warnings": found.rehearsal.warnings,
    }


def _sentence(planned: Planned) -> str:
    found = planned.rehearsal.found
    width = (
        "no simulated study had an interval"
        if found.width is None
        else f"the 95{PERCENT} interval is {100 * found.width:.1f} points wide in the middle one"
    )
    design = (
        f"{counted(found.plan.ratings)} by {counted(found.plan.raters, 'rater')} on "
        f"{counted(found.plan.questions, 'question')}"
    )
    if found.odds == 1:
        return f"{design}, no difference to find: {width}."
    return (
        f"{design} find true odds of {found.odds:g} in {percent(found.power.value)} of "
        f"{found.power.n:,} simulated studies ({interval(found.power)['text']}); {width}."
    )


def _needed_words(each: Needed) -> dict[str, Any]:
    if each.ratings is None or each.cost is None:
        says = "More ratings do not get there: more raters or more questions are needed."
        return {"what": each.what, "says": says}
    return {
        "what": each.what,
        "ratings": each.ratings,
        "each": each.each,
        "cost": cost_words(each.cost),
    }


def cost_words(cost: Cost) -> dict[str, str]:
    return {
        "minutes": f"{cost.minutes_each:.0f}",
        "hours": f"{cost.hours:.1f}",
        "elapsed": f"{cost.elapsed_hours:.1f}",
        "money": f"{cost.money:,.2f}",
    }


def _running(request: StaffRequest, study: Study) -> HttpResponseBase:
    """When the interval will be reached: by counts and the precision of all sources together."""
    now = timezone.now()
    about: dict[str, Any] = {"study": {"code": study.code, "name": study.name}}
    found = None
    if study.state in (Study.State.OPEN, Study.State.PAUSED):
        found = report_precision(precision_ask(study=study, now=now))
    form = OutlookForm(request.GET if "width" in request.GET else None, initial={"width": 14})
    about |= {"form": form, "precision": found}
    if found and found.ratings and form.is_bound and form.is_valid():
        plan = Plan(
            ratings=found.ratings, raters=max(found.raters, 2), questions=study.triple_count
        )
        outlook = study_outlook(
            study=study,
            precision=found,
            plan=plan,
            width=form.cleaned_data["width"] / 100,
            now=now,
        )
        about["sentences"] = outlook_sentences(outlook)
    return render(request, "research/planner_running.html", about)

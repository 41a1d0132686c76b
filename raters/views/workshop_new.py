"""The page on which a workshop is made: of a closed study, or of a question set and sources.

Thin: who may ask, what they asked, one service. Questions that a running study asks are not listed.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from generation.access import StaffRequest, sets_of
from generation.models import QuestionSet, Source
from raters.models import Study, Triple, Workshop
from raters.services.progress import set_lines, source_lines
from raters.services.workshops.making import (
    LONGEST_NAME,
    MOST_QUESTIONS,
    WorkshopRefused,
    running_questions,
    workshop_create_of_set,
    workshop_create_of_study,
)
from raters.views.access import own_study, researcher_required

LISTED = 300
Rows = Sequence[tuple[int, str]]


class WorkshopForm(forms.Form):
    """`questions` are ticked by hand; where none is, `count` are drawn."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="The audience does not see it.")
    sources = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    count = forms.IntegerField(
        label="Questions",
        min_value=1,
        max_value=MOST_QUESTIONS,
        initial=5,
        required=False,
        help_text="Drawn at random, unless you tick some below. Three minutes each is usual.",
    )
    questions = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, sources: Rows, questions: Rows) -> None:
        super().__init__(data)
        self.fields["sources"].choices = sources  # type: ignore[attr-defined]
        self.fields["questions"].choices = questions  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@researcher_required
def workshop_new(request: StaffRequest) -> HttpResponseBase:
    """First what it is made of, by the address; then which questions."""
    if "study" in request.GET:
        return _of_study(request, own_study(request, request.GET["study"]))
    if "set" in request.GET:
        return _of_set(request, get_object_or_404(sets_of(request.user), pk=_key(request)))
    closed = Study.objects.of(request.user).filter(state=Study.State.CLOSED)
    page = {
        "studies": list(closed.values("code", "name", "triple_count")),
        "sets": set_lines(user=request.user),
    }
    return render(request, "workshop/new.html", page)


def _of_study(request: StaffRequest, study: Study) -> HttpResponseBase:
    triples = study.triples.filter(kind=Triple.Kind.STUDY).exclude(question__in=running_questions())
    listed = list(triples.order_by("number").values_list("number", "question__text")[:LISTED])
    form = WorkshopForm(_sent(request), sources=[], questions=listed)
    if form.is_valid():
        try:
            return _to(
                workshop_create_of_study(
                    user=request.user,
                    study=study,
                    name=form.cleaned_data["name"],
                    numbers=form.cleaned_data["questions"],
                    count=form.cleaned_data["count"],
                    now=timezone.now(),
                )
            )
        except WorkshopRefused as refused:
            form.add_error(None, str(refused))
    return _form_page(request, form, study.name, f"study={study.code}")


def _of_set(request: StaffRequest, chosen: QuestionSet) -> HttpResponseBase:
    free = chosen.questions.exclude(pk__in=running_questions())
    lines = source_lines(question_set=chosen)
    form = WorkshopForm(
        _sent(request),
        sources=[(line.pk, line.name) for line in lines],
        questions=list(free.order_by("pk").values_list("pk", "text")[:LISTED]),
    )
    if form.is_valid():
        found = Source.objects.in_bulk(form.cleaned_data["sources"])
        try:
            return _to(
                workshop_create_of_set(
                    user=request.user,
                    question_set=chosen,
                    sources=list(found.values()),
                    name=form.cleaned_data["name"],
                    questions=form.cleaned_data["questions"],
                    count=form.cleaned_data["count"],
                    now=timezone.now(),
                )
            )
        except WorkshopRefused as refused:
            form.add_error(None, str(refused))
    return _form_page(request, form, chosen.name, f"set={chosen.pk}", has_sources=True)


def _form_page(
    request: StaffRequest, form: WorkshopForm, of: str, query: str, *, has_sources: bool = False
) -> HttpResponse:
    page = {"form": form, "of": of, "query": query, "has_sources": has_sources, "listed": LISTED}
    return render(request, "workshop/new.html", page, status=422 if form.errors else 200)


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _to(workshop: Workshop) -> HttpResponseBase:
    return redirect("workshop", code=workshop.code)


def _key(request: StaffRequest) -> int:
    text = request.GET["set"]
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)

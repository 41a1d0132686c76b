"""Where a wrong gold answer is corrected: the question and its texts are one app's, the ratings of
them the other's, and both change at once or not at all.

GET says first what becomes of every text and rating; POST does it. Names no source.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from generation.access import StaffRequest, researcher_required, sets_of
from generation.answers import display_answer
from generation.models import Question
from generation.services.correcting import CorrectionRefused, correction, question_correct
from raters.models import Study, Triple
from raters.services.correcting import Consequence, consequences, triples_settle
from raters.views.access import own_study

QUESTIONS_A_PAGE = 50
WHY = "Say why the answer is corrected, in at most 300 characters: it is listed with the change."


class AnswerForm(forms.Form):
    answer = forms.CharField(label="The right answer", max_length=200)
    why = forms.CharField(
        label="Why", max_length=300, required=False, help_text="It is listed with the change."
    )


@require_safe
@researcher_required
def question_list(request: StaffRequest, code: str) -> HttpResponseBase:
    """Context: study, questions (a page of number, question, gold, flags, is_void)."""
    study = own_study(request, code)
    kinds = [Triple.Kind.STUDY, Triple.Kind.CHECK, Triple.Kind.VOID]
    rows = study.triples.filter(kind__in=kinds).select_related("question").order_by("number")
    page = Paginator(rows, QUESTIONS_A_PAGE).get_page(request.GET.get("page"))
    flags = study.assignments.filter(flag__isnull=False, triple__in=list(page))
    flagged = list(flags.values_list("triple", flat=True))
    lines = [
        {
            "number": triple.number,
            "question": triple.question.text,
            "gold": triple.question.gold_shown,
            "flags": flagged.count(triple.pk),
            "is_void": triple.kind == Triple.Kind.VOID,
        }
        for triple in page
    ]
    context = {"study": {"code": code, "name": study.name}, "questions": lines, "page": page}
    return render(request, "research/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def question_correcting(request: StaffRequest, code: str, number: int) -> HttpResponseBase:
    """Context: study, question (text, choices, gold), form; with an answer in the address,
    outlook (after, verdicts, changed) and found (`Consequence`s)."""
    study = own_study(request, code)
    triple = get_object_or_404(study.triples.select_related("question"), number=number)
    question = triple.question
    form = AnswerForm(request.POST if request.method == "POST" else _asked(request))
    page: dict[str, Any] = {"study": {"code": code, "name": study.name}, "number": number}
    page["question"] = {
        "text": question.text,
        "choices": question.offered,
        "gold": question.gold_shown,
        "is_void": triple.kind == Triple.Kind.VOID,
    }
    if form.is_bound and form.is_valid():
        try:
            outlook = correction(question=question, answer=form.cleaned_data["answer"])
            found = consequences(question=question, reaching=outlook.reaching)
            _check_may(request, study, question, found)
            if request.method == "POST":
                _check_why(form.cleaned_data["why"])
                return _corrected(request, study, question, form.cleaned_data)
            page |= {"outlook": outlook, "found": found}
            page["after"] = display_answer(outlook.after, question.offered)
        except CorrectionRefused as refused:
            form.add_error("answer", str(refused))
    page["form"] = form
    return render(request, "research/correct.html", page, status=422 if form.errors else 200)


def _asked(request: StaffRequest) -> Any:
    return request.GET if "answer" in request.GET else None


def _corrected(
    request: StaffRequest, study: Study, question: Question, said: dict[str, str]
) -> HttpResponseBase:
    """Both sides in one transaction."""
    with transaction.atomic():
        done = question_correct(question=question, answer=said["answer"])
        found = triples_settle(
            question=question,
            reaching=done.reaching,
            before=done.before,
            user=request.user,
            why=said["why"],
            now=timezone.now(),
        )
    void = sum(each.ratings for each in found if each.is_running and not each.is_kept)
    are = "rating is void" if void == 1 else "ratings are void"
    messages.success(request, f"Corrected; {done.changed} verdicts changed, {void} {are}.")
    return redirect(reverse("study", args=[study.code]) + "#flagged")


def _check_may(
    request: StaffRequest, study: Study, question: Question, found: list[Consequence]
) -> None:
    """A question is of its whole set, so nobody corrects what others' studies stand on, closed ones
    too: they are told how many, and of none its name."""
    if study.state == Study.State.CLOSED:
        raise CorrectionRefused(f"'{study.name}' is closed: its ratings stay as they are.")
    if not sets_of(request.user).filter(pk=question.question_set_id).exists():
        raise CorrectionRefused("The question set is another researcher's; ask them or an admin.")
    others = {each.code for each in found if each.owner != request.user.get_username()}
    if others and not request.user.is_superuser:
        ask = "study of other researchers asks" if len(others) == 1 else "studies of others ask"
        raise CorrectionRefused(
            f"{len(others)} {ask} this question too; ask an admin to correct it."
        )


def _check_why(why: str) -> None:
    if not why.strip():
        raise CorrectionRefused(WHY)

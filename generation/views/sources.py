"""Sources as pages: who writes rationales, a form to make one, and what each wrote.

Knows nothing of studies or raters; what stands here names sources and is for staff alone. Every
source is listed; what it wrote for another researcher's question set is neither shown nor counted.
"""

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from generation.access import StaffRequest, researcher_required, sets_of
from generation.forms import CompareForm, RationaleFilter, SourceForm
from generation.models import Question, Source
from generation.services.comparing import sources_compare
from generation.services.overview import source_lines, source_rationales, source_sets
from generation.services.sources import SourceRefused, source_create

RATIONALES_A_PAGE = 25


@require_http_methods(["GET", "POST"])
@researcher_required
def source_list(request: StaffRequest) -> HttpResponseBase:
    form = SourceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            by_admin = request.user.is_superuser
            source_create(**form.cleaned_data, by_admin=by_admin, now=timezone.now())
            return redirect("sources")
        except SourceRefused as refused:
            form.add_error(None, str(refused))
    page = {
        "sources": source_lines(sets=sets_of(request.user)),
        "form": form,
        "admin": request.user.is_superuser,
    }
    return render(request, "generation/sources.html", page, status=422 if form.errors else 200)


@require_safe
@researcher_required
def rationale_list(request: StaffRequest, pk: int) -> HttpResponseBase:
    source = get_object_or_404(Source, pk=pk)
    sets = sets_of(request.user)
    form = RationaleFilter(request.GET, sets=source_sets(source=source, sets=sets))
    form.is_valid()  # what is not, is left out of cleaned_data
    asked = form.cleaned_data
    found = source_rationales(
        source=source,
        sets=sets,
        question_set=asked["set"].pk if asked.get("set") else None,
        verdict=asked.get("verdict", ""),
        hinted=asked.get("hinted"),
        by_wrong_steps=bool(asked.get("steps")),
    )
    page = {
        "source": {"pk": source.pk, "name": source.name, "model": source.model},
        "form": form,
        "page": Paginator(found, RATIONALES_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "generation/rationales.html", page)


@require_safe
@researcher_required
def question_compare(request: StaffRequest, pk: int) -> HttpResponseBase:
    """What two sources say of one question, step beside step."""
    sets = sets_of(request.user)
    question = get_object_or_404(Question.objects.filter(question_set__in=sets), pk=pk)
    sources = Source.objects.filter(rationales__question=question).distinct()
    both = request.GET if request.GET.keys() >= {"left", "right"} else None
    form = CompareForm(both, sources=sources, initial=request.GET.dict())
    page = {
        "question": {"text": question.text, "gold_answer": question.gold_answer},
        "set": question.question_set.name,
        "form": form,
        "enough": sources.count() > 1,
        "compared": None,
    }
    if form.is_valid():
        left, right = form.cleaned_data["left"], form.cleaned_data["right"]
        compared = sources_compare(question=question, left=left, right=right)
        sides = [(left.name, compared.left), (right.name, compared.right)]
        page |= {
            "compared": compared.rows,
            "sides": [(name, each.verdict if each else "") for name, each in sides],
            "same": sum(row.is_same for row in compared.rows),
        }
    return render(request, "generation/compare.html", page)

"""After the last triple: the guess of who wrote what, the debrief, and later the reveal.

Knows: what each of these pages holds and how a guess is read from its form. Does not know: who is
asked, or what is kept (services/guessing.py), or what a reveal says (services/revealing.py).
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from generation.models import Source
from raters.blinding import BlindTriple, blind_all, link_read, link_sign
from raters.models import Rater, Study, StudyPath
from raters.prose import prose
from raters.services.crowd import completion_of
from raters.services.guessing import guesses_asked, guesses_save, has_finished, kinds_of
from raters.services.revealing import reveal_of, reveal_promised
from raters.services.withdrawing import rater_end
from raters.views import enter

Kind = Source.Kind
WRITERS = {
    Kind.FEW_SHOT: gettext_lazy("a language model that was shown a few examples"),
    Kind.STAR: gettext_lazy("a language model trained on rationales of its own"),
    Kind.VERIFIER: gettext_lazy("a language model, chosen among several by another"),
    Kind.PREFERENCES: gettext_lazy("a language model trained on what people prefer"),
    Kind.PROGRAM: gettext_lazy("a program, by a fixed recipe"),
    Kind.HUMAN: gettext_lazy("a person"),
    Kind.IMPORTED: gettext_lazy("another writer"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One triple to guess about; `link` names it in the form."""

    link: str
    triple: BlindTriple


@require_http_methods(["GET", "HEAD", "POST"])
@enter.for_rater
def closing(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Context: study_code, asked (`Asked`), writers (kind and words), debrief (HTML), its
    language, completion, reveals and is_closed. A form that says `end` makes it the end for whom
    nothing is left just now."""
    if request.method == "POST" and "end" in request.POST:
        rater_end(rater=rater, now=timezone.now())
        return enter.SeeOther(request.path)
    if not has_finished(rater=rater):
        return HttpResponseRedirect(enter.room_of(rater.study.code) + "?begin")
    if request.method == "POST":
        guesses_save(rater=rater, said=_said(request), now=timezone.now())
        return enter.SeeOther(request.path)
    handed = guesses_asked(rater=rater)
    links = [link_sign(each.token) for each in handed]
    asked = [Asked(*each) for each in zip(links, blind_all(handed), strict=True)]
    path = StudyPath.objects.filter(study=rater.study).select_related("consent").first()
    context: dict[str, Any] = {
        "study_code": rater.study.code,
        "asked": asked,
        "writers": [(kind, WRITERS[Kind(kind)]) for kind in kinds_of(study=rater.study)],
        "debrief": prose(path.debrief) if path and path.debrief and not asked else "",
        "language": path.consent.language if path and path.consent else "",
        "completion": completion_of(rater=rater, way_out=enter.way_at_the_end(rater)),
        "reveals": bool(path and path.reveals),
        "is_closed": rater.study.state == Study.State.CLOSED,
    }
    return render(request, "rate/closing.html", context)


def _said(request: HttpRequest) -> dict[str, list[str]]:
    """The kinds guessed, by token; "I would rather not" guesses nothing."""
    if "rather_not" in request.POST:
        return {}
    tokens = {link: link_read(link) for link in request.POST.getlist("triple")}
    return {token: request.POST.getlist(f"guess {link}") for link, token in tokens.items() if token}


@require_safe
@enter.for_rater
def reveal(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Context: study_code, revealed (`Revealed`)."""
    if not reveal_promised(study=rater.study):
        sentence = _("This study does not tell who wrote what.")
        return enter.sorry(request, _("No reveal"), sentence, status=404)
    revealed = reveal_of(rater=rater)
    if revealed is None:
        sentence = _("The study is not closed yet. Once it is, this page shows whom you preferred.")
        return enter.sorry(request, _("Not closed yet"), sentence, status=403)
    context = {"study_code": rater.study.code, "revealed": revealed}
    return render(request, "rate/reveal.html", context)

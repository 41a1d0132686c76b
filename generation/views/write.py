"""A writer's pages: consent, one question at a time, the list of what is done, withdrawal.

The address is the writer's key, as a personal link is: it works on every device. A signed cookie
tells the rating side that this browser writes, so that nobody rates what they wrote. No page names
a source, a study or a person, or shows a text of anybody else.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.access import remember_writer
from generation.models import Writer, Writing
from generation.services import writing_texts as texts
from generation.services.writing import WritingRefused

FRAGMENT = "X-Fragment"


class SeeOther(HttpResponseRedirect):
    """After a POST: go and GET that."""

    status_code = 303


def for_writer(view: Callable[[HttpRequest, Writer], HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has the link; a page that says so for any other address."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponse:
        writer = texts.writer_find(code=code)
        return _unknown(request) if writer is None else view(request, writer)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """GET says what is asked; who begins is a new writer, with a link of their own."""
    writing = Writing.objects.filter(invitation_code=code).first()
    if writing is None:
        return _unknown(request)
    if request.method != "POST":
        return _before(request, writing)
    digest = request.POST.get("digest", "")
    if request.POST.get("answer") == "refuse":
        return _refused(request)
    if digest != texts.consent_digest(writing):
        return _before(request, writing)
    try:
        writer = texts.writer_join(writing=writing, now=timezone.now())
    except WritingRefused:
        return _closed(request)
    texts.writer_agree(writer=writer, digest=digest, now=timezone.now())
    return remember_writer(request, SeeOther(_own_page(writer)), writer.code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_writer
def write(request: HttpRequest, writer: Writer) -> HttpResponse:
    """The question in hand, the list once all is done, or why there is nothing to write."""
    if writer.withdrawn_at:
        return SeeOther(reverse("write-withdraw", args=[writer.code]))
    if writer.writing.closed_at:
        return _closed(request, writer)
    if not texts.has_agreed(writer):
        return _before(request, writer.writing, writer)
    if request.method == "POST":
        return _sent(request, writer)
    return remember_writer(request, _question(request, writer), writer.code)


@require_POST
@for_writer
def agree(request: HttpRequest, writer: Writer) -> HttpResponse:
    """Agree to the text that was shown, or refuse; nothing is kept of a refusal."""
    if request.POST.get("answer") == "refuse":
        return _refused(request, writer)
    digest = request.POST.get("digest", "")
    if not writer.writing.closed_at:
        texts.writer_agree(writer=writer, digest=digest, now=timezone.now())
    return remember_writer(request, SeeOther(_own_page(writer)), writer.code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_writer
def withdraw(request: HttpRequest, writer: Writer) -> HttpResponse:
    """GET says what it does, in numbers; POST does it. Context: code, outlook, has_withdrawn."""
    status = 200
    if request.method == "POST":
        if request.POST.get("texts") in ("keep", "delete"):
            deletes = request.POST["texts"] == "delete"
            texts.writer_withdraw(writer=writer, deletes=deletes, now=timezone.now())
            return SeeOther(request.path)
        status = 422
    page = {
        "code": writer.code,
        "outlook": texts.withdrawal_outlook(writer=writer),
        "has_withdrawn": writer.withdrawn_at is not None,
    }
    return render(request, "write/withdraw.html", page, status=status)


# --- writing -------------------------------------------------------------------------------------
def _sent(request: HttpRequest, writer: Writer) -> HttpResponse:
    """A draft, a text handed in, or a question left out; nothing that was typed is lost."""
    number, text = _number(request.POST.get("number", "")), request.POST.get("text", "")
    if number is None:
        return SeeOther(request.path)
    if "draft" in request.POST:
        kept = texts.draft_save(writer=writer, number=number, text=text)
        if FRAGMENT in request.headers:
            return HttpResponse(status=204 if kept else 409)
        return SeeOther(f"{request.path}?text={number}")
    try:
        if "leave" in request.POST:
            texts.text_leave_out(writer=writer, number=number)
        else:
            texts.text_hand_in(writer=writer, number=number, text=text, now=timezone.now())
    except texts.NoAnswer as problem:
        return _question(request, writer, number=number, problem=_said(problem))
    except WritingRefused:
        return SeeOther(request.path)
    return SeeOther(request.path)


def _said(problem: texts.NoAnswer) -> str:
    if problem.reason == "empty":
        return _("Nothing is written yet. Write how you get to the answer, or leave it out.")
    if problem.reason == "too long":
        return _("This is longer than %d characters; shorten it.") % texts.LONGEST_TEXT
    if problem.reason == "another answer":
        sentence = _("Your text ends in “%s”, which is not the answer above. Look again.")
        return sentence % problem.answer
    return _("Your text states no answer yet. End it with a sentence such as “The answer is 12.”")


def _question(
    request: HttpRequest, writer: Writer, *, number: int | None = None, problem: str = ""
) -> HttpResponse:
    """Context: code, asked (`Asked`), problem, own_link; without a question, `texts` in its place:
    number, question, state, is_open."""
    if number is None:
        number = _number(request.GET.get("text", ""))
    written = None
    if "all" not in request.GET or number is not None:
        written = texts.text_now(writer=writer, number=number, now=timezone.now())
    page: dict[str, object] = {
        "code": writer.code,
        "problem": problem,
        "own_link": request.build_absolute_uri(_own_page(writer)),
    }
    if written is None:
        rows = texts.texts_of(writer=writer)
        keys = ("number", "question", "state", "is_open")
        page["texts"] = [dict(zip(keys, row, strict=True)) for row in rows]
        page["is_done"] = all(state != "draft" for _n, _q, state, _o in rows)
        return render(request, "write/done.html", page)
    page["asked"] = texts.asked_of(writer=writer, written=written)
    return render(request, "write/question.html", page, status=422 if problem else 200)


# --- before, and instead -------------------------------------------------------------------------
def _before(request: HttpRequest, writing: Writing, writer: Writer | None = None) -> HttpResponse:
    """What is asked and agreed to. Context: action, code, consent, digest, instructions, minutes,
    shows_answer, questions."""
    here = reverse("write-agree", args=[writer.code]) if writer else request.path
    if writing.closed_at:
        return _closed(request, writer)
    page = {
        "action": here,
        "code": writer.code if writer else "",
        "consent": writing.consent,
        "digest": texts.consent_digest(writing),
        "instructions": writing.instructions,
        "minutes": writing.minutes,
        "shows_answer": writing.shows_answer,
        "questions": writing.questions_per_writer or writing.question_set.questions.count(),
    }
    return render(request, "write/before.html", page)


def _refused(request: HttpRequest, writer: Writer | None = None) -> HttpResponse:
    sentence = _("You did not agree, so nothing is asked of you. Thank you for reading.")
    return _sorry(request, _("You have left"), sentence, 200, writer)


def _closed(request: HttpRequest, writer: Writer | None = None) -> HttpResponse:
    sentence = _("Writing has ended. Thank you for everything you wrote.")
    return _sorry(request, _("Closed"), sentence, 410, writer)


def _unknown(request: HttpRequest) -> HttpResponse:
    sentence = _("This link leads nowhere. Please check that it was copied whole, or ask for it.")
    return _sorry(request, _("Unknown link"), sentence, 404)


def _sorry(
    request: HttpRequest, title: str, sentence: str, status: int, writer: Writer | None = None
) -> HttpResponse:
    code = writer.code if writer else ""
    page = {"title": title, "sentence": sentence, "code": code}
    return render(request, "write/sorry.html", page, status=status)


def _own_page(writer: Writer) -> str:
    return reverse("write", args=[writer.code])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None

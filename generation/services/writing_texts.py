"""What a writer does: agrees, is given questions, drafts, hands in, leaves out, withdraws.

Knows: one writer and their own texts, never anybody else's. A text is judged as it is handed in, by
the code that judges every rationale; one that states no answer is sent back, a wrong one is kept as
wrong. Does not know: how it becomes a rationale (writing.py).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.deletion import Collector, ProtectedError

from generation.answers import Choice, display_answer, judge
from generation.models import Question, Rationale, Writer, Writing, WrittenText
from generation.services.writing import MOST_OF_A_WRITER, WritingRefused, writers_add

LONGEST_TEXT = 20_000
State = WrittenText.State


class NoAnswer(Exception):
    """A text that states no answer, or not the one that its writer was shown; `reason` says why."""

    def __init__(self, reason: str, answer: str = "") -> None:
        self.reason, self.answer = reason, answer
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a writer may see of a question: no solution, no other text, no source."""

    number: int
    of: int
    question: str
    choices: tuple[Choice, ...]
    answer: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What withdrawing with all texts would do: `held` are shown in a study and stay there."""

    texts: int
    deletable: int
    held: int


def writer_find(*, code: str) -> Writer | None:
    writers = Writer.objects.select_related("writing__question_set", "writing__source")
    return writers.filter(code=code).first()


def writer_join(*, writing: Writing, now: datetime) -> Writer:
    """Somebody who came by the invitation."""
    if writing.closed_at or writing.invitation_code is None:
        raise WritingRefused("This invitation is not open.")
    return writers_add(writing=writing, count=1, now=now)[0]


def consent_digest(writing: Writing) -> str:
    return hashlib.sha256(writing.consent.encode()).hexdigest() if writing.consent else ""


def has_agreed(writer: Writer) -> bool:
    """To the text as it is now, where there is one; and has begun."""
    return writer.agreed_at is not None and writer.agreed_sha256 == consent_digest(writer.writing)


def writer_agree(*, writer: Writer, digest: str, now: datetime) -> bool:
    """Begin: keep what was agreed to, and give the writer their questions. False where the consent
    text is another by now."""
    if digest != consent_digest(writer.writing) or writer.withdrawn_at:
        return False
    with transaction.atomic():
        Writing.objects.select_for_update(no_key=True).get(pk=writer.writing_id)
        writer.agreed_at, writer.agreed_sha256 = now, digest
        writer.save(update_fields=["agreed_at", "agreed_sha256"])
        if not writer.texts.exists():
            _give_questions(writer)
    return True


def text_now(*, writer: Writer, number: int | None, now: datetime) -> WrittenText | None:
    """The text to show: that of this number, or the first that is neither handed in nor left out.
    The first time that it is shown is kept."""
    own = writer.texts.select_related("question")
    if number is not None:
        found = own.filter(number=number, rationale=None).first()
    else:
        found = own.filter(state=State.DRAFT).order_by("number").first()
    if found and found.begun_at is None:
        found.begun_at = now
        found.save(update_fields=["begun_at"])
    return found


def asked_of(*, writer: Writer, written: WrittenText) -> Asked:
    question = written.question
    shows = writer.writing.shows_answer
    return Asked(
        number=written.number,
        of=writer.texts.count(),
        question=question.text,
        choices=question.offered,
        answer=question.gold_shown if shows else "",
        text=written.text,
        state=written.state,
    )


def draft_save(*, writer: Writer, number: int, text: str) -> bool:
    """Keep what is written so far; False where there is nothing of this number to write any more.

    What was handed in is not undone by a draft that comes late.
    """
    open_texts = writer.texts.filter(number=number, state=State.DRAFT)
    return bool(_may_write(writer) and open_texts.update(text=_own_lines(text)[:LONGEST_TEXT]))


def text_hand_in(*, writer: Writer, number: int, text: str, now: datetime) -> None:
    """Judge the text and keep it. One that states no answer is kept as a draft and sent back."""
    text = _own_lines(text)
    with transaction.atomic():
        written = _to_write(writer, number)
        written.text = text[:LONGEST_TEXT]
        verdict = _verdict(writer, written, text)
        written.state = State.DRAFT if isinstance(verdict, NoAnswer) else State.WRITTEN
        written.verdict = "" if isinstance(verdict, NoAnswer) else verdict
        written.handed_in_at = None if isinstance(verdict, NoAnswer) else now
        written.save(update_fields=["text", "state", "verdict", "handed_in_at"])
    if isinstance(verdict, NoAnswer):
        raise verdict


def text_leave_out(*, writer: Writer, number: int) -> None:
    """Nothing of theirs for this question; what was drafted goes."""
    with transaction.atomic():
        written = _to_write(writer, number)
        written.state, written.text, written.verdict, written.handed_in_at = (
            State.LEFT,
            "",
            "",
            None,
        )
        written.save(update_fields=["state", "text", "verdict", "handed_in_at"])


def texts_of(*, writer: Writer) -> list[tuple[int, str, str, bool]]:
    """Number, beginning of the question, state, and whether it may still be changed."""
    rows = writer.texts.order_by("number").values_list(
        "number", "question__text", "state", "rationale"
    )
    return [(number, question, state, taken is None) for number, question, state, taken in rows]


def withdrawal_outlook(*, writer: Writer) -> Outlook:
    texts = list(writer.texts.exclude(text="").select_related("rationale"))
    held = sum(1 for each in texts if each.rationale and _is_held(each.rationale))
    return Outlook(texts=len(texts), deletable=len(texts) - held, held=held)


def writer_withdraw(*, writer: Writer, deletes: bool, now: datetime) -> None:
    """Leave for good. What a study shows already stays in it, without a trace of who wrote it;
    everything else is deleted where that is asked for. Who let it stand may ask for it later."""
    with transaction.atomic():
        # The writing first: while texts are taken over, none is half a rationale.
        Writing.objects.select_for_update(no_key=True).get(pk=writer.writing_id)
        writer = Writer.objects.select_for_update(no_key=True).get(pk=writer.pk)
        if writer.withdrawn_at and (writer.deleted is not None or not deletes):
            return
        writer.withdrawn_at = writer.withdrawn_at or now
        if deletes:
            writer.deleted = _delete_texts(writer)
        else:
            writer.texts.filter(state=State.DRAFT).delete()
        writer.save(update_fields=["withdrawn_at", "deleted"])


# --- within --------------------------------------------------------------------------------------
def _give_questions(writer: Writer) -> None:
    """Those that fewest writers have, in an order of the writer's own."""
    writing = writer.writing
    others = Q(writer__writing=writing, writer__withdrawn_at=None)
    taken = dict(
        WrittenText.objects.filter(others)
        .exclude(state=State.LEFT)
        .order_by()
        .values_list("question")
        .annotate(Count("pk"))
    )
    # By what they say, never by their keys: an order of creation is nobody's to learn.
    rows = writing.question_set.questions.values_list("text", "gold_answer", "key", "pk")
    keys = [pk for *_, pk in sorted(rows)]
    rng = Random(writer.code)
    rng.shuffle(keys)
    keys.sort(key=lambda key: taken.get(key, 0))
    chosen = keys[: writing.questions_per_writer or MOST_OF_A_WRITER]
    rng.shuffle(chosen)
    WrittenText.objects.bulk_create(
        WrittenText(writer=writer, question_id=key, number=number)
        for number, key in enumerate(chosen, start=1)
    )


def _verdict(writer: Writer, written: WrittenText, text: str) -> str | NoAnswer:
    """What the text comes to; NoAnswer is returned, so that the draft is kept all the same."""
    if len(text) > LONGEST_TEXT:
        return NoAnswer("too long")
    if not text:
        return NoAnswer("empty")
    question: Question = written.question
    choices = question.offered
    found = judge(text, gold_answer=question.gold_answer, choices=choices)
    if found.verdict == Rationale.Verdict.UNPARSED:
        return NoAnswer("no answer")
    if found.verdict == Rationale.Verdict.WRONG and writer.writing.shows_answer:
        return NoAnswer("another answer", display_answer(found.answer, choices))
    return found.verdict


def _to_write(writer: Writer, number: int) -> WrittenText:
    rows = writer.texts.select_for_update(no_key=True, of=("self",)).select_related("question")
    found = rows.filter(number=number, rationale=None).first()
    # They may have withdrawn, or the text been taken over, while we waited for the lock.
    writer.refresh_from_db(fields=["withdrawn_at"])
    if found is None or not _may_write(writer):
        raise WritingRefused("This text can be changed no more.")
    return found


def _may_write(writer: Writer) -> bool:
    return not writer.withdrawn_at and not writer.writing.closed_at and has_agreed(writer)


def _own_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _delete_texts(writer: Writer) -> int:
    deleted = 0
    for each in list(writer.texts.select_related("rationale")):
        shared = each.rationale and each.rationale.written.exclude(pk=each.pk).exists()
        if each.rationale and not shared and not _is_held(each.rationale):
            each.rationale.delete()
            deleted += 1
        elif each.rationale is None and each.text:
            deleted += 1
    writer.texts.all().delete()
    return deleted


def _is_held(rationale: Rationale) -> bool:
    """Whether something that may not lose it, such as a study, refers to it."""
    try:
        Collector(using=rationale._state.db or "default", origin=rationale).collect([rationale])
    except ProtectedError:
        return True
    return False

"""People asked to write: made, invited, closed; and what they handed in becomes rationales.

Knows: that their texts come in as any file does, by the import, into a source of kind human. Does
not know: what a writer does at their page (writing_texts.py), or who rates what they wrote.
"""

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import median_high

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from generation.models import QuestionSet, Rationale, Source, Writer, Writing, WrittenText, new_code
from generation.services.imports import RationalesImported, rationales_import, text_digest
from generation.services.sources import SourceRefused, source_create

MOST_WRITERS = 500
MOST_OF_A_WRITER = 1000
LONGEST_WORDS = 20_000


class WritingRefused(Exception):
    """Why people cannot be asked, or their texts not taken, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class WriterLine:
    """How far a writer is; of the texts, never what they say."""

    name: str
    code: str
    given: int
    written: int
    left: int
    minutes: float | None
    has_agreed: bool
    has_withdrawn: bool


@dataclass(frozen=True, slots=True)
class WritingProgress:
    """`verdicts` of what was handed in; `taken` became rationales, `waiting` can be taken over."""

    writers: tuple[WriterLine, ...]
    questions: int
    covered: int
    verdicts: dict[str, int]
    taken: int
    waiting: int


def writing_create(
    *,
    owner: User,
    source_name: str,
    question_set: QuestionSet,
    now: datetime,
    questions_per_writer: int | None = None,
    shows_answer: bool = False,
    consent: str = "",
    instructions: str = "",
    minutes: int | None = None,
) -> Writing:
    """Ask people to write for a set, as a source of kind human that is made where it is absent."""
    number = question_set.questions.count()
    each = questions_per_writer
    if each is not None and not 1 <= each <= min(number, MOST_OF_A_WRITER):
        most = min(number, MOST_OF_A_WRITER)
        raise WritingRefused(
            f"A writer cannot be given {each} questions: '{question_set.name}' has {number}; ask "
            f"for 1 to {most}, or leave it empty."
        )
    if each is None and number > MOST_OF_A_WRITER:
        raise WritingRefused(
            f"'{question_set.name}' has {number} questions; say how many a writer gets, "
            f"{MOST_OF_A_WRITER} at most."
        )
    try:
        with transaction.atomic():
            return Writing.objects.create(
                owner=owner,
                source=_source(source_name, now),
                question_set=question_set,
                questions_per_writer=each,
                shows_answer=shows_answer,
                consent=_plain(consent),
                instructions=_plain(instructions),
                minutes=minutes,
                created_at=now,
            )
    except IntegrityError:
        raise WritingRefused(
            f"People write as '{source_name}' for '{question_set.name}' already; add writers there."
        ) from None


def invitation_switch(*, writing: Writing, on: bool) -> None:
    """Let anyone who has the invitation join, or nobody. One that was switched off stays dead."""
    writing.invitation_code = new_code() if on and not writing.closed_at else None
    writing.save(update_fields=["invitation_code"])


def writing_close(*, writing: Writing, now: datetime) -> None:
    """Nothing more is written; what was handed in stays, and can be taken over as before."""
    writing.closed_at, writing.invitation_code = writing.closed_at or now, None
    writing.save(update_fields=["closed_at", "invitation_code"])


def writers_add(*, writing: Writing, count: int, now: datetime) -> list[Writer]:
    if not 1 <= count <= MOST_WRITERS:
        raise WritingRefused(f"{count} writers cannot be added; 1 to {MOST_WRITERS} can.")
    with transaction.atomic():
        locked = Writing.objects.select_for_update(no_key=True).get(pk=writing.pk)
        if locked.closed_at:
            raise WritingRefused("This writing is closed: it takes no more writers.")
        taken = set(locked.writers.values_list("name", flat=True))
        names = (f"Writer {n}" for n in itertools.count(len(taken) + 1))
        free = itertools.islice((name for name in names if name not in taken), count)
        return Writer.objects.bulk_create(
            Writer(writing=locked, name=name, created_at=now) for name in free
        )


def writing_take(*, writing: Writing, user: User, now: datetime) -> RationalesImported:
    """What was handed in and not taken before becomes rationales, by the import as any file does.

    Refused by ImportRefused where the import refuses it. What a writer took back is not taken.
    """
    with transaction.atomic():
        # The writing first, as withdrawing does; then the texts, as handing one in does.
        Writing.objects.select_for_update(no_key=True).get(pk=writing.pk)
        waiting = _waiting(writing).select_for_update(no_key=True, of=("self",))
        texts = list(waiting.select_related("question").order_by("pk"))
        if not texts:
            raise WritingRefused("Nothing was handed in since texts were last taken over.")
        imported = rationales_import(
            lines=(_line(writing, each) for each in texts),
            format="jsonl",
            set_name=writing.question_set.name,
            user=user,
            now=now,
        )
        made = _rationales(writing)
        for each in texts:
            each.rationale_id = made[each.question_id, text_digest(each.text)]
        WrittenText.objects.bulk_update(texts, ["rationale"], batch_size=500)
    return imported


def writing_progress(*, writing: Writing) -> WritingProgress:
    texts = WrittenText.objects.filter(writer__writing=writing)
    own: dict[int, list[WrittenText]] = {}
    for each in texts.defer("text"):
        own.setdefault(each.writer_id, []).append(each)
    in_hand = [each for each in itertools.chain(*own.values()) if each.state == "written"]
    return WritingProgress(
        writers=tuple(_writer(each, own.get(each.pk, [])) for each in writing.writers.all()),
        questions=writing.question_set.questions.count(),
        covered=len({each.question_id for each in in_hand}),
        verdicts=dict(Counter(each.verdict for each in in_hand)),
        taken=sum(each.rationale_id is not None for each in in_hand),
        waiting=_waiting(writing).count(),
    )


def _writer(writer: Writer, texts: list[WrittenText]) -> WriterLine:
    spans = [
        (each.handed_in_at - each.begun_at).total_seconds() / 60
        for each in texts
        if each.handed_in_at and each.begun_at
    ]
    states = Counter(each.state for each in texts)
    return WriterLine(
        name=writer.name,
        code=writer.code,
        given=len(texts),
        written=states[WrittenText.State.WRITTEN],
        left=states[WrittenText.State.LEFT],
        minutes=median_high(spans) if spans else None,
        has_agreed=writer.agreed_at is not None,
        has_withdrawn=writer.withdrawn_at is not None,
    )


def _waiting(writing: Writing):  # type: ignore[no-untyped-def]
    return WrittenText.objects.filter(
        writer__writing=writing, state=WrittenText.State.WRITTEN, rationale=None
    )


def _line(writing: Writing, written: WrittenText) -> str:
    return json.dumps(
        {
            "question_id": written.question.key,
            "source": writing.source.name,
            "text": written.text,
        }
    )


def _rationales(writing: Writing) -> dict[tuple[int, str], int]:
    """The source's imported texts of the set, by question and digest."""
    found = Rationale.objects.filter(
        source=writing.source, question__question_set=writing.question_set
    ).exclude(import_digest="")
    return {
        (question, digest): pk
        for pk, question, digest in found.values_list("pk", "question_id", "import_digest")
    }


def _source(name: str, now: datetime) -> Source:
    found = Source.objects.filter(name=name.strip()).first()
    if found is None:
        try:
            return source_create(name=name, kind=Source.Kind.HUMAN, now=now)
        except SourceRefused as refused:
            raise WritingRefused(str(refused)) from None
    if found.kind != Source.Kind.HUMAN or found.model:
        raise WritingRefused(
            f"'{found.name}' is {found.get_kind_display()}, not human; name another source."
        )
    return found


def _plain(text: str) -> str:
    if len(text) > LONGEST_WORDS or "\0" in text:
        raise WritingRefused(f"Texts for writers have at most {LONGEST_WORDS:,} characters.")
    return text.replace("\r\n", "\n").strip()

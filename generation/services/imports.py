"""Writes what files hold: questions and rationales, with a verdict on each.

Knows: that a file is taken whole or not at all, and that the same file twice adds nothing. Does
not know: file formats (generation.datasets) or how an answer is found (generation.answers). Reads
and judges before the transaction opens, so that nobody waits for it longer than rows take.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from generation.datasets import Item, parse_questions, parse_rationales
from generation.datasets.items import BadLine, QuestionItem, RationaleItem
from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from generation.services.bad_lines import BadLines, ImportRefused
from generation.services.verdicts import Verdicts

ROWS_AT_ONCE = 1000
LONGEST_NAME = 200
HUMAN_SOURCES = {"gsm8k-solutions": {"human"}, "cos-e": {"cos-e"}}


@dataclass(frozen=True)
class QuestionsImported:
    question_set: QuestionSet
    read: int
    added: int
    present: int


@dataclass
class SourceCounts:
    read: int = 0
    added: int = 0
    right: int = 0
    wrong: int = 0
    declared: int = 0
    unparsed: int = 0


@dataclass(frozen=True)
class RationalesImported:
    question_set: QuestionSet
    questions_added: int
    sources: dict[str, SourceCounts] = field(default_factory=dict)


def questions_import(
    *,
    lines: Iterable[str],
    format: str,
    set_name: str,
    user: User | None,
    now: datetime,
) -> QuestionsImported:
    """Add a file's questions to the named set, which is made where it is absent."""
    items = _sorted_out(parse_questions(lines, format), bad_lines := BadLines())
    with transaction.atomic():
        question_set = _question_set(set_name, user, now)
        _, added = _add_questions(question_set, items, bad_lines)
        bad_lines.refuse()
    return QuestionsImported(question_set, len(items), added, len(items) - added)


def rationales_import(
    *,
    lines: Iterable[str],
    format: str,
    set_name: str,
    user: User | None,
    now: datetime,
) -> RationalesImported:
    """Add a file's rationales, each to its question; formats that carry questions add these too."""
    items = _sorted_out(parse_rationales(lines, format), bad_lines := BadLines())
    carried = [item.question for item in items if item.question]
    verdicts = _judged_beforehand(set_name, items, carried)
    with transaction.atomic():
        question_set = _question_set(set_name, user, now)
        known, questions_added = _add_questions(question_set, carried, bad_lines)
        paired, unpaired = _with_questions(items, known)
        for item, found in unpaired:
            bad_lines.add(BadLine(item.line, _unpaired(item, question_set, found)))
        _refuse_models(items, bad_lines)
        bad_lines.refuse()
        counts = _add_rationales(question_set, paired, verdicts, bad_lines, format, user, now)
        bad_lines.refuse()
    return RationalesImported(question_set, questions_added, counts)


def _sorted_out(parsed: Iterable[Item | BadLine], bad_lines: BadLines) -> list[Item]:
    items: list[Item] = []
    line: Item | BadLine | None = None
    for line in parsed:
        if isinstance(line, BadLine):
            bad_lines.add(line)
        else:
            items.append(line)
    if line is None:
        bad_lines.add(BadLine(1, "the file holds no lines; choose another file or format"))
    return items


def _judged_beforehand(
    set_name: str, items: list[RationaleItem], carried: list[QuestionItem]
) -> Verdicts:
    """Verdicts by the questions as they stand now; what differs later is judged again then."""
    known = {each.key: each for each in Question.objects.filter(question_set__name=set_name)}
    known |= {item.key: _question(item) for item in carried if item.key not in known}
    verdicts = Verdicts()
    for item, question in _with_questions(items, known)[0]:
        verdicts.of(item, question)
    return verdicts


def _question(item: QuestionItem) -> Question:
    choices = [choice._asdict() for choice in item.choices]
    content = {"text": item.text, "gold_answer": item.gold_answer, "solution": item.solution}
    return Question(key=item.key, choices=choices, **content)


def _question_set(name: str, user: User | None, now: datetime) -> QuestionSet:
    """The set of this name, ours until the transaction ends: imports into one set take turns."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ImportRefused([BadLine(1, f"a set's name has 1 to {LONGEST_NAME} printable letters")])
    return QuestionSet.objects.select_for_update(no_key=True).get_or_create(
        name=name, defaults={"created_by": user, "created_at": now}
    )[0]


def _add_questions(
    question_set: QuestionSet, items: list[QuestionItem], bad_lines: BadLines
) -> tuple[dict[str, Question], int]:
    """The set's questions by key once the items are in, and how many were new."""
    known = {question.key: question for question in question_set.questions.all()}
    fresh: dict[str, Question] = {}
    for item in items:
        question = _question(item)
        question.question_set = question_set
        present = known.get(item.key)
        if present is None:
            fresh.setdefault(item.key, question)
        elif _content(present) != _content(question):
            bad_lines.add(
                BadLine(
                    item.line,
                    f"the question '{item.key}' is in '{question_set.name}' with another text, "
                    "choices or answer; import it into a set of another name",
                )
            )
    Question.objects.bulk_create(fresh.values(), batch_size=ROWS_AT_ONCE)
    return known | fresh, len(fresh)


def _content(question: Question) -> tuple[str, list, str]:
    return question.text, question.choices, question.gold_answer


def _with_questions(
    items: list[RationaleItem], known: dict[str, Question]
) -> tuple[list[tuple[RationaleItem, Question]], list[tuple[RationaleItem, int]]]:
    """Items with their question; and those without one, with the number of questions found."""
    by_text: dict[str, list[Question]] = {}
    for question in known.values():
        by_text.setdefault(question.text, []).append(question)
    paired, unpaired = [], []
    for item in items:
        key = item.question.key if item.question else item.question_key
        named = [known[key]] if key in known else []
        found = by_text.get(item.question_text or "", []) if key is None else named
        if len(found) == 1:
            paired.append((item, found[0]))
        else:
            unpaired.append((item, len(found)))
    return paired, unpaired


def _unpaired(item: RationaleItem, question_set: QuestionSet, found: int) -> str:
    key = item.question.key if item.question else item.question_key
    wanted = key if key is not None else item.question_text
    if found:
        return f"{found} questions of '{question_set.name}' read '{wanted:.80}'; give 'question_id'"
    return (
        f"no question '{wanted:.80}' in '{question_set.name}'; import the questions "
        "first, or name the set that holds them"
    )


def _refuse_models(items: list[RationaleItem], bad_lines: BadLines) -> None:
    """A source that a model writes here takes no texts from a file: they would pass for its own."""
    first_line: dict[str, int] = {}
    for item in items:
        first_line.setdefault(item.source, item.line)
    for source in Source.objects.filter(name__in=first_line).exclude(model=""):
        reason = (
            f"the source '{source.name}' is written by the model {source.model} here; give the "
            "imported texts a source of another name"
        )
        bad_lines.add(BadLine(first_line[source.name], reason))


def _is_anothers(batch: GenerationBatch) -> bool:
    """Whether another researcher imported what the source holds in the set; admins may add."""
    user = batch.created_by
    if user is None or user.is_superuser:
        return False
    of_source = batch.source.batches.filter(
        question_set=batch.question_set, kind=GenerationBatch.Kind.IMPORT
    )
    return of_source.exclude(created_by=None).exclude(created_by=user).exists()


def _add_rationales(
    question_set: QuestionSet,
    paired: list[tuple[RationaleItem, Question]],
    verdicts: Verdicts,
    bad_lines: BadLines,
    format: str,
    user: User | None,
    now: datetime,
) -> dict[str, SourceCounts]:
    counts: dict[str, SourceCounts] = {}
    by_source: dict[str, list[tuple[RationaleItem, Question]]] = {}
    for item, question in paired:
        by_source.setdefault(item.source, []).append((item, question))
    for name, own in by_source.items():
        is_human = name in HUMAN_SOURCES.get(format, ())
        kind = Source.Kind.HUMAN if is_human else Source.Kind.IMPORTED
        source, _ = Source.objects.get_or_create(
            name=name, defaults={"kind": kind, "created_at": now}
        )
        batch = GenerationBatch(
            source=source,
            question_set=question_set,
            kind=GenerationBatch.Kind.IMPORT,
            state=GenerationBatch.State.DONE,
            created_by=user,
            created_at=now,
            started_at=now,
            finished_at=now,
        )
        counts[name] = _add_of_source(batch, own, verdicts, now)
        if counts[name].added and _is_anothers(batch):
            reason = (
                f"the source '{name}' holds texts in '{question_set.name}' that another researcher "
                "imported; give yours a source of another name"
            )
            bad_lines.add(BadLine(own[0][0].line, reason))
    return counts


def text_digest(text: str) -> str:
    """By which a text of a source is known again: the same one twice adds nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def _add_of_source(
    batch: GenerationBatch,
    own: list[tuple[RationaleItem, Question]],
    verdicts: Verdicts,
    now: datetime,
) -> SourceCounts:
    counts = SourceCounts()
    present = set(
        Rationale.objects.filter(source=batch.source, question__question_set=batch.question_set)
        .exclude(import_digest="")
        .values_list("question_id", "import_digest")
    )
    rows: list[Rationale] = []
    samples: dict[int, int] = {}
    for item, question in own:
        counts.read += 1
        judgement = verdicts.of(item, question)
        setattr(counts, judgement.verdict, getattr(counts, judgement.verdict) + 1)
        digest = text_digest(item.text)
        if (question.pk, digest) in present:
            continue
        present.add((question.pk, digest))
        sample = samples[question.pk] = samples.get(question.pk, -1) + 1
        rows.append(
            Rationale(
                batch=batch,
                source=batch.source,
                question=question,
                sample_index=sample,
                text=item.text,
                answer=judgement.answer[:200],
                verdict=judgement.verdict,
                reason=judgement.reason[:300],
                import_digest=digest,
                created_at=now,
            )
        )
    counts.added = len(rows)
    if rows:
        batch.save()
        Rationale.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return counts

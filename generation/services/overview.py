"""What the workshop's pages show of batches, sources and rationales, as plain values.

Counts in the database, with a number of queries that does not grow with the rows. Writes nothing,
and does not know who asks: which question sets a person works with is in generation/access.py, and
nothing of any other set is shown or counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from generation.models import GenerationBatch, GenerationChunk, QuestionSet, Rationale, Source
from generation.services.batches import ALIVE
from generation.steps import is_right_by_wrong_reasoning

MOST_READ = 5000

_RIGHT = Q(verdict__in=[Rationale.Verdict.RIGHT, Rationale.Verdict.DECLARED])
_PLAIN = Q(hinted=False)
_VERDICTS = {
    "right": Count("pk", filter=_PLAIN & _RIGHT),
    "wrong": Count("pk", filter=_PLAIN & Q(verdict=Rationale.Verdict.WRONG)),
    "unparsed": Count("pk", filter=_PLAIN & Q(verdict=Rationale.Verdict.UNPARSED)),
    "with_hint": Count("pk", filter=~_PLAIN),
    "right_with_hint": Count("pk", filter=~_PLAIN & _RIGHT),
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Rationales by verdict. Rationalizations saw the gold answer, so they are counted apart."""

    right: int = 0
    wrong: int = 0
    unparsed: int = 0
    with_hint: int = 0
    right_with_hint: int = 0

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.unparsed

    @property
    def share(self) -> float | None:
        """Of the rationales without a hint, the percent that reach the gold answer."""
        return 100 * self.right / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class BatchLine:
    pk: int
    source: str
    question_set: str
    state: str
    running: bool
    chunks: int
    chunks_done: int
    verdicts: Verdicts
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class SetShare:
    """What a source wrote for one question set."""

    pk: int
    name: str
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class SourceLine:
    pk: int
    name: str
    kind: str
    model: str
    revision: str
    prompt: str
    style: str
    parent: str
    server: str
    sets: tuple[SetShare, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch was asked for, and what of it is not yet written."""

    questions: int
    rationales: int
    missing: int
    chunks_missing: int
    chunks_in_hand: int


def generation_batches(*, sets: QuerySet[QuestionSet]) -> QuerySet[GenerationBatch]:
    """The batches that models write; an import has no progress and nothing to stop."""
    kept = GenerationBatch.objects.filter(
        kind=GenerationBatch.Kind.GENERATION, question_set__in=sets
    )
    return kept.select_related("source", "question_set", "created_by")


def batch_lines(*, batches: Iterable[GenerationBatch]) -> list[BatchLine]:
    batches = list(batches)
    ids = [batch.pk for batch in batches]
    verdicts = batch_verdicts(batch_ids=ids)
    done = Q(state=GenerationChunk.State.DONE)
    chunks = {
        pk: (count, count_done)
        for pk, count, count_done in GenerationChunk.objects.filter(batch__in=ids)
        .order_by()
        .values_list("batch")
        .annotate(n=Count("pk"), n_done=Count("pk", filter=done))
    }
    return [
        BatchLine(
            pk=batch.pk,
            source=batch.source.name,
            question_set=batch.question_set.name,
            state=batch.state,
            running=batch.state in ALIVE,
            chunks=chunks.get(batch.pk, (0, 0))[0],
            chunks_done=chunks.get(batch.pk, (0, 0))[1],
            verdicts=verdicts[batch.pk],
            created_at=batch.created_at,
            created_by=batch.created_by.get_username() if batch.created_by else "",
        )
        for batch in batches
    ]


def batch_verdicts(*, batch_ids: list[int]) -> dict[int, Verdicts]:
    counted = Rationale.objects.filter(batch__in=batch_ids).order_by().values("batch")
    found = {row["batch"]: _verdicts(row) for row in counted.annotate(**_VERDICTS)}
    return {pk: found.get(pk, Verdicts()) for pk in batch_ids}


def batch_plan(*, batch: GenerationBatch) -> Plan:
    """In rationales without a hint: how many more a hint brings depends on what fails."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for state, ids in batch.chunks.values_list("state", "question_ids"):
        sizes[state].append(len(ids))
    done = sizes.pop(GenerationChunk.State.DONE, [])
    missing = [size for each in sizes.values() for size in each]
    return Plan(
        questions=sum(done) + sum(missing),
        rationales=batch.samples * (sum(done) + sum(missing)),
        missing=batch.samples * sum(missing),
        chunks_missing=len(missing),
        chunks_in_hand=len(sizes[GenerationChunk.State.RUNNING]),
    )


def batch_latest(*, batch: GenerationBatch, most: int = 6) -> list[dict[str, Any]]:
    """What was written last, each with its question; of each question its first sample."""
    return list(_with_question(batch.rationales.filter(sample_index=0).order_by("-pk"))[:most])


def source_lines(*, sets: QuerySet[QuestionSet]) -> list[SourceLine]:
    """Every source; of what it wrote, only what it wrote for these sets."""
    shares = defaultdict(list)
    counted = (
        Rationale.objects.filter(batch__question_set__in=sets)
        .order_by("batch__question_set__name")
        .values("source", set_pk=F("batch__question_set"), name=F("batch__question_set__name"))
    )
    for row in counted.annotate(**_VERDICTS):
        shares[row["source"]].append(SetShare(row["set_pk"], row["name"], _verdicts(row)))
    return [
        SourceLine(
            pk=source.pk,
            name=source.name,
            kind=source.get_kind_display(),
            model=source.model,
            revision=source.revision,
            prompt=source.prompt,
            style=source.style,
            parent=source.parent.name if source.parent else "",
            server=source.server,
            sets=tuple(shares[source.pk]),
        )
        for source in Source.objects.select_related("parent")
    ]


def source_sets(*, source: Source, sets: QuerySet[QuestionSet]) -> QuerySet[QuestionSet]:
    """Those of the sets that the source wrote for, or is about to."""
    return sets.filter(batches__source=source).distinct()


def source_rationales(
    *,
    source: Source,
    sets: QuerySet[QuestionSet],
    question_set: int | None,
    verdict: str = "",
    hinted: bool | None = None,
    by_wrong_steps: bool = False,
) -> QuerySet[Rationale, Any]:
    """Question by question, so that what a source says of one stands together."""
    found = source.rationales.filter(batch__question_set__in=sets).order_by(
        "question", "batch", "sample_index", "hinted"
    )
    if question_set:
        found = found.filter(batch__question_set=question_set)
    if verdict:
        found = found.filter(verdict=verdict)
    if hinted is not None:
        found = found.filter(hinted=hinted)
    if by_wrong_steps:
        found = found.filter(pk__in=_by_wrong_steps(found))
    return _with_question(found)


def _by_wrong_steps(found: QuerySet[Rationale]) -> list[int]:
    """Right answers that wrong reasoning reached, of the first few thousand: each text is read."""
    right = found.filter(verdict=Rationale.Verdict.RIGHT)[:MOST_READ]
    return [
        pk
        for pk, text, asked in right.values_list("pk", "text", "question__text")
        if is_right_by_wrong_reasoning(text, asked, right=True)
    ]


def _verdicts(row: Mapping[str, Any]) -> Verdicts:
    return Verdicts(*(row[name] for name in _VERDICTS))


def _with_question(rationales: QuerySet[Rationale]) -> QuerySet[Rationale, Any]:
    """`batch` and `number` tell two samples of one question apart."""
    return rationales.values(
        "text", "answer", "verdict", "reason", "prompt", "hinted", "seed", "tokens", "batch",
        "question",
        number=F("sample_index") + 1,
        asked=F("question__text"),
        choices=F("question__choices"),
        gold_answer=F("question__gold_answer"),
    )  # fmt: skip

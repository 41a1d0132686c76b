"""Queues generation batches, follows them, stops them, and mends what was lost on the way.

Knows: batches as chunks whose state lives in the database and moves by compare-and-set. Does not
know: models or texts, nor how workers are told (services/sending.py); what a worker does with a
chunk is in services/chunks.py, which the web never imports.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from generation.models import (
    GenerationBatch,
    GenerationChunk,
    Question,
    QuestionSet,
    Rationale,
    Source,
)
from generation.prompts import prompt_hash
from generation.services.asking import source_prompt
from generation.services.sending import RUNNABLE, chunks_send, chunks_send_lost

MOST_ATTEMPTS = 5
MOST_SAMPLES = 256
MOST_NEW_TOKENS = 100_000
SEEDS = range(-(2**63), 2**63)  # what the column holds
ONLY_NUMBERS = ("gsm8k", "word-problems", "addition", "addition-columns")
ALIVE = (*RUNNABLE, GenerationBatch.State.PAUSED)
LEFT_TO_DO = (GenerationChunk.State.QUEUED, GenerationChunk.State.RUNNING)

ASKED = (
    "source",
    "question_set",
    "kind",
    "samples",
    "temperature",
    "seed",
    "rationalize",
    "max_new_tokens",
    "calculator",
)


class BatchRefused(Exception):
    """Why a batch cannot be queued or moved, as a sentence that says what to do."""


@dataclass(frozen=True)
class BatchProgress:
    """Counts for a page; verdicts are of what was written without a hint.

    `seconds_left` is None until a first chunk has been timed.
    """

    state: str
    chunks: int
    chunks_done: int
    chunks_failed: int
    rationales: int
    right: int
    wrong: int
    unparsed: int
    tokens: int
    tokens_per_second: float | None
    seconds_left: float | None
    problems: tuple[tuple[str, int], ...]

    @property
    def percent(self) -> int:
        return 100 * (self.chunks_done + self.chunks_failed) // self.chunks if self.chunks else 100


def batch_create(
    *,
    source: Source,
    question_set: QuestionSet,
    now: datetime,
    samples: int = 1,
    temperature: float = 0.0,
    seed: int = 0,
    rationalize: bool = False,
    max_new_tokens: int = 256,
    calculator: bool = False,
    priority: int = GenerationBatch.Priority.NORMAL,
    user: User | None = None,
) -> GenerationBatch:
    """Freeze the settings, cut the questions into chunks, and tell the workers; not twice."""
    _check(source, samples, temperature, max_new_tokens, seed)
    if calculator and source.server:
        raise BatchRefused("The calculator works in our own workers only, not on a server.")
    if priority not in GenerationBatch.Priority.values:
        raise BatchRefused(f"A priority is -1 (low), 0 or 1 (high), not {priority}.")
    by_key = question_set.questions.order_by("key")
    questions = list(by_key.values_list("pk", flat=True))
    if not questions:
        raise BatchRefused(f"'{question_set.name}' holds no questions; import some first.")
    if (source.style == "commonsenseqa" and by_key.filter(choices=[]).exists()) or (
        source.style in ONLY_NUMBERS and by_key.exclude(choices=[]).exists()
    ):
        raise BatchRefused(
            f"'{source.name}' asks in the format {source.style}, which does not fit every question "
            f"of '{question_set.name}': take a source with another style."
        )
    size = max(1, settings.CHUNK_ROWS // samples)
    asked: dict[str, Any] = {
        "source": source,
        "question_set": question_set,
        "kind": GenerationBatch.Kind.GENERATION,
        "samples": samples,
        "temperature": temperature,
        "seed": seed,
        "rationalize": rationalize,
        "max_new_tokens": max_new_tokens,
        "calculator": calculator,
    }
    with transaction.atomic():
        _refuse_a_twin(asked)
        batch = GenerationBatch.objects.create(
            **asked,
            priority=priority,
            state=GenerationBatch.State.QUEUED,
            prompt_hash=prompt_hash(source_prompt(source, by_key[0])),
            created_by=user,
            created_at=now,
        )
        GenerationChunk.objects.bulk_create(
            GenerationChunk(
                batch=batch, number=number, question_ids=questions[start : start + size]
            )
            for number, start in enumerate(range(0, len(questions), size))
        )
        transaction.on_commit(partial(chunks_send, now=now))
    return batch


def _refuse_a_twin(asked: dict[str, Any], but: int | None = None) -> None:
    """Under the source's lock: two clicks take turns."""
    Source.objects.select_for_update(no_key=True).get(pk=asked["source"].pk)
    same = GenerationBatch.objects.filter(~Q(pk=but), **asked, state__in=ALIVE).first()
    if same:
        raise BatchRefused(f"Batch {same.pk} is the same, and {same.state}; follow it instead.")


def batch_prompt_problem(*, batch: GenerationBatch) -> str:
    """A sentence where the batch's first question would now be asked in other words, else ""."""
    first = batch.chunks.order_by("number").values_list("question_ids", flat=True).first()
    question = Question.objects.filter(pk=first[0]).first() if first else None
    if question is None or prompt_hash(source_prompt(batch.source, question)) == batch.prompt_hash:
        return ""
    return (
        "The prompt is no longer the one that began this batch: the worked examples or the format "
        "changed, or the first question did. Put it back, or queue a new batch."
    )


def batch_cancel(*, batch: GenerationBatch, now: datetime) -> None:
    """Stop it: a chunk that is being written is thrown away, what is written stays."""
    moved = GenerationBatch.objects.filter(pk=batch.pk, state__in=ALIVE).update(
        state=GenerationBatch.State.CANCELLED, finished_at=now
    )
    if not moved:
        raise BatchRefused("This batch is over already; there is nothing to stop.")
    batch.refresh_from_db()


def batch_pause(*, batch: GenerationBatch) -> None:
    """Begin no more of it: a chunk that is being written is finished and kept."""
    moved = GenerationBatch.objects.filter(pk=batch.pk, state__in=RUNNABLE).update(
        state=GenerationBatch.State.PAUSED
    )
    if not moved:
        raise BatchRefused("Only a batch that is queued or running can pause.")
    batch.refresh_from_db()


def batch_resume(*, batch: GenerationBatch, now: datetime) -> None:
    """Go on with what is missing: chunks never begun, thrown away or failed.

    After a pause what is in a worker's hand stays there, and what failed stays failed.
    """
    if problem := batch_prompt_problem(batch=batch):
        raise BatchRefused(problem)
    with transaction.atomic():
        if batch.kind == GenerationBatch.Kind.GENERATION:
            _refuse_a_twin({name: getattr(batch, name) for name in ASKED}, but=batch.pk)
        waiting = batch.chunks.filter(state=GenerationChunk.State.QUEUED)
        paused = GenerationBatch.objects.filter(pk=batch.pk, state=GenerationBatch.State.PAUSED)
        if paused.update(state=GenerationBatch.State.QUEUED):
            waiting.update(sent_at=None)
        elif not GenerationBatch.objects.filter(
            pk=batch.pk,
            kind=GenerationBatch.Kind.GENERATION,
            state__in=[GenerationBatch.State.CANCELLED, GenerationBatch.State.FAILED],
        ).update(state=GenerationBatch.State.QUEUED, finished_at=None, problem=""):
            raise BatchRefused("Only a paused, stopped or failed batch can go on.")
        else:
            # Attempts only ever grow: whoever still writes a chunk under an old number has lost it.
            batch.chunks.exclude(state=GenerationChunk.State.DONE).update(
                state=GenerationChunk.State.QUEUED,
                sent_at=None,
                lease_until=None,
                attempts=F("attempts") + MOST_ATTEMPTS - F("attempts") % MOST_ATTEMPTS,
                problem="",
            )
        transaction.on_commit(partial(chunks_send, now=now))
    batch.refresh_from_db()
    batch_finish(batch_id=batch.pk, now=now)


def batch_finish(*, batch_id: int, now: datetime) -> bool:
    """Close a batch none of whose chunks is left to do. True for the one call that closed it."""
    chunks = GenerationChunk.objects.filter(batch=OuterRef("pk"))
    failed = chunks.filter(state=GenerationChunk.State.FAILED).order_by("number")
    # One statement: a chunk that fails meanwhile is either seen by all of it or by none.
    return bool(
        GenerationBatch.objects.filter(
            ~Exists(chunks.filter(state__in=LEFT_TO_DO)), pk=batch_id, state__in=ALIVE
        ).update(
            state=Case(
                When(Exists(failed), then=Value(GenerationBatch.State.FAILED.value)),
                default=Value(GenerationBatch.State.DONE.value),
            ),
            problem=Coalesce(Subquery(failed.values("problem")[:1]), Value("")),
            finished_at=now,
        )
    )


def batches_sweep(*, now: datetime) -> int:
    """Mend what was lost; how many chunks were sent.

    1. The chunk of a worker that died goes back to the queue; after five deaths it fails.
    2. A batch whose last worker died before it could close the batch is closed.
    3. What was never sent is sent, a few at a time; what was sent long ago is sent again, once
       nothing is on its way any more.
    """
    for chunk in GenerationChunk.objects.filter(
        state=GenerationChunk.State.RUNNING, lease_until__lt=now
    ):
        _put_back(chunk, now)
    unclosed = GenerationBatch.objects.filter(
        kind=GenerationBatch.Kind.GENERATION, state__in=ALIVE
    ).exclude(chunks__state__in=LEFT_TO_DO)
    for batch_id in list(unclosed.values_list("pk", flat=True)):
        batch_finish(batch_id=batch_id, now=now)
    return chunks_send_lost(now=now)


def _put_back(chunk: GenerationChunk, now: datetime) -> None:
    if chunk.attempts % MOST_ATTEMPTS == 0:
        problem = (
            f"This chunk was lost {MOST_ATTEMPTS} times: the worker died, or the database did not "
            "answer it; the worker's log says more."
        )
        chunk_fail(chunk=chunk, problem=problem, now=now)
        return
    GenerationChunk.objects.filter(
        pk=chunk.pk,
        state=GenerationChunk.State.RUNNING,
        attempts=chunk.attempts,
        lease_until__lt=now,
    ).update(state=GenerationChunk.State.QUEUED, lease_until=None, sent_at=None)


def chunk_fail(*, chunk: GenerationChunk, problem: str, now: datetime) -> None:
    """One chunk fails alone, with its reason; the others of its batch go on."""
    moved = GenerationChunk.objects.filter(
        pk=chunk.pk, state=GenerationChunk.State.RUNNING, attempts=chunk.attempts
    ).update(state=GenerationChunk.State.FAILED, lease_until=None, problem=problem)
    if moved:
        batch_finish(batch_id=chunk.batch_id, now=now)


def batch_progress(*, batch: GenerationBatch) -> BatchProgress:
    chunks = batch.chunks.aggregate(
        n=Count("id"),
        done=Count("id", filter=Q(state=GenerationChunk.State.DONE)),
        failed=Count("id", filter=Q(state=GenerationChunk.State.FAILED)),
        in_hand=Count("id", filter=Q(state=GenerationChunk.State.RUNNING)),
        tokens=Sum("tokens"),
        seconds=Sum("seconds"),
    )
    written = Rationale.objects.filter(batch=batch).order_by()
    unaided = written.filter(hinted=False).values("verdict").annotate(n=Count("id"))
    verdicts = dict(unaided.values_list("verdict", "n"))
    problems = (
        batch.chunks.filter(state=GenerationChunk.State.FAILED)
        .order_by()
        .values("problem")
        .annotate(n=Count("id"))
        .values_list("problem", "n")
    )
    seconds, done = chunks["seconds"] or 0.0, chunks["done"]
    left = chunks["n"] - done - chunks["failed"]
    running = batch.state in RUNNABLE
    at_once = max(1, chunks["in_hand"])  # as many workers as have a chunk just now
    return BatchProgress(
        state=batch.state,
        chunks=chunks["n"],
        chunks_done=done,
        chunks_failed=chunks["failed"],
        rationales=written.count(),
        right=verdicts.get("right", 0) + verdicts.get("declared", 0),
        wrong=verdicts.get("wrong", 0),
        unparsed=verdicts.get("unparsed", 0),
        tokens=chunks["tokens"] or 0,
        tokens_per_second=at_once * chunks["tokens"] / seconds if seconds else None,
        seconds_left=left * seconds / done / at_once if running and done else None,
        problems=tuple(problems),
    )


def _check(
    source: Source, samples: int, temperature: float, max_new_tokens: int, seed: int
) -> None:
    if not source.model:
        raise BatchRefused(f"'{source.name}' has no model: its rationales are imported.")
    if not 1 <= samples <= MOST_SAMPLES:
        raise BatchRefused(f"Samples per question go from 1 to {MOST_SAMPLES}, not {samples}.")
    if not 0 <= temperature <= 5:
        raise BatchRefused(f"The temperature goes from 0 (greedy) to 5, not {temperature}.")
    if temperature == 0 and samples > 1:
        raise BatchRefused("Greedy samples are all alike: raise the temperature, or take one.")
    if not 1 <= max_new_tokens <= MOST_NEW_TOKENS:
        raise BatchRefused(
            f"A rationale has 1 to {MOST_NEW_TOKENS:,} tokens at most, not {max_new_tokens}."
        )
    if seed not in SEEDS:
        raise BatchRefused(f"The seed {seed} is too large; use one of at most 18 digits.")

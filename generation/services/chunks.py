"""What a worker does with one chunk: take it, write its rationales, store them all or none.

Who writes is for services/backends.py to say. A chunk is the unit of everything: it is written by
one worker under a lease that a heartbeat renews, and stored in one transaction that holds only if
this attempt still owns the chunk. So it may run twice and stores once, and since a row's seed comes
from the batch's seed, the question's key and the sample's number, a second run writes the same
texts.
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from generation import prompts
from generation.answers import Judgement, extract, judge
from generation.heartbeat import heartbeat
from generation.lm.backend import Backend, Sampled
from generation.lm.calculator import computed
from generation.models import GenerationBatch, GenerationChunk, Question, Rationale
from generation.services.asking import asked, source_prompt, source_training_text
from generation.services.backends import source_backend
from generation.services.batches import (
    ALIVE,
    RUNNABLE,
    batch_finish,
    batch_prompt_problem,
    chunk_fail,
)
from generation.services.failures import BatchChanged, failure_sentence, is_full_disk
from generation.services.sending import chunks_send
from generation.services.training import runs_advance

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One rationale to be written: which sample of which question, and from what prompt."""

    question: Question
    sample_index: int
    hinted: bool
    prompt: str
    seed: int


class NotOurs(Exception):
    """Another worker, or a stopped batch, took this attempt's chunk away."""


def chunk_run(*, chunk_id: int) -> None:
    """Take a chunk and write it. A chunk that is taken, done or stopped is left alone."""
    chunk = _taken(chunk_id, timezone.now())
    if chunk is None:
        return
    lease = settings.CHUNK_LEASE_SECONDS
    try:
        with heartbeat(partial(_renew, chunk, lease), seconds=lease / 3):
            chunks_send(now=timezone.now())  # this one is no longer on its way
            started = time.monotonic()
            if problem := batch_prompt_problem(batch=chunk.batch):
                raise BatchChanged(problem)
            backend = source_backend(chunk.batch.source)
            _check_same(chunk.batch, backend)
            rows, sampled = _written(chunk, backend)
            seconds = time.monotonic() - started
            rationales = _rationales(chunk.batch, rows, sampled)
        with transaction.atomic():
            _close(chunk, sum(s.tokens for s in sampled), seconds)
            _store(chunk.batch, rationales, backend)
        if batch_finish(batch_id=chunk.batch_id, now=timezone.now()):
            runs_advance(batch_id=chunk.batch_id, now=timezone.now())
    except NotOurs:
        log.info("Chunk %s was taken away; what it wrote is thrown away.", chunk_id)
    except Exception as problem:
        if isinstance(problem, OperationalError | InterfaceError) and not is_full_disk(problem):
            log.exception("Chunk %s is left to the sweeper: the database does not answer", chunk_id)
            return
        log.exception("Chunk %s failed", chunk_id)
        chunk_fail(chunk=chunk, problem=failure_sentence(problem), now=timezone.now())


def row_seed(batch_seed: int, question_key: str, sample_index: int, hinted: bool) -> int:
    """A seed of 63 bits that depends on nothing that a database numbers."""
    name = f"{batch_seed}/{question_key}/{sample_index}/{'hinted' if hinted else 'plain'}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1


def _batch_in(states: tuple[str, ...]) -> Exists:
    """A condition on chunks, of their batch, that joins nothing.

    With a join an UPDATE would read its rows in a subquery, and on PostgreSQL who waited for a row
    would not look at its state again.
    """
    return Exists(GenerationBatch.objects.filter(pk=OuterRef("batch_id"), state__in=states))


def _taken(chunk_id: int, now: datetime) -> GenerationChunk | None:
    moved = GenerationChunk.objects.filter(
        _batch_in(RUNNABLE), pk=chunk_id, state=GenerationChunk.State.QUEUED
    ).update(
        state=GenerationChunk.State.RUNNING,
        attempts=F("attempts") + 1,
        lease_until=now + timedelta(seconds=settings.CHUNK_LEASE_SECONDS),
    )
    if not moved:
        return None
    chunk = GenerationChunk.objects.select_related("batch__source").get(pk=chunk_id)
    GenerationBatch.objects.filter(pk=chunk.batch_id, state=GenerationBatch.State.QUEUED).update(
        state=GenerationBatch.State.RUNNING, started_at=now
    )
    return chunk


def _renew(chunk: GenerationChunk, lease: float) -> None:
    _own(chunk).update(lease_until=timezone.now() + timedelta(seconds=lease))


def _own(chunk: GenerationChunk):  # type: ignore[no-untyped-def]
    """The chunk's row as long as this very attempt holds it."""
    return GenerationChunk.objects.filter(
        pk=chunk.pk, state=GenerationChunk.State.RUNNING, attempts=chunk.attempts
    )


def _written(chunk: GenerationChunk, backend: Backend) -> tuple[list[Row], list[Sampled]]:
    batch, source = chunk.batch, chunk.batch.source
    questions = Question.objects.in_bulk(chunk.question_ids)
    present = [questions[pk] for pk in chunk.question_ids if pk in questions]
    plain = [
        Row(q, n, False, source_prompt(source, q), row_seed(batch.seed, q.key, n, False))
        for q in present
        for n in range(batch.samples)
    ]
    sampled = _sampled(chunk, backend, plain)
    if not batch.rationalize:
        return plain, sampled
    failed = [row for row, s in zip(plain, sampled, strict=True) if not _is_right(row, s)]
    hinted = [
        Row(
            row.question,
            row.sample_index,
            True,
            source_prompt(source, row.question, hint=True),
            row_seed(batch.seed, row.question.key, row.sample_index, True),
        )
        for row in failed
    ]
    return plain + hinted, sampled + _sampled(chunk, backend, hinted)


def _sampled(chunk: GenerationChunk, backend: Backend, rows: list[Row]) -> list[Sampled]:
    batch = chunk.batch
    forced: dict[str, Any] = {"force": computed} if batch.calculator else {}
    return backend.generate(
        [row.prompt for row in rows],
        temperature=batch.temperature,
        seeds=[row.seed for row in rows],
        max_new_tokens=batch.max_new_tokens,
        stop=prompts.stops(batch.source.style),
        progress=lambda _: _still_wanted(chunk),
        **forced,
    )


def _still_wanted(chunk: GenerationChunk) -> None:
    if not _own(chunk).filter(_batch_in(ALIVE)).exists():
        raise NotOurs


def _is_right(row: Row, sampled: Sampled) -> bool:
    return judged(row.question, sampled).verdict == Rationale.Verdict.RIGHT


def _kept(sampled: Sampled) -> str:
    """The text as stored; a model may write NUL, and PostgreSQL holds none."""
    return sampled.text.replace("\0", "").strip()


def judged(question: Question, sampled: Sampled) -> Judgement:
    """The verdict on a text. One that was cut off must state its answer: its last line is none."""
    item, text = asked(question), _kept(sampled)
    if not sampled.finished and not extract(text, item.choices, explicit_only=True).answer:
        return Judgement("unparsed", "", f"was cut off at {sampled.tokens} tokens")
    return judge(text, gold_answer=item.gold_answer, choices=item.choices)


def _close(chunk: GenerationChunk, tokens: int, seconds: float) -> None:
    """Done, if still this attempt's and the batch goes on; else nothing of it is stored."""
    done = _own(chunk).filter(_batch_in(ALIVE))
    if not done.update(
        state=GenerationChunk.State.DONE, lease_until=None, tokens=tokens, seconds=seconds
    ):
        raise NotOurs


def _rationales(batch: GenerationBatch, rows: list[Row], sampled: list[Sampled]) -> list[Rationale]:
    """What is to be stored, judged before a transaction holds the database."""
    now = timezone.now()
    made = []
    for row, written in zip(rows, sampled, strict=True):
        text = _kept(written)
        judgement = judged(row.question, written)
        made.append(
            Rationale(
                batch=batch,
                source=batch.source,
                question=row.question,
                sample_index=row.sample_index,
                hinted=row.hinted,
                text=text,
                answer=judgement.answer[:200],
                verdict=judgement.verdict,
                reason=judgement.reason[:300],
                prompt=row.prompt,
                training_text=source_training_text(batch.source, row.question, text),
                seed=row.seed,
                tokens=written.tokens,
                created_at=now,
            )
        )
    return made


def _store(batch: GenerationBatch, rationales: list[Rationale], backend: Backend) -> None:
    batches = GenerationBatch.objects.filter(pk=batch.pk)
    batches.filter(model_revision="").update(
        model_revision=backend.revision, conditions=backend.conditions
    )
    _check_same(batches.get(), backend)
    Rationale.objects.bulk_create(rationales, batch_size=1000)


def _check_same(batch: GenerationBatch, backend: Backend) -> None:
    """The weights, and the numbers that they are in, are those of the batch's first chunk."""
    begun_with, now = batch.model_revision, backend.revision
    if begun_with and now and begun_with != now:
        raise BatchChanged(
            f"The model is no longer the one that began this batch: it was {_short(begun_with)}, "
            f"now it is {_short(now)}. Put it back, or queue a new batch."
        )
    was, is_now = batch.conditions.get("dtype"), backend.conditions.get("dtype")
    if was and was != is_now:
        raise BatchChanged(
            f"This batch was begun in {was}, and the worker runs in {is_now}: set "
            "GENERATION_DTYPE back, or queue a new batch."
        )


def _short(revision: str) -> str:
    """A hash by its beginning; a server's model with its address whole."""
    return revision if " at " in revision else revision[:12]

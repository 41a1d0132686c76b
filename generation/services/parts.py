"""The parts of training runs: begun once, waited for, and read when they are done.

To write or to measure is a generation batch. To train or to score is held under a lease, by a
worker who is told that it is there (training_parts.py). Which part comes next is not known here.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from generation.models import (
    GenerationBatch,
    QuestionSet,
    Rationale,
    Source,
    TrainingPart,
    TrainingRun,
)
from generation.services.batches import ALIVE, batch_create
from generation.services.sending import log
from generation.services.training_settings import read_settings

TASK = "generation.tasks.train_part"
Name, State = TrainingPart.Name, TrainingPart.State


class Waiting(Exception):
    """A part of the run is under way."""


class PartFailed(Exception):
    """A part of the run failed; the text says why."""


@dataclass(frozen=True)
class Written:
    """A rationale as the algorithm needs it."""

    pk: int
    text: str
    is_right: bool


def batch_part(
    run: TrainingRun,
    loop: int,
    name: str,
    source: Source,
    question_set: QuestionSet,
    now: datetime,
) -> TrainingPart:
    """The part, once its batch is done."""
    part = run.parts.filter(loop=loop, name=name).select_related("batch").first()
    if part is None:
        begun = _batch_begun(run, loop, name, source, question_set, now)
        part = run.parts.create(loop=loop, name=name, batch=begun, sent_at=now)
    batch = part.batch
    if batch is None or batch.state in ALIVE:
        raise Waiting
    if batch.state != GenerationBatch.State.DONE:
        part.state = State.FAILED
        part.save(update_fields=["state"])
        why = batch.problem or "somebody stopped it"
        raise PartFailed(f"Batch {batch.pk} of loop {loop} is {batch.state}: {why}")
    if part.state != State.DONE:
        part.state = State.DONE
        part.save(update_fields=["state"])
    return part


def _batch_begun(
    run: TrainingRun,
    loop: int,
    name: str,
    source: Source,
    question_set: QuestionSet,
    now: datetime,
) -> GenerationBatch:
    """A new batch, or the same one where another run has just queued it."""
    asked = read_settings(run.settings)
    writes = name == Name.WRITE
    wanted: dict[str, Any] = {
        "source": source,
        "question_set": question_set,
        "temperature": asked.temperature if writes else 0.0,
        "seed": asked.seed * 1000 + loop,
        "rationalize": writes and asked.rationalizes,
        "max_new_tokens": asked.max_new_tokens,
    }
    twin = GenerationBatch.objects.filter(
        **wanted, samples=1, calculator=False, kind=GenerationBatch.Kind.GENERATION, state__in=ALIVE
    ).first()
    return twin or batch_create(**wanted, now=now, user=run.created_by)


def part_texts(part: TrainingPart, hinted: bool) -> dict[int, Written]:
    rows = Rationale.objects.filter(batch=part.batch_id, sample_index=0, hinted=hinted)
    return {
        question: Written(pk, text, verdict == Rationale.Verdict.RIGHT)
        for pk, question, text, verdict in rows.values_list("pk", "question", "text", "verdict")
    }


def train_part(run: TrainingRun, loop: int, kept: list[int], steps: int, now: datetime) -> Source:
    """What the part made, once it is trained."""
    part = leased_part(run, loop, Name.TRAIN, now, kept_ids=kept, steps=steps)
    if part.source is None:
        raise PartFailed(part.problem)
    return part.source


def leased_part(
    run: TrainingRun, loop: int, name: str, now: datetime, **begun: Any
) -> TrainingPart:
    """The part, once a worker has done it; told to the workers where it is new."""
    part = run.parts.filter(loop=loop, name=name).select_related("source").first()
    if part is None:
        part = run.parts.create(loop=loop, name=name, sent_at=now, **begun)
        transaction.on_commit(partial(part_send, part_id=part.pk))
    if part.state in (State.QUEUED, State.RUNNING):
        raise Waiting
    if part.state == State.FAILED:
        raise PartFailed(part.problem)
    return part


def part_send(*, part_id: int) -> None:
    try:
        current_app.send_task(TASK, [part_id], retry=False)
    except OperationalError as problem:
        log.warning("The broker does not answer (%s); the sweeper will send again.", problem)

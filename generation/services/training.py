"""Training runs: queued, moved on part by part, stopped, and gone on with.

`generation.star` is the algorithm; here it is replayed over what the parts have left in the
database, until it meets a part that is not done: that one is begun, or waited for. So a run has no
state but its parts, and a process that dies at any moment takes nothing with it. To write and to
measure are generation batches; who trains is in training_parts.py, which the web never imports.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError

from generation.models import (
    GenerationBatch,
    QuestionSet,
    Rationale,
    Source,
    TrainingPart,
    TrainingRun,
)
from generation.services.batches import (
    ALIVE,
    MOST_ATTEMPTS,
    BatchRefused,
    batch_cancel,
    batch_create,
    batch_resume,
)
from generation.services.sending import log, nothing_is_on_its_way
from generation.services.training_settings import (
    TrainingRefused,
    TrainingSettings,
    read_settings,
)
from generation.star import Loop, NothingToLearn, Parts, star
from generation.steps import is_jump

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


def run_create(
    *,
    name: str,
    base: Source,
    question_set: QuestionSet,
    held_out: QuestionSet,
    asked: TrainingSettings,
    now: datetime,
    parent: TrainingRun | None = None,
    user: User | None = None,
) -> TrainingRun:
    """Freeze the settings and begin."""
    name = check_run_name(name)
    asked.check()
    _check_data(base, question_set, held_out)
    with transaction.atomic():
        run = TrainingRun.objects.create(
            name=name,
            base=base,
            question_set=question_set,
            held_out=held_out,
            parent=parent,
            settings=asdict(asked),
            created_by=user,
            created_at=now,
        )
        transaction.on_commit(partial(run_advance, run_id=run.pk, now=now))
    run.refresh_from_db()
    return run


def check_run_name(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable() or len(name) > 80:
        raise TrainingRefused("A run needs a name of 1 to 80 printable characters.")
    if TrainingRun.objects.filter(name=name).exists():
        raise TrainingRefused(f"There is a run named '{name}' already; choose another name.")
    return name


def _check_data(base: Source, question_set: QuestionSet, held_out: QuestionSet) -> None:
    if not base.model or base.server:
        raise TrainingRefused(f"'{base.name}' has no model that our own workers could train.")
    for each in (question_set, held_out):
        if not each.questions.exists():
            raise TrainingRefused(f"'{each.name}' holds no questions; import some first.")
    known = question_set.questions.values("text")
    shared = held_out.questions.filter(text__in=known).count()
    if shared:
        raise TrainingRefused(
            f"{shared} questions of '{held_out.name}' are in '{question_set.name}' too: what is "
            "held out must not be learned from."
        )


def run_advance(*, run_id: int, now: datetime) -> None:
    """Begin whatever comes next, if it is not yet under way; close a run that is over."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.state != TrainingRun.State.RUNNING:
            return
        try:
            if run.kind == TrainingRun.Kind.STAR:
                run_loops(run, now)
            else:
                _train_part(run, 1, [], 0, now)
        except Waiting:
            return
        except (NothingToLearn, PartFailed, BatchRefused) as problem:
            _close(run, TrainingRun.State.FAILED, now, str(problem))
        else:
            _close(run, TrainingRun.State.DONE, now)


def runs_advance(*, batch_id: int, now: datetime) -> None:
    """Move on the runs that waited for this batch."""
    waiting = TrainingPart.objects.filter(batch=batch_id).values_list("run", flat=True)
    for run_id in list(waiting):
        run_advance(run_id=run_id, now=now)


def _close(run: TrainingRun, state: str, now: datetime, problem: str = "") -> None:
    run.state, run.finished_at, run.problem = state, now, problem
    run.save(update_fields=["state", "finished_at", "problem"])


def run_loops(run: TrainingRun, now: datetime) -> list[Loop[Source]]:
    """The algorithm over this run's parts. Raises Waiting at the first that is not done."""
    asked = read_settings(run.settings)
    trained: dict[int, int] = {}  # which loop made a source

    def write(model: Source, questions: Sequence[int], loop: int, *, hinted: bool) -> list[Written]:
        part = _batch_part(run, loop, Name.WRITE, model, run.question_set, now)
        found = _texts(part, hinted)
        return [found[pk] for pk in questions]

    def train(base: Source, kept: Sequence[tuple[int, Written]], steps: int, loop: int) -> Source:
        made = _train_part(run, loop, [written.pk for _, written in kept], steps, now)
        trained[made.pk] = loop
        return made

    def measure(model: Source) -> float:
        loop = trained.get(model.pk, 0)
        part = _batch_part(run, loop, Name.MEASURE, model, run.held_out, now)
        texts = _texts(part, hinted=False)
        return sum(text.is_right for text in texts.values()) / len(texts)

    parts: Parts[Source, int, Written] = Parts(
        generate=partial(write, hinted=False),
        rationalize=partial(write, hinted=True),
        is_right=lambda _, written: written.is_right,
        is_reasoned=lambda _, written: not is_jump(written.text),
        train=train,
        measure=measure,
    )
    questions = list(run.question_set.questions.order_by("key").values_list("pk", flat=True))
    return star(run.base, lambda _: questions, parts, asked.star)


def _batch_part(
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
        begun = _begun(run, loop, name, source, question_set, now)
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


def _begun(
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


def _texts(part: TrainingPart, hinted: bool) -> dict[int, Written]:
    rows = Rationale.objects.filter(batch=part.batch_id, sample_index=0, hinted=hinted)
    return {
        question: Written(pk, text, verdict == Rationale.Verdict.RIGHT)
        for pk, question, text, verdict in rows.values_list("pk", "question", "text", "verdict")
    }


def _train_part(run: TrainingRun, loop: int, kept: list[int], steps: int, now: datetime) -> Source:
    part = run.parts.filter(loop=loop, name=Name.TRAIN).select_related("source").first()
    if part is None:
        part = run.parts.create(loop=loop, name=Name.TRAIN, kept_ids=kept, steps=steps, sent_at=now)
        transaction.on_commit(partial(part_send, part_id=part.pk))
    if part.state in (State.QUEUED, State.RUNNING):
        raise Waiting
    if part.state == State.FAILED or part.source is None:
        raise PartFailed(part.problem)
    return part.source


def part_send(*, part_id: int) -> None:
    try:
        current_app.send_task(TASK, [part_id], retry=False)
    except OperationalError as problem:
        log.warning("The broker does not answer (%s); the sweeper will send again.", problem)


def run_stop(*, run: TrainingRun, now: datetime) -> None:
    """What is done stays; what is under way is thrown away within seconds."""
    with transaction.atomic():
        moved = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING).update(
            state=TrainingRun.State.STOPPED, finished_at=now
        )
        if not moved:
            raise TrainingRefused("This run is over already; there is nothing to stop.")
        run.parts.filter(state=State.RUNNING).update(
            state=State.QUEUED, lease_until=None, attempts=F("attempts") + 1
        )
        others = TrainingPart.objects.exclude(run=run).filter(run__state=TrainingRun.State.RUNNING)
        for part in run.parts.filter(batch__state__in=ALIVE).select_related("batch"):
            if part.batch and not others.filter(batch=part.batch).exists():
                batch_cancel(batch=part.batch, now=now)
    run.refresh_from_db()


def run_resume(*, run: TrainingRun, now: datetime) -> None:
    """Go on after the last part that is done; what failed is tried again."""
    over = (TrainingRun.State.STOPPED, TrainingRun.State.FAILED)
    with transaction.atomic():
        moved = TrainingRun.objects.filter(pk=run.pk, state__in=over).update(
            state=TrainingRun.State.RUNNING, finished_at=None, problem=""
        )
        if not moved:
            raise TrainingRefused("Only a stopped or failed run can go on.")
        for part in run.parts.exclude(state=State.DONE).select_related("batch"):
            if part.batch and part.batch.state in ("failed", "cancelled"):
                try:
                    batch_resume(batch=part.batch, now=now)
                except BatchRefused as refused:
                    raise TrainingRefused(str(refused)) from None
        run.parts.exclude(state=State.DONE).update(
            state=State.QUEUED,
            lease_until=None,
            sent_at=now,
            attempts=F("attempts") + MOST_ATTEMPTS - F("attempts") % MOST_ATTEMPTS,
            problem="",
        )
        waiting = run.parts.filter(name=Name.TRAIN, state=State.QUEUED)
        for pk in list(waiting.values_list("pk", flat=True)):
            transaction.on_commit(partial(part_send, part_id=pk))
        transaction.on_commit(partial(run_advance, run_id=run.pk, now=now))
    run.refresh_from_db()


def runs_sweep(*, now: datetime) -> None:
    """Mend what was lost: a dead trainer's part is queued again, five times at most; what was sent
    and lost is sent again; every run is moved on."""
    running = TrainingPart.objects.filter(run__state=TrainingRun.State.RUNNING)
    for part in running.filter(state=State.RUNNING, lease_until__lt=now):
        lost = TrainingPart.objects.filter(
            pk=part.pk, state=State.RUNNING, attempts=part.attempts, lease_until__lt=now
        )
        if part.attempts % MOST_ATTEMPTS == 0:
            problem = f"Loop {part.loop}: whoever trained died {MOST_ATTEMPTS} times."
            lost.update(state=State.FAILED, lease_until=None, problem=problem)
        else:
            lost.update(state=State.QUEUED, lease_until=None, sent_at=None)
    for run_id in list(
        TrainingRun.objects.filter(state=TrainingRun.State.RUNNING).values_list("pk", flat=True)
    ):
        run_advance(run_id=run_id, now=now)
    _send_lost(now)


def _send_lost(now: datetime) -> None:
    queued = TrainingPart.objects.filter(
        run__state=TrainingRun.State.RUNNING, name=Name.TRAIN, state=State.QUEUED
    )
    late = queued.filter(sent_at__lt=now - timedelta(seconds=settings.SEND_AGAIN_SECONDS))
    if late.exists() and nothing_is_on_its_way():
        late.update(sent_at=None)
    for pk in list(queued.filter(sent_at=None).values_list("pk", flat=True)):
        if queued.filter(pk=pk, sent_at=None).update(sent_at=now):
            part_send(part_id=pk)

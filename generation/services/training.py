"""Training runs: queued, moved on part by part, stopped, and gone on with.

`generation.star` is the algorithm; here it is replayed over what the parts have left in the
database, until it meets a part that is not done: that one is begun, or waited for. So a run has no
state but its parts, and a process that dies at any moment takes nothing with it. To write and to
measure are generation batches; who trains is in training_parts.py, which the web never imports.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from generation.models import (
    QuestionSet,
    Source,
    TrainingPart,
    TrainingRun,
)
from generation.services.batches import (
    ALIVE,
    MOST_ATTEMPTS,
    BatchRefused,
    batch_cancel,
    batch_resume,
)
from generation.services.parts import (
    Name,
    PartFailed,
    State,
    Waiting,
    Written,
    batch_part,
    leased_part,
    part_send,
    part_texts,
    train_part,
)
from generation.services.sending import nothing_is_on_its_way
from generation.services.training_settings import (
    TrainingRefused,
    TrainingSettings,
    read_settings,
)
from generation.star import Loop, NothingToLearn, Parts, star
from generation.steps import is_jump


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
            elif run.kind == TrainingRun.Kind.COMPARE:
                run_compare(run, now)
            else:
                train_part(run, 1, [], 0, now)
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
        part = batch_part(run, loop, Name.WRITE, model, run.question_set, now)
        found = part_texts(part, hinted)
        return [found[pk] for pk in questions]

    def train(base: Source, kept: Sequence[tuple[int, Written]], steps: int, loop: int) -> Source:
        made = train_part(run, loop, [written.pk for _, written in kept], steps, now)
        trained[made.pk] = loop
        return made

    def measure(model: Source) -> float:
        loop = trained.get(model.pk, 0)
        part = batch_part(run, loop, Name.MEASURE, model, run.held_out, now)
        texts = part_texts(part, hinted=False)
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


def run_compare(run: TrainingRun, now: datetime) -> None:
    """Every source that is compared writes for what is held out, and scores the pairs."""
    waits = False
    for number, source in enumerate(compared_sources(run)):
        try:
            batch_part(run, number, Name.MEASURE, source, run.held_out, now)
        except Waiting:
            waits = True
        try:
            leased_part(run, number, Name.SCORE, now)
        except Waiting:
            waits = True
    if waits:
        raise Waiting


def compared_sources(run: TrainingRun) -> list[Source]:
    """In the order in which they were chosen, the base first."""
    found = Source.objects.in_bulk(run.settings["sources"])
    return [found[pk] for pk in run.settings["sources"] if pk in found]


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
        waiting = run.parts.filter(name__in=TrainingPart.LEASED, state=State.QUEUED)
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
        run__state=TrainingRun.State.RUNNING,
        name__in=TrainingPart.LEASED,
        state=State.QUEUED,
    )
    late = queued.filter(sent_at__lt=now - timedelta(seconds=settings.SEND_AGAIN_SECONDS))
    if late.exists() and nothing_is_on_its_way():
        late.update(sent_at=None)
    for pk in list(queued.filter(sent_at=None).values_list("pk", flat=True)):
        if queued.filter(pk=pk, sent_at=None).update(sent_at=now):
            part_send(part_id=pk)

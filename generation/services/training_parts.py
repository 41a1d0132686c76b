"""What a worker does with a part under a lease: take it, train or score, keep what came of it.

As with chunks a part belongs to one attempt under a lease, and what another attempt made is thrown
away: each trains into a folder of its own, and the row says which one counts. Fine-tuning itself
is a process of its own (generation.lm.tuning), which dies with its worker.
"""

import logging
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from generation.lm.launching import Progress, tune
from generation.lm.tuning import Tuning
from generation.models import Rationale, Source, TrainingPart, TrainingRun
from generation.prompts import completion_for_training
from generation.services.asking import asked, source_style
from generation.services.backends import backends_release, check_place, source_sampler
from generation.services.comparisons import compared_pairs
from generation.services.failures import failure_sentence, is_full_disk
from generation.services.preferring import preferred
from generation.services.sources import source_create
from generation.services.training import compared_sources, run_advance
from generation.services.training_settings import read_settings

log = logging.getLogger(__name__)
State = TrainingPart.State


class NotOurs(Exception):
    """Another worker, or a stopped run, took this attempt's part away."""


def part_run(*, part_id: int) -> None:
    """Take a part and train it. One that is taken, done or stopped is left alone."""
    part = _taken(part_id, timezone.now())
    if part is None:
        return
    work, goes_on = _models(part.run) / f".loop-{part.loop}-{part.attempts}", False
    try:
        if part.name == TrainingPart.Name.SCORE:
            _score(part)
        else:
            _train(part, work)
    except NotOurs:
        log.info("Part %s was taken away.", part_id)
        goes_on = part.run.kind == TrainingRun.Kind.DPO  # another attempt begins at its checkpoint
    except Exception as problem:
        if isinstance(problem, OperationalError | InterfaceError) and not is_full_disk(problem):
            log.exception("Part %s is left to the sweeper: the database does not answer", part_id)
            return
        log.exception("Part %s failed", part_id)
        said = f"{_called(part)} failed. {failure_sentence(problem)}"
        _own(part).update(state=State.FAILED, lease_until=None, problem=said)
    finally:
        if not goes_on:
            shutil.rmtree(work, ignore_errors=True)
    run_advance(run_id=part.run_id, now=timezone.now())


def _called(part: TrainingPart) -> str:
    if part.name == TrainingPart.Name.SCORE:
        return f"Scoring source {part.loop}"
    return f"Training loop {part.loop}" if part.run.kind == TrainingRun.Kind.STAR else "Training"


def _taken(part_id: int, now: datetime) -> TrainingPart | None:
    moved = TrainingPart.objects.filter(
        pk=part_id,
        state=State.QUEUED,
        name__in=TrainingPart.LEASED,
        run__in=TrainingRun.objects.filter(state=TrainingRun.State.RUNNING),
    ).update(state=State.RUNNING, attempts=F("attempts") + 1, steps_done=0, lease_until=_lease(now))
    if not moved:
        return None
    return TrainingPart.objects.select_related("run__base").get(pk=part_id)


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.CHUNK_LEASE_SECONDS)


def _own(part: TrainingPart) -> QuerySet[TrainingPart]:
    """The part's row as long as this very attempt holds it."""
    return TrainingPart.objects.filter(pk=part.pk, state=State.RUNNING, attempts=part.attempts)


def _beating(part: TrainingPart) -> Progress:
    """Renews the lease now and then; a run that was stopped has taken the part away."""
    beats = [time.monotonic()]

    def progress(told: dict[str, Any]) -> None:
        if time.monotonic() - beats[-1] < min(2.0, settings.CHUNK_LEASE_SECONDS / 3):
            return
        beats.append(time.monotonic())
        if not _own(part).update(**_columns(told), lease_until=_lease(timezone.now())):
            raise NotOurs

    return progress


def _score(part: TrainingPart) -> None:
    """How likely a source finds the pairs: of each, two log-probabilities and numbers of tokens."""
    started, beat = time.monotonic(), _beating(part)
    pairs = compared_pairs(run=part.run).rows
    texts = [(row["prompt"], row[side]) for row in pairs for side in ("chosen", "rejected")]
    sampler = source_sampler(compared_sources(part.run)[part.loop])
    found = sampler.likelihoods(texts, lambda done: beat({"steps_done": done, "steps": len(texts)}))
    flat = [[round(each.log_probability, 6), each.tokens] for each in found]
    scores = [[*flat[n], *flat[n + 1]] for n in range(0, len(flat), 2)]
    done = _own(part).update(
        state=State.DONE,
        lease_until=None,
        steps_done=len(texts),
        steps=len(texts),
        told={"scores": scores},
        seconds=time.monotonic() - started,
        checkpoint_hash=sampler.revision[:64],
    )
    if not done:
        raise NotOurs


def _train(part: TrainingPart, work: Path) -> None:
    started, beat = time.monotonic(), _beating(part)
    last: dict[str, Any] = {"loss": None, "steps": part.steps}

    def progress(told: dict[str, Any]) -> None:
        last.update(told)
        beat(told)

    check_place(part.run.base.model)
    backends_release()  # the model that wrote goes first: two may not fit
    run = part.run
    made, digest = _learned(part, work, progress)
    place = _models(run) / f"loop-{part.loop}-{part.attempts}"
    made.rename(place)
    with transaction.atomic():
        done = _own(part).update(
            state=State.DONE,
            lease_until=None,
            **_columns({**last, "steps_done": last["steps"]}),
            seconds=time.monotonic() - started,
            checkpoint_hash=digest,
        )
        if not done:
            shutil.rmtree(place)
            raise NotOurs
        TrainingPart.objects.filter(pk=part.pk).update(source=_source(part, place))
    for other in _models(run).glob(f"*loop-{part.loop}-*"):
        if other not in (place, work):  # of attempts that died
            shutil.rmtree(other, ignore_errors=True)


def _learned(part: TrainingPart, work: Path, progress: Progress) -> tuple[Path, str]:
    """The model's folder and hash, by what this kind of run learns from."""
    run = part.run
    if run.kind != TrainingRun.Kind.STAR:
        for old in sorted(_models(run).glob(f".loop-{part.loop}-*/trainer")):
            work.mkdir(parents=True, exist_ok=True)  # what a killed attempt had come to
            old.replace(work / "trainer")
        return preferred(run, work, progress)
    processes = read_settings(run.settings).processes
    return tune(_task(part), _examples(part), work, processes=processes, progress=progress)


def _columns(told: dict[str, Any]) -> dict[str, Any]:
    """What a process told, as the part's row has it."""
    known: dict[str, Any] = {
        name: told[name] for name in ("steps_done", "loss", "steps") if name in told
    }
    return {**known, "told": {name: told[name] for name in told.keys() - known.keys()}}


def _task(part: TrainingPart) -> Tuning:
    chosen, base = read_settings(part.run.settings), part.run.base
    return Tuning(
        model=base.model,
        revision=base.revision,
        steps=part.steps,
        rate=chosen.rate,
        warm_up=chosen.warm_up,
        rows=chosen.rows,
        lora_rank=chosen.lora_rank,
        dtype=chosen.dtype,
        checkpointing=chosen.checkpointing,
        seed=chosen.seed * 1000 + part.loop,
        device=settings.GENERATION_DEVICE,
        threads=settings.GENERATION_THREADS,
    )


def _examples(part: TrainingPart) -> list[tuple[str, str]]:
    """Questions without a hint and the rationales kept, in the order that the loop kept them."""
    found = Rationale.objects.select_related("question").in_bulk(part.kept_ids)
    base = part.run.base
    kept = [found[pk] for pk in part.kept_ids]
    return [
        completion_for_training(
            asked(each.question), each.text, style=source_style(base, each.question)
        )
        for each in kept
    ]


def _source(part: TrainingPart, place: Path) -> Source:
    """The loop as a source; its parent is the one whose rationales it learned from."""
    run = part.run
    chosen = read_settings(run.settings)
    before = TrainingPart.objects.filter(
        run=run, loop=part.loop - 1, name=TrainingPart.Name.TRAIN
    ).first()
    prompt = run.base.prompt if chosen.keeps_examples else Source.Prompt.ZERO_SHOT
    is_star = run.kind == TrainingRun.Kind.STAR
    return source_create(
        name=f"{run.name}, loop {part.loop}" if is_star else run.name,
        kind=Source.Kind.STAR if is_star else Source.Kind.PREFERENCES,
        model=str(place),
        prompt=prompt,
        style=run.base.style,
        examples=run.base.examples,
        parent=before.source if before else run.base,
        now=timezone.now(),
    )


def _models(run: TrainingRun) -> Path:
    return Path(settings.MODELS_DIR) / f"run-{run.pk}"

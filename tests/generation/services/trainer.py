"""Moves a training run on as a worker would, with a writer and a trainer that tests understand.

The trainer's model is a folder with the examples that it was trained on; the writer gets right what
its model has seen, and whatever it is shown.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from generation.lm.tuning import Tuning
from generation.models import GenerationChunk, QuestionSet, Source, TrainingPart, TrainingRun
from generation.services import chunks, training_parts
from generation.services.chunks import chunk_run
from generation.services.imports import questions_import
from generation.services.training import run_create
from generation.services.training_parts import part_run
from generation.services.training_settings import TrainingSettings
from tests.factories import NOW, as_lines, make_question_set, question_record
from tests.generation.services.writer import Writer, make_source, sum_asked


def learned_by(source: Source) -> set[int]:
    seen = Path(source.model) / "seen.json"
    return set(json.loads(seen.read_text())) if seen.exists() else {3}


def use_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right where the sum or a neighbour of it was trained on, or where it is shown."""

    def backend(source: Source) -> Writer:
        known = learned_by(source)

        def write(prompt: str, seed: int) -> str:
            wanted = sum_asked(prompt)
            is_told = re.search(r"\((\d+)\)\nA:$", prompt) and wanted % 4 == 1
            knows = bool({wanted - 2, wanted, wanted + 2} & known) or is_told
            said = wanted if knows else wanted + 1
            return f"{said} - 1 + 1 = {said}.\n#### {said}"

        return Writer(write)

    monkeypatch.setattr(chunks, "source_backend", backend)


class Trainer:
    """In the place of `tune`. `while_training` happens when the first step is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[Tuning, list[tuple[str, str]]]] = []
        self.while_training = lambda: None

    def __call__(
        self, task: Tuning, examples: list[tuple[str, str]], folder: Path, **more: Any
    ) -> tuple[Path, str]:
        self.asked.append((task, examples))
        self.while_training()
        more["progress"]({"steps_done": 1, "loss": 0.5})
        made = folder / "made"
        made.mkdir(parents=True)
        (made / "config.json").write_text("{}")
        seen = sorted(sum_asked(prompt) for prompt, _ in examples)
        (made / "seen.json").write_text(json.dumps(seen))
        return made, f"hash of {seen}"[:64]


def use_trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    trainer = Trainer()
    monkeypatch.setattr(training_parts, "tune", trainer)
    return trainer


def held_out_set(name: str = "held out", first: int = 20, questions: int = 4) -> QuestionSet:
    lines = as_lines(question_record(number) for number in range(first, first + questions))
    return questions_import(
        lines=lines, format="jsonl", set_name=name, user=None, now=NOW
    ).question_set


def make_run(name: str = "a run", **more: Any) -> TrainingRun:
    """Eight questions to learn from, four held out, two loops."""
    given = {key: more.pop(key) for key in ("user", "parent", "now") if key in more}
    base = more.pop("base", None) or make_source()
    question_set = more.pop("question_set", None) or make_question_set(questions=8)
    return run_create(
        name=name,
        base=base,
        question_set=question_set,
        held_out=more.pop("held_out", None) or held_out_set(),
        asked=TrainingSettings(**{"loops": 2, **more}),
        **{"now": NOW, **given},
    )


def work(run: TrainingRun, most: int = 100) -> TrainingRun:
    """What workers do until nothing is left, or `most` chunks and parts were done."""
    for _ in range(most):
        leased = TrainingPart.objects.filter(run=run, name__in=TrainingPart.LEASED)
        part = leased.filter(state="queued").first()
        chunk = GenerationChunk.objects.filter(
            state="queued", batch__training_parts__run=run
        ).first()
        if part:
            part_run(part_id=part.pk)
        elif chunk:
            chunk_run(chunk_id=chunk.pk)
        else:
            break
    run.refresh_from_db()
    return run


def parts(run: TrainingRun) -> list[tuple[int, str, str]]:
    return list(run.parts.order_by("pk").values_list("loop", "name", "state"))


def tasks_sent() -> list[str]:
    """What workers of the gpu queue were told since this was last asked."""
    heard = []
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("gpu")
        while queue.qsize():
            message = queue.get_nowait()
            message.ack()
            heard.append(message.headers["task"].rpartition(".")[2])
        queue.close()
    return heard

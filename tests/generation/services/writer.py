"""A sampler that writes what a test wants, a source that seems to have a model, and a broker's ear.

Knows the questions of tests.factories: it reads the two numbers in a prompt's last question.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app

from generation.lm.backend import Sampled
from generation.models import GenerationBatch, GenerationChunk, QuestionSet, Source
from generation.services import chunks
from generation.services.batches import batch_create
from generation.services.chunks import chunk_run
from generation.services.sources import source_create
from tests.factories import NOW, make_question_set

ROW = ("question__key", "sample_index", "hinted", "text", "answer", "verdict", "seed", "tokens")


def sum_asked(prompt: str) -> int:
    """The answer to the last question of a prompt."""
    a, b = re.findall(r"holds (\d+) red and (\d+) blue", prompt)[-1]
    return int(a) + int(b)


def write_right(prompt: str, seed: int) -> str:
    return f"They are {sum_asked(prompt)}.\n#### {sum_asked(prompt)}"


def write_wrong(prompt: str, seed: int) -> str:
    return f"They are {sum_asked(prompt) + 1}.\n#### {sum_asked(prompt) + 1}"


class Writer:
    """A backend without a model. `while_writing` happens once all is written, none stored."""

    def __init__(
        self,
        write: Callable[[str, int], str] = write_right,
        *,
        while_writing: Callable[[], None] = lambda: None,
        revision: str = "weights-1",
        dtype: str = "float32",
        finished: bool = True,
    ) -> None:
        self.finished = finished
        self.revision = revision
        self.conditions = {"dtype": dtype, "rows": 64}
        self.write, self.while_writing = write, while_writing
        self.prompts: list[str] = []

    def generate(
        self,
        prompts: Sequence[str],
        *,
        seeds: Sequence[int],
        progress: Callable[[int], None] = lambda _: None,
        **_: Any,
    ) -> list[Sampled]:
        self.prompts += prompts
        texts = [self.write(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]
        self.while_writing()
        progress(len(texts))
        return [Sampled(text, len(text), finished=self.finished) for text in texts]


def use(monkeypatch: pytest.MonkeyPatch, writer: Writer) -> Writer:
    monkeypatch.setattr(chunks, "source_backend", lambda source: writer)
    return writer


def make_source(name: str = "a model", **more: Any) -> Source:
    given = {"kind": "few-shot", "model": "models/m", "prompt": "zero-shot", "now": NOW, **more}
    return source_create(name=name, **given)


def make_batch(
    *,
    questions: int = 6,
    source: Source | None = None,
    question_set: QuestionSet | None = None,
    **more: Any,
) -> GenerationBatch:
    return batch_create(
        source=source or make_source(),
        question_set=question_set or make_question_set(questions=questions),
        **{"now": NOW, **more},
    )


def run_all(batch: GenerationBatch) -> GenerationBatch:
    """Every chunk in turn, as one worker does."""
    for pk in batch.chunks.values_list("pk", flat=True):
        chunk_run(chunk_id=pk)
    batch.refresh_from_db()
    return batch


def first_chunk(batch: GenerationBatch) -> GenerationChunk:
    return batch.chunks.order_by("number")[0]


def states(batch: GenerationBatch) -> list[str]:
    return list(batch.chunks.order_by("number").values_list("state", flat=True))


def set_chunks(batch: GenerationBatch, **values: Any) -> None:
    batch.chunks.update(**values)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def rows(batch: GenerationBatch) -> list[tuple]:
    """All that a batch stored, without a number that the database gave it."""
    return list(batch.rationales.order_by(*ROW[:3]).values_list(*ROW))


def told() -> list[int]:
    """The chunks that workers were told of since this was last asked."""
    heard = []
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("gpu")
        while queue.qsize():
            message = queue.get_nowait()
            message.ack()
            heard.append(message.payload[0][0])
        queue.close()
    return heard

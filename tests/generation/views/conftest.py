"""A source with a model, a batch of it, and chunks written by hand: the pages load no torch."""

from datetime import datetime

import pytest
from django.test import Client

from generation.models import GenerationBatch, GenerationChunk, Question, Rationale, Source
from generation.services import batches
from generation.services.batches import batch_create, batch_finish
from generation.services.sources import source_create
from tests.factories import NOW, make_admin, make_question_set, make_researcher


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[datetime]:
    """When a broker would have been told of chunks."""
    told: list[datetime] = []
    monkeypatch.setattr(batches, "chunks_send", lambda *, now: told.append(now))
    return told


@pytest.fixture
def alice(db):
    return make_researcher()


@pytest.fixture
def client(alice) -> Client:
    return signed_in(alice)


@pytest.fixture
def admin_client(db) -> Client:
    return signed_in(make_admin())


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def source(db) -> Source:
    return source_create(
        name="tiny GPT-J", kind="few-shot", model="a/b", prompt="few-shot", now=NOW
    )


@pytest.fixture
def make_batch(source, alice, settings):
    """Six questions, two samples each, two questions a chunk unless said otherwise."""
    settings.CHUNK_ROWS = 4

    def make(*, name: str = "sums", questions: int = 6, **more) -> GenerationBatch:
        question_set = make_question_set(name, questions=questions, user=alice)
        given = {"source": source, "samples": 2, "temperature": 0.8, "user": alice} | more
        return batch_create(question_set=question_set, now=NOW, **given)

    return make


def write_chunk(batch: GenerationBatch, number: int = 0, verdict: str = "right", **more) -> None:
    """What a worker leaves behind: the chunk done, its rationales beside it."""
    chunk = batch.chunks.get(number=number)
    for question in Question.objects.filter(pk__in=chunk.question_ids):
        for sample in range(batch.samples):
            given = {"answer": "7", "reason": "", "prompt": "Q: how many?\nA:", "hinted": False}
            Rationale.objects.create(
                batch=batch,
                source=batch.source,
                question=question,
                sample_index=sample,
                text=f"Sample {sample} of {question.key}.",
                verdict=verdict,
                created_at=NOW,
                tokens=9,
                **(given | more),
            )
    GenerationBatch.objects.filter(pk=batch.pk, state="queued").update(
        state="running", started_at=NOW
    )
    batch.chunks.filter(pk=chunk.pk).update(
        state=GenerationChunk.State.DONE, tokens=400, seconds=20.0
    )
    batch_finish(batch_id=batch.pk, now=NOW)
    batch.refresh_from_db()

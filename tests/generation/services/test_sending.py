"""Chunks on their way: few at a time, of batches side by side in turn, the urgent ones first."""

import pytest

from generation.models import GenerationBatch, GenerationChunk
from generation.services.batches import batch_cancel, batch_pause, batch_resume
from generation.services.chunks import chunk_run
from generation.services.sending import AHEAD, chunks_send
from tests.factories import NOW, make_question_set
from tests.generation.services.writer import (
    Writer,
    first_chunk,
    later,
    make_batch,
    make_source,
    set_chunks,
    states,
    use,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_question_a_chunk(settings):
    settings.CHUNK_ROWS = 1


@pytest.fixture
def source():
    return make_source()


def make(source, name: str, questions: int = 10, **more) -> GenerationBatch:
    question_set = make_question_set(name, questions=questions)
    return make_batch(source=source, question_set=question_set, **more)


def batches_of(chunk_ids: list[int]) -> list[str]:
    of = dict(GenerationChunk.objects.values_list("pk", "batch__question_set__name"))
    return [of[pk] for pk in chunk_ids]


def take(pk: int) -> None:
    lease = {"state": "running", "attempts": 1, "lease_until": later(45)}
    GenerationChunk.objects.filter(pk=pk).update(**lease)


def test_few_are_on_their_way_however_long_the_batch(source, broker):
    batch = make(source, "long", questions=30)
    assert chunks_send(now=NOW) == AHEAD
    assert chunks_send(now=later(1)) == 0
    told = broker()
    assert told == list(batch.chunks.order_by("number").values_list("pk", flat=True)[:AHEAD])
    take(told[0])
    assert chunks_send(now=later(2)) == 1
    assert broker() == [batch.chunks.get(number=AHEAD).pk]


def test_many_workers_have_as_many_on_their_way(source, broker):
    batch = make(source, "long", questions=30)
    batch.chunks.filter(number__lt=10).update(
        state="running", attempts=1, lease_until=later(45), sent_at=NOW
    )
    assert chunks_send(now=NOW) == 10


def test_batches_side_by_side_take_turns(source, broker):
    make(source, "first")
    assert batches_of_sent(broker) == ["first"] * AHEAD
    make(source, "second")
    make(source, "third", questions=1)
    for pk in GenerationChunk.objects.exclude(sent_at=None).values_list("pk", flat=True):
        take(pk)
    assert batches_of_sent(broker) == ["second", "third", "second", "second"]


def batches_of_sent(broker) -> list[str]:
    chunks_send(now=NOW)
    return batches_of(broker())


def test_what_matters_more_goes_first_and_what_matters_less_last(source, broker):
    make(source, "low", priority=-1)
    make(source, "normal", questions=1)
    make(source, "high", questions=2, priority=1)
    assert batches_of_sent(broker) == ["high", "high", "normal", "low"]


def test_a_worker_that_takes_a_chunk_sends_the_next(source, broker, monkeypatch):
    use(monkeypatch, Writer())
    batch = make(source, "sums", questions=6)
    chunks_send(now=NOW)
    chunk_run(chunk_id=broker()[0])
    assert broker() == [batch.chunks.get(number=AHEAD).pk]


def test_a_paused_batch_finishes_what_is_in_hand_and_begins_no_more(source, broker, monkeypatch):
    batch = make(source, "sums", questions=3)
    use(monkeypatch, Writer(while_writing=lambda: batch_pause(batch=batch)))
    chunk_run(chunk_id=first_chunk(batch).pk)
    batch.refresh_from_db()
    assert (batch.state, states(batch)) == ("paused", ["done", "queued", "queued"])
    broker()
    writer = use(monkeypatch, Writer())
    for chunk in batch.chunks.all():
        chunk_run(chunk_id=chunk.pk)
    assert (chunks_send(now=NOW), writer.prompts) == (0, [])
    batch_resume(batch=batch, now=later(9))
    assert (batch.state, chunks_send(now=later(9))) == ("queued", 2)
    for pk in broker():
        chunk_run(chunk_id=pk)
    batch.refresh_from_db()
    assert (batch.state, len(writer.prompts), batch.rationales.count()) == ("done", 2, 3)


def test_a_batch_paused_at_its_last_chunk_is_done(source, monkeypatch):
    batch = make(source, "sums", questions=1)
    use(monkeypatch, Writer(while_writing=lambda: batch_pause(batch=batch)))
    chunk_run(chunk_id=first_chunk(batch).pk)
    batch.refresh_from_db()
    assert batch.state == "done"


def test_going_on_after_a_pause_takes_nothing_out_of_a_workers_hand(source):
    batch = make(source, "sums", questions=2)
    take(first_chunk(batch).pk)
    batch_pause(batch=batch)
    batch_resume(batch=batch, now=NOW)
    assert (states(batch), first_chunk(batch).attempts) == (["running", "queued"], 1)


def test_a_paused_batch_can_be_stopped(source):
    batch = make(source, "sums", questions=2)
    batch_pause(batch=batch)
    batch_cancel(batch=batch, now=NOW)
    assert (batch.state, batch.finished_at) == ("cancelled", NOW)
    set_chunks(batch, sent_at=NOW)
    batch_resume(batch=batch, now=later(1))
    assert set(batch.chunks.values_list("sent_at", flat=True)) == {None}

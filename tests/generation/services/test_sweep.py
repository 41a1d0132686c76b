"""The sweeper mends what dead workers and lost messages left behind, and nothing else."""

import pytest
from kombu.exceptions import OperationalError

from generation.models import GenerationChunk
from generation.services.batches import (
    batch_cancel,
    batches_sweep,
)
from tests.factories import NOW
from tests.generation.services.writer import (
    Writer,
    first_chunk,
    later,
    make_batch,
    run_all,
    set_chunks,
    states,
    use,
)

pytestmark = pytest.mark.django_db


def test_a_broker_that_does_not_answer_leaves_the_batch_queued_and_the_sweeper_sends_it(
    monkeypatch, broker, django_capture_on_commit_callbacks, caplog
):
    def broken(*_, **__):
        raise OperationalError("nobody listens")

    with monkeypatch.context() as patched:
        patched.setattr("celery.app.base.Celery.send_task", broken)
        with django_capture_on_commit_callbacks(execute=True):
            batch = make_batch()
        assert batches_sweep(now=later(10)) == 0
    assert "The broker does not answer (nobody listens)" in caplog.text
    batch.refresh_from_db()
    assert (batch.state, first_chunk(batch).sent_at) == ("queued", None)
    assert batches_sweep(now=later(20)) == 1
    assert broker() == [first_chunk(batch).pk]
    assert first_chunk(batch).sent_at == later(20)


def test_a_message_that_got_lost_is_sent_again_and_one_that_waits_is_not(settings, broker):
    batch = make_batch()
    assert batches_sweep(now=NOW) == 1
    assert batches_sweep(now=later(61)) == 0, "it waits in the queue: a long batch is not a loss"
    broker()
    assert batches_sweep(now=later(60)) == 0, "a worker may be about to take it"
    assert batches_sweep(now=later(61)) == 1
    assert broker() == [first_chunk(batch).pk]


def test_the_sweeper_leaves_a_broker_that_does_not_answer_for_the_next_time(monkeypatch, broker):
    batch = make_batch()
    set_chunks(batch, sent_at=NOW)
    monkeypatch.setattr(
        "kombu.transport.virtual.Channel.queue_declare",
        lambda *_, **__: (_ for _ in ()).throw(OperationalError("gone")),
    )
    assert batches_sweep(now=later(100)) == 0
    assert first_chunk(batch).sent_at == NOW


def test_a_dead_workers_chunk_goes_back_and_is_sent(broker):
    batch = make_batch()
    set_chunks(batch, state="running", attempts=1, lease_until=later(45), sent_at=NOW)
    assert batches_sweep(now=later(45)) == 0, "the lease still holds"
    assert states(batch) == ["running"]
    assert batches_sweep(now=later(46)) == 1
    chunk = first_chunk(batch)
    assert (chunk.state, chunk.attempts, chunk.lease_until) == ("queued", 1, None)
    assert broker() == [chunk.pk]


def test_after_five_deaths_a_chunk_fails_and_says_so(settings):
    settings.CHUNK_ROWS = 3
    batch = make_batch(questions=6)
    first, second = batch.chunks.order_by("number")
    GenerationChunk.objects.filter(pk=second.pk).update(state="done")
    for death in range(1, 6):
        lease = {"lease_until": later(45), "attempts": death}
        GenerationChunk.objects.filter(pk=first.pk).update(state="running", **lease)
        batches_sweep(now=later(46))
        first.refresh_from_db()
        assert first.state == ("queued" if death < 5 else "failed")
    batch.refresh_from_db()
    assert (batch.state, batch.finished_at) == ("failed", later(46))
    assert first.problem == batch.problem
    assert batch.problem.startswith("This chunk was lost 5 times: the worker died")


def test_a_batch_whose_worker_died_before_closing_it_is_closed_by_the_sweeper():
    batch = make_batch()
    set_chunks(batch, state="done")
    batches_sweep(now=later(10))
    batch.refresh_from_db()
    assert (batch.state, batch.finished_at) == ("done", later(10))


def test_the_chunks_of_a_stopped_batch_are_neither_sent_nor_taken(broker, monkeypatch):
    batch = make_batch()
    batch_cancel(batch=batch, now=later(1))
    assert batches_sweep(now=later(100)) == 0
    writer = use(monkeypatch, Writer())
    run_all(batch)
    assert (batch.state, states(batch), writer.prompts) == ("cancelled", ["queued"], [])

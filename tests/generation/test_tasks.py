"""The tasks: known to Celery by their names, on their queues, one service call each."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from generation import tasks
from tests.generation.services.writer import Writer, first_chunk, make_batch, use

pytestmark = pytest.mark.django_db


def test_chunks_go_to_the_gpu_queue_and_sweeps_to_the_default_one():
    route = current_app.amqp.router.route
    assert route({}, tasks.generate_chunk.name)["queue"].name == "gpu"
    assert route({}, tasks.sweep_batches.name)["queue"].name == "default"


def test_beat_sweeps_and_lets_no_sweeps_pile_up(settings):
    current_app.loader.import_default_modules()  # as a worker does
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    swept = {entry["task"] for entry in entries}
    assert {tasks.sweep_batches.name, tasks.sweep_runs.name} <= swept <= set(current_app.tasks)
    for entry in entries:
        assert entry["options"]["expires"] == entry["schedule"] == 10


def test_a_worker_that_dies_with_a_task_does_not_take_it_along(settings):
    assert current_app.conf.task_acks_late
    assert current_app.conf.worker_prefetch_multiplier == 1
    assert current_app.conf.broker_connection_max_retries is None


def test_the_chunk_task_writes_a_chunk(monkeypatch):
    use(monkeypatch, Writer())
    batch = make_batch(questions=2)
    tasks.generate_chunk(first_chunk(batch).pk)
    assert batch.rationales.count() == 2


def test_the_sweep_task_puts_back_what_a_dead_worker_held():
    batch = make_batch(questions=2)
    lapsed = timezone.now() - timedelta(seconds=1)
    batch.chunks.update(state="running", attempts=1, lease_until=lapsed)
    tasks.sweep_batches()
    assert first_chunk(batch).state == "queued"

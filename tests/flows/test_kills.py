"""A worker or the broker dies mid-batch (-9) and comes back: nothing is lost, nothing doubled."""

import time

import pytest

from generation.models import GenerationBatch
from tests.tiny_model import save_tiny_model
from tests.undisturbed import QUESTIONS, SAMPLES, as_rows, queued_batch, undisturbed_rows
from tests.worker import Triptych, eventually, triptych

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def undisturbed(model, tmp_path_factory):
    return undisturbed_rows(model, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(autouse=True)
def _chunks_of_four(settings):
    settings.CHUNK_ROWS = 4


def counts(batch: GenerationBatch) -> dict[str, int]:
    states = list(batch.chunks.values_list("state", flat=True))
    return {state: states.count(state) for state in set(states)}


def wait_until_mid_batch(running: Triptych, batch: GenerationBatch, done: int) -> None:
    def is_mid_batch() -> bool:
        now = counts(batch)
        return now.get("done", 0) >= done and now.get("running", 0) == 1

    eventually(is_mid_batch, 90, running.said)
    assert counts(batch)["done"] < 12, "too late to kill: the batch is done"


def wait_until_over(running: Triptych, batch: GenerationBatch, seconds: float = 90) -> None:
    def is_over() -> bool:
        batch.refresh_from_db()
        return batch.state in GenerationBatch.OVER

    eventually(is_over, seconds, lambda: f"{counts(batch)} {running.said()}")


def assert_equal_to(batch: GenerationBatch, undisturbed: list[list]) -> None:
    assert (batch.state, counts(batch)) == ("done", {"done": 12})
    rows = as_rows(batch)
    assert len({tuple(row[:3]) for row in rows}) == len(rows) >= QUESTIONS * SAMPLES
    assert rows == undisturbed


def kill_and_start_again(running: Triptych, name: str) -> None:
    running[name].kill()
    running[name].start()


def test_a_worker_then_valkey_killed_mid_batch_lose_and_double_nothing(model, undisturbed):
    with triptych() as running:
        batch = queued_batch(model)
        wait_until_mid_batch(running, batch, 3)
        kill_and_start_again(running, "worker")
        wait_until_mid_batch(running, batch, 6)
        kill_and_start_again(running, "valkey")
        wait_until_over(running, batch)
        assert running["worker"].process.poll() is None, "the same worker came back to its broker"
    assert max(batch.chunks.values_list("attempts", flat=True)) > 1, "a chunk was cut off"
    assert_equal_to(batch, undisturbed)


@pytest.mark.slow
def test_a_worker_killed_again_and_again(model, undisturbed):
    with triptych() as running:
        batch = queued_batch(model)
        for done in (2, 5, 8):
            wait_until_mid_batch(running, batch, done)
            kill_and_start_again(running, "worker")
        wait_until_over(running, batch)
    assert_equal_to(batch, undisturbed)


@pytest.mark.slow
def test_a_batch_queued_while_valkey_is_dead_is_written_once_it_is_back(model, undisturbed):
    with triptych() as running:
        batch = queued_batch(model)
        wait_until_mid_batch(running, batch, 3)
        running["valkey"].kill()
        started = time.monotonic()
        late = queued_batch(model, "queued while the broker is away", questions=4)
        assert time.monotonic() - started < 3, "a page waits this long"
        assert late.state == "queued"
        running["valkey"].start()
        wait_until_over(running, batch)
        wait_until_over(running, late)
    assert_equal_to(batch, undisturbed)
    assert as_rows(late) == [row for row in undisturbed if row[0] < "q004"]

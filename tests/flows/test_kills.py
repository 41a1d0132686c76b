"""A worker or the broker dies mid-batch (-9) and comes back: nothing is lost, nothing doubled."""

import time

import pytest

from generation.models import GenerationBatch
from tests.factories import make_admin, make_question_set
from tests.tiny_model import save_tiny_model
from tests.undisturbed import QUESTIONS, SAMPLES, as_rows, queued_batch, undisturbed_rows
from tests.worker import ROOT, Triptych, eventually, triptych

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The last of the STaR models that we ship; a random one where there is none."""
    shipped = sorted((ROOT / "generation" / "checkpoints").glob("star-loop-*/model.safetensors"))
    return shipped[-1].parent if shipped else save_tiny_model(tmp_path_factory.mktemp("tiny"))


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


def queue_on_the_page(client, source, question_set) -> GenerationBatch:
    """With the settings of `queued_batch`; the page neither fails nor hangs."""
    given = {"samples": 2, "temperature": 0.9, "seed": 5, "rationalize": "on"}
    given |= {"source": source.pk, "question_set": question_set.pk, "max_new_tokens": 30}
    started = time.monotonic()
    response = client.post("/batches/", given)
    assert time.monotonic() - started < 3
    batch = GenerationBatch.objects.get(question_set=question_set)
    assert (response.status_code, response.url) == (302, f"/batches/{batch.pk}/")
    return batch


@pytest.mark.slow
def test_a_batch_queued_while_valkey_is_dead_is_written_once_it_is_back(model, undisturbed, client):
    client.force_login(make_admin())
    with triptych() as running:
        batch = queued_batch(model)
        wait_until_mid_batch(running, batch, 3)
        running["valkey"].kill()
        late = queue_on_the_page(client, batch.source, make_question_set("late", questions=4))
        assert late.state == "queued"
        running["valkey"].start()
        wait_until_over(running, batch)
        wait_until_over(running, late)
    assert_equal_to(batch, undisturbed)
    assert as_rows(late) == [row for row in undisturbed if row[0] < "q004"]

"""Twenty kills (-9) of worker, Valkey and web during a STaR run and a batch leave no trace."""

import random
import sys
import time

import pytest

from generation.models import GenerationChunk, Source, TrainingPart
from tests.undisturbed import as_rows, queued_batch, queued_run, run_rows, undisturbed_rows
from tests.worker import ROOT, Triptych, eventually, triptych

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS, SEED = 20, 11
BASE = ROOT / "generation" / "checkpoints" / "few-shot-base"


@pytest.fixture(autouse=True)
def _chunks_of_four(settings):
    settings.CHUNK_ROWS = 4


def finished() -> int:
    chunks = GenerationChunk.objects.filter(state="done").count()
    return chunks + TrainingPart.objects.filter(name="train", state="done").count()


def start_web(running: Triptych) -> None:
    socket = f"unix:{running.folder / 'web.sock'}"
    serve = ["-m", "gunicorn", "--config", "python:config.web", "--bind", socket]
    running._start("web", [sys.executable, *serve])


def test_twenty_kills_during_a_run_and_a_batch_change_nothing(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(what) for what in ("run", "batch")]
    calm_run = undisturbed_rows(BASE, folders[0], "run")
    calm_batch = undisturbed_rows(BASE, folders[1], "batch")
    assert [part[3] for part in calm_run if part[1] == "train"][1], "a checkpoint has a hash"

    rng = random.Random(SEED)
    killed = []
    with triptych() as running:
        start_web(running)
        batch = queued_batch(BASE)
        run = queued_run(BASE)
        for _ in range(KILLS):
            before = finished()
            eventually(lambda n=before: finished() > n, 240, running.said)
            time.sleep(rng.uniform(0, 2))
            killed.append(rng.choice(["worker", "worker", "valkey", "web"]))
            running[killed[-1]].kill()
            running[killed[-1]].start()
            run.refresh_from_db()
            batch.refresh_from_db()
            assert "running" in (run.state, batch.state), f"over after {len(killed)} kills"
        eventually(lambda: is_over(run, batch), 400, running.said)
    assert set(killed) == {"worker", "valkey", "web"}
    assert (run.state, run.problem, batch.state) == ("done", "", "done")
    assert run_rows(run) == calm_run
    assert as_rows(batch) == calm_batch
    assert Source.objects.filter(kind="star").count() == 2


def is_over(run, batch) -> bool:
    run.refresh_from_db()
    batch.refresh_from_db()
    return run.state != "running" and batch.state in ("done", "failed", "cancelled")

"""The example script and the notebook run whole studies through the client, against the real site:
web process, broker, worker; a model of ours writes the batch, and a webhook hears that it ended.
"""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from generation.models import GenerationBatch, Rationale
from generation.services.sources import source_create
from raters.models import Delivery, Rater, Rating, Study
from raters.services.tokens import SCOPES, token_create
from raters.services.webhooks import webhook_create
from tests.factories import NOW, make_researcher
from tests.flows.test_webhook_arrives import server
from tests.worker import eventually, triptych

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(live_server, settings, tmp_path):
    """Its address, and a token of a researcher."""
    settings.EXPORT_DIR = tmp_path / "exports"
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    alice = make_researcher("alice")
    _, token = token_create(user=alice, name="a", scopes=list(SCOPES), days=None, now=NOW)
    return live_server.url, token


def test_a_script_runs_a_whole_study(site, settings, tmp_path):
    folder = ROOT / "generation/checkpoints/few-shot-base"
    tiny = source_create(
        name="tiny",
        kind="few-shot",
        model=str(folder),
        prompt="few-shot",
        style="word-problems",
        now=NOW,
    )
    run = runpy.run_path(str(ROOT / "docs/example_study.py"))["run"]
    with (
        server() as there,
        triptych(EXPORT_DIR=str(settings.EXPORT_DIR), WEBHOOK_HOSTS="127.0.0.1") as started,
    ):
        both = ["batch.ended", "study.filled"]
        webhook_create(
            owner=make_researcher("alice"),
            url=f"http://127.0.0.1:{there.server_port}/",
            kinds=both,
            now=NOW,
        )
        found = run(*site, name="boxes", out=tmp_path, number=4, source=tiny.pk)
        eventually(lambda: len(there.received) == 2, 60, started.said)
    batch = GenerationBatch.objects.get(source=tiny)
    assert (batch.state, batch.problem) == ("done", "")
    assert Rationale.objects.filter(source=tiny).count() == 4
    assert found["fill"]["filled"] == found["fill"]["places"] == 8
    figures = found["results"]["figures"]
    assert (figures["ratings"], figures["raters"], figures["simulated_raters"]) == (8, 2, 2)
    assert sorted(figures["sources"]) == ["backwards", "by parts", "in one line"]
    assert [row["is_simulated"] for row in found["ratings"]] == [True] * 8
    assert Rating.objects.count() == 8
    assert len(found["pairs"]) >= 4
    assert {pair["is_simulated"] for pair in found["pairs"]} == {True}
    assert set(Rater.objects.values_list("is_simulated", flat=True)) == {True}
    told = {json.loads(body)["type"] for _, _, body in there.received}
    assert told == set(both)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_the_command_runs_again_and_again_and_says_what_is_refused(site, settings, tmp_path):
    command = [sys.executable, ROOT / "docs/example_study.py", *site]

    def ended(*more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*command, *more], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    with triptych(EXPORT_DIR=str(settings.EXPORT_DIR)):
        first, second = ended(), ended("--out", "new/folder")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.startswith("12 of 12 ratings\n")
    files = [str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.jsonl")]
    made = {"ratings.jsonl", "pairs.jsonl", "new/folder/ratings.jsonl", "new/folder/pairs.jsonl"}
    assert made <= set(files)
    names = Study.objects.values_list("name", flat=True)
    assert len(set(names)) == 2
    taken = ended("--name", names[0])
    assert (taken.returncode, taken.stdout) == (1, "")
    said = f"409: There is a study named {names[0]!r} already; choose another name.\n"
    assert taken.stderr == said


def test_the_cells_of_the_notebook_run_as_a_script(site, settings, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_SITE", site[0])
    monkeypatch.setenv("TRIPTYCH_TOKEN", site[1])
    monkeypatch.setenv("TRIPTYCH_CLIENT", str(ROOT / "raters/api"))
    cells = json.loads((ROOT / "docs/api.ipynb").read_text())["cells"]
    names: dict = {}
    with triptych(EXPORT_DIR=str(settings.EXPORT_DIR)):
        for number, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    assert names["results"]["ratings"] == len(names["rows"]) == 12
    assert all(row["is_simulated"] for row in names["rows"])
    assert names["pairs"]
    assert all(pair["is_simulated"] for pair in names["pairs"])
    assert not any(cell.get("outputs") for cell in cells), "clear the notebook's outputs"

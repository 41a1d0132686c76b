"""The requests that docs/api.md shows, run as they stand: curl, a real site, a real worker."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from raters.models import Rating
from tests.flows.test_api_example import site  # noqa: F401  (a fixture)
from tests.worker import triptych

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/api.md"


def shown(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)


def test_the_requests_that_the_document_shows_run_a_whole_study(site, settings, tmp_path):  # noqa: F811
    address, token = site
    environment = {"PATH": os.environ["PATH"], "SITE": address, "TOKEN": token, "NAME": "boxes"}
    with triptych(EXPORT_DIR=str(settings.EXPORT_DIR)):
        done = subprocess.run(
            ["bash", "-eu", "-c", "\n".join(shown("sh"))],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    written = {each.name: each for each in tmp_path.iterdir()}
    imported, problem = (
        json.loads(written[n].read_text()) for n in ("imported.json", "problem.json")
    )
    study, results = (json.loads(written[n].read_text()) for n in ("study.json", "results.json"))
    export = json.loads(written["export.json"].read_text())["code"]
    pairs = [json.loads(line) for line in written[f"{export}.jsonl"].read_text().splitlines()]
    assert study["triples"] == Rating.objects.count() == results["figures"]["ratings"] == 2
    assert [pair["is_simulated"] for pair in pairs] == [True, True]
    told, refused = (json.loads(each) for each in shown("json")[:2])
    assert imported == told | {"question_set": imported["question_set"]}
    assert problem == refused

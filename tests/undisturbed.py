"""A batch that nobody disturbs: `python -m tests.undisturbed MODEL` prints its rows as JSON.

Runs in a process and a database of its own, chunk after chunk, without a broker or a worker, so
that what a worker wrote between two deaths can be compared with it. Also knows the batch itself.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.models import GenerationBatch

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS, SAMPLES = 24, 2  # with four rationales a chunk: a dozen chunks


def undisturbed_rows(model: Path, folder: Path) -> list[list]:
    """The rows of the batch in a fresh SQLite file in this folder."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{folder}/undisturbed.sqlite3",
        "TRIPTYCH_VAR": str(folder),
        "HF_HUB_OFFLINE": "1",
        "CHUNK_ROWS": "4",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.undisturbed", str(model)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def queued_batch(model: Path) -> "GenerationBatch":
    from django.utils import timezone

    from generation.services.batches import batch_create
    from tests.factories import make_question_set
    from tests.generation.services.writer import make_source

    return batch_create(
        source=make_source("killed", model=str(model)),
        question_set=make_question_set("killed", questions=QUESTIONS),
        samples=SAMPLES,
        temperature=0.9,
        seed=5,
        rationalize=True,
        max_new_tokens=30,
        now=timezone.now(),
    )


def as_rows(batch: "GenerationBatch") -> list[list]:
    from tests.generation.services.writer import rows

    return [list(row) for row in rows(batch)]


def main(model: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.generation.services.writer import make_question_set, run_all

    call_command("migrate", verbosity=0)
    make_question_set("something else first", questions=7)
    print(json.dumps(as_rows(run_all(queued_batch(model)))))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))

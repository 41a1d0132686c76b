"""A batch and a training run that nobody disturbs, printed as JSON:
`python -m tests.undisturbed batch|run MODEL`.

Runs in a process and a database of its own, one thing after the other, without a broker or a
worker, so that what a worker wrote between two deaths can be compared with it. Also knows the
batch and the run themselves.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.models import GenerationBatch, TrainingRun

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS, SAMPLES = 24, 2  # with four rationales a chunk: a dozen chunks


def undisturbed_rows(model: Path, folder: Path, what: str = "batch") -> list[list]:
    """The rows of the batch, or of the run, in a fresh SQLite file in this folder."""
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
        [sys.executable, "-m", "tests.undisturbed", what, str(model)],
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


def queued_run(model: Path) -> "TrainingRun":
    """Two loops from a base that gets word problems right now and then."""
    from django.utils import timezone

    from generation.models import QuestionSet
    from generation.services.problems import problems_make
    from generation.services.training import run_create
    from generation.services.training_settings import TrainingSettings
    from tests.generation.services.writer import make_source

    for name, number, seed in (("learned", 16, 0), ("held out", 8, 1)):
        problems_make(
            number=number, seed=seed, set_name=name, now=timezone.now(), steps=range(2, 4)
        )
    return run_create(
        name="killed run",
        base=make_source("its base", model=str(model), style="word-problems"),
        question_set=QuestionSet.objects.get(name="learned"),
        held_out=QuestionSet.objects.get(name="held out"),
        asked=TrainingSettings(
            loops=2, first_steps=5, temperature=0.8, max_new_tokens=100, rate=1e-4, warm_up=1,
            rows=4, seed=3,
        ),
        now=timezone.now(),
    )  # fmt: skip


def run_rows(run: "TrainingRun") -> list[list]:
    """Every part with its figures, the hash of what it trained, its source and all its rows."""
    found = []
    for part in run.parts.select_related("source__parent", "batch").order_by("loop", "pk"):
        source = part.source
        made = [source.name, source.parent.name, source.prompt] if source else []
        learned = [part.checkpoint_hash, part.steps, part.steps_done, len(part.kept_ids)]
        rows = as_rows(part.batch) if part.batch else []
        found.append([part.loop, part.name, part.state, *learned, made, rows])
    return found


def main(what: str, model: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.generation.services.trainer import work
    from tests.generation.services.writer import make_question_set, run_all

    call_command("migrate", verbosity=0)
    make_question_set("something else first", questions=7)
    if what == "run":
        rows = run_rows(work(queued_run(model)))
    else:
        rows = as_rows(run_all(queued_batch(model)))
    print(json.dumps(rows))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

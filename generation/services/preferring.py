"""Sources that learn from raters: by DPO on exported pairs, or from the best-rated rationales, or,
to hold them against, from every rationale that stands in those pairs: all of them are right.

The circle closes here through a file: what is trained on is an exported file with its manifest,
read when the run is queued and again, by its checksum, when it is trained. A run is a TrainingRun
of one part (training.py), and what it makes is a source like any other.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from generation.datasets.preferences import (
    FileRefused,
    Preferences,
    Row,
    Rules,
    each_once,
    hold_out,
    read_preferences,
    rules,
)
from generation.lm.dpo import Preferring
from generation.lm.launching import Progress, prefer, tune
from generation.lm.tuning import Tuning
from generation.models import QuestionSet, Source, TrainingRun
from generation.services.training import check_run_name, run_advance
from generation.services.training_settings import DTYPES, TrainingRefused

Kind = TrainingRun.Kind
EXPORT_OF = {Kind.DPO: "dpo.jsonl", Kind.SFT: "sft.jsonl", Kind.ALL: "dpo.jsonl"}


@dataclass(frozen=True)
class PreferenceSettings:
    """`epochs` times through the file, `rows` a step on each of `processes` devices; `beta` is
    DPO's and unused otherwise; `lora_rank` 0 trains all weights. `sha256` is the file's."""

    pairs: str
    held_out: str = ""
    sha256: str = ""
    held_out_sha256: str = ""
    epochs: int = 1
    rate: float = 1e-6
    beta: float = 0.1
    rows: int = 8
    lora_rank: int = 0
    dtype: str = "float32"
    checkpointing: bool = False
    seed: int = 0
    processes: int = 1

    def check(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                label = name.replace("_", " ")
                raise TrainingRefused(f"'{label}' goes from {low:g} to {high:g}, not {value:g}.")
        if self.dtype not in DTYPES:
            raise TrainingRefused(f"Weights are trained in {' or '.join(DTYPES)}.")


RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "rate": (1e-9, 1),
    "beta": (1e-4, 100),
    "rows": (1, 4096),
    "lora_rank": (0, 1024),
    "seed": (0, 2**31 - 1),
    "processes": (1, 64),
}


def preferring_create(
    *,
    name: str,
    kind: str,
    base: Source,
    asked: PreferenceSettings,
    now: datetime,
    user: User | None = None,
) -> TrainingRun:
    """Read the files, freeze the settings and queue. The new source bears the run's name."""
    name = check_run_name(name)
    if Source.objects.filter(name=name).exists():
        raise TrainingRefused(f"There is a source named '{name}' already; choose another name.")
    if not base.model or base.server:
        raise TrainingRefused(f"'{base.name}' has no model that our own workers could train.")
    asked.check()
    found, measured = _files(kind, asked)
    _learned_from(kind, found, measured)
    rated = QuestionSet.objects.filter(name=found.questions).first()
    if rated is None:
        raise TrainingRefused(
            f"The file comes from the question set '{found.questions}', which is not here: import "
            "it under that name."
        )
    frozen = asdict(asked) | {
        "pairs": str(Path(asked.pairs).absolute()),
        "held_out": str(Path(asked.held_out).absolute()) if asked.held_out else "",
        "sha256": found.sha256,
        "held_out_sha256": measured.sha256 if measured else "",
    }
    with transaction.atomic():
        run = TrainingRun.objects.create(
            name=name,
            kind=kind,
            base=base,
            question_set=rated,
            held_out=rated,
            settings=frozen,
            created_by=user,
            created_at=now,
        )
        transaction.on_commit(partial(run_advance, run_id=run.pk, now=now))
    run.refresh_from_db()
    return run


def _files(kind: str, asked: PreferenceSettings) -> tuple[Preferences, Preferences | None]:
    """What is to be trained and measured on, if it still is what was queued."""
    export = EXPORT_OF[Kind(kind)]
    found = read_preferences(Path(asked.pairs), export)
    measured = read_preferences(Path(asked.held_out), export) if asked.held_out else None
    for path, now, before in (
        (asked.pairs, found.sha256, asked.sha256),
        (asked.held_out, measured.sha256 if measured else "", asked.held_out_sha256),
    ):
        if before and now != before:
            raise FileRefused(f"'{path}' was replaced since the run was queued: queue a new run.")
    return found, measured


def _learned_from(
    kind: str, found: Preferences, measured: Preferences | None
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows that are trained on, and those that are measured: pairs alone can be."""
    return (found.rows, ()) if kind == Kind.SFT else hold_out(found, measured)


def preferring_rules(*, run: TrainingRun) -> tuple[Rules, int, int]:
    """What the trained preference is held against; pairs trained on, and held out."""
    trained, held = _learned_from(run.kind, *_files(run.kind, PreferenceSettings(**run.settings)))
    return rules(trained, held), len(trained), len(held)


def preferring_rows(*, run: TrainingRun) -> tuple[Row, ...]:
    """The rows that a run was trained on. Raises FileRefused where the file is gone."""
    return _learned_from(run.kind, *_files(run.kind, PreferenceSettings(**run.settings)))[0]


def preferred(run: TrainingRun, folder: Path, progress: Progress) -> tuple[Path, str]:
    """Train a run's model in this folder: where the model came to lie, and its hash."""
    asked = PreferenceSettings(**run.settings)
    common: dict[str, Any] = {
        "model": run.base.model,
        "revision": run.base.revision,
        "rate": asked.rate,
        "rows": asked.rows,
        "lora_rank": asked.lora_rank,
        "dtype": asked.dtype,
        "checkpointing": asked.checkpointing,
        "seed": asked.seed,
        "device": settings.GENERATION_DEVICE,
        "threads": settings.GENERATION_THREADS,
    }
    more: dict[str, Any] = {"processes": asked.processes, "progress": progress}
    rows, held = _learned_from(run.kind, *_files(run.kind, asked))
    if run.kind == Kind.DPO:
        task = Preferring(**common, epochs=asked.epochs, beta=asked.beta)
        return prefer(task, rows, held, folder, **more)
    best = run.kind == Kind.SFT
    examples = [(row["prompt"], row["completion"]) for row in rows] if best else each_once(rows)
    steps = -(-len(examples) // (asked.rows * asked.processes)) * asked.epochs
    return tune(Tuning(**common, steps=steps, warm_up=0), examples, folder, **more)

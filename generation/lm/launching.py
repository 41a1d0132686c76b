"""Starts the process that fine-tunes, and follows it. Knows no torch: that is in tuning.py."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .tuning import EXAMPLES, MADE, PROGRESS, TASK, Tuning

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.5


class TuningFailed(Exception):
    """The process ended without a model; the text is what it said last."""


def tune(
    task: Tuning,
    examples: Sequence[tuple[str, str]],
    folder: Path,
    *,
    processes: int,
    progress: Callable[[int, float | None], None],
) -> tuple[Path, str]:
    """The folder of the model made and its hash. `progress` hears of steps and loss, at least twice
    a second, and ends the work with what it raises."""
    folder.mkdir(parents=True)
    (folder / TASK).write_text(json.dumps(asdict(task)))
    lines = (json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in examples)
    (folder / EXAMPLES).write_text("".join(lines), "utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_command(processes), str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HF_DATASETS_CACHE": str(folder / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            while process.poll() is None:
                progress(*_told(folder))
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        raise TuningFailed(_last_words(folder / "log"))
    progress(*_told(folder))
    made: dict[str, str] = json.loads((folder / f"{MADE}.json").read_text())
    return folder / MADE, made["hash"]


def _command(processes: int) -> list[str]:
    if processes == 1:
        return [sys.executable, "-m", "generation.lm.tuning"]
    several = ["--num_processes", str(processes), "--multi_gpu", "-m", "generation.lm.tuning"]
    return [sys.executable, "-m", "accelerate.commands.launch", *several]


def _told(folder: Path) -> tuple[int, float | None]:
    try:
        told: dict[str, Any] = json.loads((folder / PROGRESS).read_text())
    except FileNotFoundError:
        return 0, None
    return told["steps_done"], told["loss"]


def _last_words(log: Path) -> str:
    said = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return re.sub(r"^[\w.]+: ", "", said[-1])[:400] if said else "the process was killed"

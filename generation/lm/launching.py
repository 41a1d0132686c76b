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

from .dpo import HELD_OUT, PAIRS, Preferring
from .tuning import EXAMPLES, MADE, PROGRESS, TASK, Tuning

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.5


class TuningFailed(Exception):
    """The process ended without a model; the text is what it said last."""


Progress = Callable[[dict[str, Any]], None]
"""Hears what the process tells (steps_done, loss, ...), at least twice a second, and ends the work
with what it raises."""


def tune(
    task: Tuning,
    examples: Sequence[tuple[str, str]],
    folder: Path,
    *,
    processes: int,
    progress: Progress,
) -> tuple[Path, str]:
    """The folder of the model made and its hash."""
    rows = [{"prompt": asked, "completion": written} for asked, written in examples]
    return _learned("tuning", task, {EXAMPLES: rows}, folder, processes, progress)


def prefer(
    task: Preferring,
    pairs: Sequence[dict[str, Any]],
    held_out: Sequence[dict[str, Any]],
    folder: Path,
    *,
    processes: int,
    progress: Progress,
) -> tuple[Path, str]:
    """The same by preference pairs. Where a folder holds a checkpoint, it goes on from there."""
    files = {
        name: [{side: row[side] for side in ("prompt", "chosen", "rejected")} for row in rows]
        for name, rows in ((PAIRS, pairs), (HELD_OUT, held_out))
    }
    return _learned("dpo", task, files, folder, processes, progress)


def _learned(
    program: str,
    task: Tuning | Preferring,
    files: dict[str, list[dict[str, Any]]],
    folder: Path,
    processes: int,
    progress: Progress,
) -> tuple[Path, str]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TASK).write_text(json.dumps(asdict(task)))
    for name, rows in files.items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_command(f"generation.lm.{program}", processes), str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HF_DATASETS_CACHE": str(folder / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            while process.poll() is None:
                progress(_told(folder))
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        raise TuningFailed(_last_words(folder / "log"))
    progress(_told(folder))
    made: dict[str, str] = json.loads((folder / f"{MADE}.json").read_text())
    return folder / MADE, made["hash"]


def _command(program: str, processes: int) -> list[str]:
    if processes == 1:
        return [sys.executable, "-m", program]
    several = ["--num_processes", str(processes), "--multi_gpu", "-m", program]
    return [sys.executable, "-m", "accelerate.commands.launch", *several]


def _told(folder: Path) -> dict[str, Any]:
    """What the process wrote last."""
    try:
        said: dict[str, Any] = json.loads((folder / PROGRESS).read_text())
    except FileNotFoundError:
        return {"steps_done": 0, "loss": None}
    return said


def _last_words(log: Path) -> str:
    said = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return re.sub(r"^[\w.]+: ", "", said[-1])[:400] if said else "the process was killed"

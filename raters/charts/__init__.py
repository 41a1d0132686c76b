"""What is drawn, as plain values, and the way to the process that draws it.

`draw` starts a new Python for all pictures of a report: the renderer hangs in a forked child of a
process that has rendered, and a worker must neither fork after drawing nor keep a renderer for
ever. Knows nothing of studies, and no mark (marks.py).
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


class NotDrawn(Exception):
    """The process that draws ended without the pictures; the message is what it said last."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One estimate with its interval; `low` and `high` are None where there is none.

    `source` is the number, from 0, of the source whose colour it has; None: that of its row.
    """

    name: str
    share: float
    low: float | None
    high: float | None
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart by its `kind` (a function of marks.py, less `_svg`) and what that is given.

    `columns` and `numbers` are the same chart as a table, unrounded.
    """

    name: str
    kind: str
    given: dict[str, Any]
    columns: tuple[str, ...]
    numbers: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    svg: str
    png: bytes


def bars_picture(name: str, bars: Sequence[Bar], *, kind: str = "shares", **given: Any) -> Picture:
    return Picture(
        name=name,
        kind=kind,
        given={"bars": [asdict(bar) for bar in bars], **given},
        columns=("of", "value", "low", "high"),
        numbers=tuple((bar.name, bar.share, bar.low, bar.high) for bar in bars),
    )


def draw(pictures: Sequence[Picture]) -> dict[str, Drawn]:
    """Every picture by its name. Raises NotDrawn."""
    if not pictures:
        return {}
    asked = json.dumps([[each.name, each.kind, each.given] for each in pictures])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "raters.charts"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            input=asked,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotDrawn(f"charts were not drawn within {SECONDS} seconds") from None
    if done.returncode:
        raise NotDrawn((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return {
        name: Drawn(svg, base64.b64decode(png))
        for name, (svg, png) in json.loads(done.stdout).items()
    }

"""Shares with their intervals as numbers for an SVG: a row each, from 0 to 100 per cent.

Pure, and small enough to be drawn while a comparison goes on; `templates/generation/_dots.html`
draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, ROW, LEFT, RIGHT, BOTTOM = 560, 34, 190, 60, 30
LONGEST = 26


@dataclass(frozen=True, slots=True)
class Dot:
    """A share from 0 to 1, or None where it is not known yet."""

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    says: str
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dots:
    width: int
    height: int
    left: int
    right: int
    bottom: int
    rows: tuple[Row, ...]
    levels: tuple[tuple[float, int], ...]


def dots(wanted: Sequence[Dot]) -> Dots | None:
    """None where nothing is known."""
    width = WIDTH - LEFT - RIGHT

    def x(share: float) -> float:
        return round(LEFT + width * share, 1)

    rows: list[Row] = []
    for dot in wanted:
        if dot.value is None:
            continue
        low = dot.value if dot.low is None else dot.low
        high = dot.value if dot.high is None else dot.high
        name = dot.name if len(dot.name) <= LONGEST else f"{dot.name[: LONGEST - 1]}…"
        y = ROW * len(rows) + ROW / 2
        rows.append(Row(name, f"{100 * dot.value:.1f} %", y, x(dot.value), x(low), x(high)))
    if not rows:
        return None
    height = ROW * len(rows) + BOTTOM
    return Dots(
        width=WIDTH,
        height=height,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=height - BOTTOM,
        rows=tuple(rows),
        levels=tuple((x(level / 100), level) for level in range(0, 101, 25)),
    )

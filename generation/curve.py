"""A learning curve as numbers for an SVG: lines over loops, from 0 to 100 per cent.

Pure: knows no run and draws nothing; `templates/generation/_curve.html` does. Small enough to need
no charting library, so a page draws it while a run goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 150, 14, 36
LABEL_GAP = 17
COLOURS = ("#0b6aa8", "#b8560a", "#3d7a5d", "#94507f", "#7a6a16", "#4b4b4b")


@dataclass(frozen=True, slots=True)
class Line:
    """One without a name has no label; one without a colour takes the next."""

    name: str
    values: tuple[float | None, ...]
    is_dashed: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    name: str
    colour: str
    is_dashed: bool
    path: str
    dots: tuple[tuple[float, float, str], ...]
    label_y: float


@dataclass(frozen=True, slots=True)
class Curve:
    width: int
    height: int
    left: int
    right: int
    bottom: int
    lines: tuple[Drawn, ...]
    levels: tuple[tuple[float, int], ...]
    loops: tuple[tuple[float, int], ...]


def curve(lines: Sequence[Line]) -> Curve | None:
    """None where there is nothing to draw."""
    shown = [line for line in lines if any(value is not None for value in line.values)]
    if not shown:
        return None
    last = max(len(line.values) for line in shown) - 1
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(loop: int) -> float:
        return round(LEFT + width * loop / max(1, last), 1)

    def y(value: float) -> float:
        return round(TOP + height * (1 - value / 100), 1)

    labelled = [line for line in shown if line.name]
    ends = [next(v for v in reversed(line.values) if v is not None) for line in labelled]
    places = dict(zip(map(id, labelled), spread([y(end) for end in ends]), strict=True))
    drawn = []
    for number, line in enumerate(shown):
        dots = tuple((x(n), y(v), f"{v:.1f}") for n, v in enumerate(line.values) if v is not None)
        path = "M" + "L".join(f"{a} {b}" for a, b, _ in dots)
        colour = line.colour or COLOURS[number % len(COLOURS)]
        place = places.get(id(line), 0.0)
        drawn.append(Drawn(line.name, colour, line.is_dashed, path, dots, place))
    every = max(1, (last + 9) // 10)
    return Curve(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
        lines=tuple(drawn),
        levels=tuple((y(level), level) for level in range(0, 101, 25)),
        loops=tuple((x(loop), loop) for loop in range(0, last + 1, every)),
    )


def spread(wanted: Sequence[float]) -> list[float]:
    """Labels where they are wanted, and below where another one stands."""
    placed: dict[int, float] = {}
    lowest = float("-inf")
    for index in sorted(range(len(wanted)), key=lambda i: (wanted[i], i)):
        lowest = max(wanted[index], lowest + LABEL_GAP)
        placed[index] = round(lowest, 1)
    over = max(placed.values(), default=0) - (HEIGHT - 8)
    return [placed[i] - max(0, over) for i in range(len(wanted))]

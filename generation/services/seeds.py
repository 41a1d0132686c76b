"""The same STaR run with several seeds, with and without rationalization: the paper's figure.

Runs belong together where everything but the seed and the rationalization is the same. A file that
`star_addition` wrote is read to the same values. Writes nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.models import TrainingRun
from generation.services.training_figures import run_loops_shown
from generation.services.training_settings import read_settings

VARIES = ("seed", "rationalizes")
Loops = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SeedCurve:
    """Per cent right by loop, the base first: in all, and by digits or steps."""

    seed: int
    rationalizes: bool
    accuracy: Loops
    by_size: dict[int, Loops]
    run_pk: int | None = None


def run_seeds(*, run: TrainingRun) -> list[TrainingRun]:
    """This run and those that differ from it in seed or rationalization alone, by seed."""
    same = TrainingRun.objects.filter(
        kind=run.kind, base=run.base, question_set=run.question_set, held_out=run.held_out
    )
    alike = [each for each in same if _but_for_seed(each) == _but_for_seed(run)]
    return sorted(alike, key=lambda each: (read_settings(each.settings).seed, each.pk))


def _but_for_seed(run: TrainingRun) -> dict[str, Any]:
    return {name: value for name, value in run.settings.items() if name not in VARIES}


def seed_curves(*, run: TrainingRun) -> list[SeedCurve]:
    return [_of_run(each) for each in run_seeds(run=run)]


def _of_run(run: TrainingRun) -> SeedCurve:
    asked, loops = read_settings(run.settings), run_loops_shown(run=run)
    sizes = sorted({size for loop in loops for size in loop.by_size})
    return SeedCurve(
        seed=asked.seed,
        rationalizes=asked.rationalizes,
        accuracy=tuple(loop.accuracy for loop in loops),
        by_size={size: tuple(_percent(loop.by_size.get(size)) for loop in loops) for size in sizes},
        run_pk=run.pk,
    )


def seed_curves_of_file(*, path: Path) -> tuple[str, list[SeedCurve]]:
    """The command that made the file, and its curves."""
    found = json.loads(path.read_text("utf-8"))
    return found["command"], [_of_arm(arm) for arm in found["arms"]]


def _of_arm(arm: dict[str, Any]) -> SeedCurve:
    loops = arm["loops"]
    return SeedCurve(
        seed=arm["seed"],
        rationalizes=arm["rationalizes"],
        accuracy=tuple(loop["accuracy"] for loop in loops),
        by_size={
            int(size): tuple(_percent(loop["by_digits"][size]) for loop in loops)
            for size in loops[0]["by_digits"]
        },
    )


def _percent(counted: Any) -> float | None:
    return 100 * counted[0] / counted[1] if counted and counted[1] else None


def mean_curve(curves: list[Loops]) -> Loops:
    """Loop by loop, of the seeds that are so far; None where none is."""
    longest = max((len(values) for values in curves), default=0)
    found: list[float | None] = []
    for loop in range(longest):
        known = [v[loop] for v in curves if loop < len(v) and v[loop] is not None]
        found.append(sum(known) / len(known) if known else None)  # type: ignore[arg-type]
    return tuple(found)

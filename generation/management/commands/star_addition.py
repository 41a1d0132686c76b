"""star_addition --out FILE [--seeds 1 2 3]: the paper's learning curve on sums, from nothing."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.star import NothingToLearn


class Command(BaseCommand):
    help = "Train a tiny GPT-J on sums and run STaR with and without rationalization from it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="FILE", help="the figures, as JSON")
        parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="N")
        parser.add_argument("--processes", type=int, default=2, metavar="N", help="arms at a time")

    def handle(self, *, out: str, seeds: list[int], processes: int, **_: object) -> None:
        from generation.lm.addition import RECIPE, learning_curves  # torch

        if min(seeds) < 1 or len(set(seeds)) < len(seeds) or processes < 1:
            raise CommandError("--seeds are different numbers from 1, --processes is 1 or more.")
        started = time.monotonic()

        def report(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.0f} s  {line}")
            self.stdout.flush()

        try:
            with TemporaryDirectory(prefix="star-addition-") as folder:
                arms = learning_curves(
                    Path(folder), seeds, recipe=RECIPE, processes=processes, report=report
                )
        except NothingToLearn as nothing:
            raise CommandError(str(nothing)) from None
        figures = {
            "command": f"manage.py star_addition --seeds {' '.join(map(str, seeds))}",
            "recipe": asdict(RECIPE),
            "cpu_seconds": round(sum(arm.cpu_seconds for arm in arms)),
            "arms": [asdict(arm) for arm in arms],
        }
        try:
            Path(out).write_text(json.dumps(figures, indent=1) + "\n")
        except OSError as problem:
            raise CommandError(f"'{out}' cannot be written: {problem.strerror}.") from None
        report(f"written to {out}")

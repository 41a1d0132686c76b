"""train_tiny --out DIR [--seed N]: the two tiny GPT-J models of the sample study, from nothing."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError, CommandParser

SEED = 1  # of the shipped models


class Command(BaseCommand):
    help = "Train the tiny few-shot base and its STaR loop; about fifteen minutes on one core."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="DIR")
        parser.add_argument("--seed", type=int, default=SEED, metavar="N")

    def handle(self, *, out: str, seed: int, **_: object) -> None:
        from generation.lm.tiny import train_tiny  # torch

        started = time.monotonic()

        def report(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.0f} s  {line}")
            self.stdout.flush()

        try:
            folder = Path(out)
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".train-", dir=folder) as unfinished:
                train_tiny(Path(unfinished), seed=seed, report=report)
                for made in sorted(Path(unfinished).iterdir()):
                    put(made, folder / made.name)
        except OSError as problem:
            raise CommandError(f"'{out}' cannot be written: {problem.strerror}.") from None
        report(f"written to {out}")


def put(made: Path, place: Path) -> None:
    """A finished folder to its place; the one before it goes whole, at the last moment."""
    if place.exists():
        place.rename(made.with_name(f"{made.name}.before"))
    made.rename(place)

"""What the commands that train on raters' preferences have in common: arguments, and following."""

import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets.preferences import FileRefused
from generation.models import Source, TrainingPart, TrainingRun
from generation.services.preferring import PreferenceSettings, preferring_create
from generation.services.training_settings import TrainingRefused

POLL_SECONDS = 1.0
OF_TRAINING = {
    "--epochs": (int, "times through the file"),
    "--rate": (float, "learning rate"),
    "--rows": (int, "rows a step, on each device"),
    "--lora-rank": (int, "0 trains all weights"),
    "--dtype": (str, "float32 or bfloat16"),
    "--seed": (int, "of the order"),
    "--processes": (int, "devices, by accelerate"),
}


class PreferenceCommand(BaseCommand):
    """A command names its kind of run, and says with `report` what came of it."""

    kind: str

    def add_arguments(self, parser: CommandParser) -> None:
        defaults = {each.name: each.default for each in fields(PreferenceSettings)}
        parser.add_argument("--source", required=True, metavar="NAME", help="what is trained")
        parser.add_argument("--name", metavar="NAME", help="of the new source")
        for option, (kind, says) in OF_TRAINING.items():
            default = defaults[option[2:].replace("-", "_")]
            parser.add_argument(option, type=kind, default=default, help=f"{says} ({default})")
        parser.add_argument("--checkpointing", action="store_true", help="less memory, more time")
        parser.add_argument("--no-wait", action="store_true", help="only queue it")

    def handle(self, *, source: str, name: str | None, no_wait: bool, **given: Any) -> None:
        known = {each.name for each in fields(PreferenceSettings)}
        asked = PreferenceSettings(**{key: given[key] for key in known & given.keys()})
        base = Source.objects.filter(name=source).first()
        if base is None:
            raise CommandError(f"No source is named '{source}'.")
        try:
            run = preferring_create(
                name=name or f"{source}, {Path(asked.pairs).stem}",
                kind=self.kind,
                base=base,
                asked=asked,
                now=timezone.now(),
            )
        except (TrainingRefused, FileRefused) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"run '{run}' is queued; a worker of the queue gpu trains it")
        if not no_wait:
            self._follow(run)

    def _follow(self, run: TrainingRun) -> None:
        shown = -1
        while True:
            part = run.parts.get()
            if part.steps_done > shown and part.loss is not None:
                shown = part.steps_done
                self.stdout.write(f"step {shown} of {part.steps}: {self.line(part)}")
                self.stdout.flush()
            run.refresh_from_db()
            if run.state != TrainingRun.State.RUNNING:
                break
            time.sleep(POLL_SECONDS)
        if run.state == TrainingRun.State.FAILED:
            raise CommandError(f"run '{run}' failed: {run.problem}")
        if run.state == TrainingRun.State.STOPPED:
            raise CommandError(f"run '{run}' was stopped after {part.steps_done} steps")
        part.refresh_from_db()
        self.report(run, part)

    def line(self, part: TrainingPart) -> str:
        return f"loss {part.loss:.4f}"

    def report(self, run: TrainingRun, part: TrainingPart) -> None:
        self.stdout.write(f"the source '{part.source}' is trained ({part.seconds:.0f} s)")

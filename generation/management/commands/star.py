"""star queue|list|follow|stop|resume [NAME] ...: the STaR loop, from a source with a model."""

import time
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import QuestionSet, Source, TrainingRun
from generation.services.training import run_create, run_resume, run_stop
from generation.services.training_figures import run_lines, run_loops_shown, training_runs
from generation.services.training_settings import TrainingRefused, TrainingSettings

POLL_SECONDS = 1.0
Missing = (Source.DoesNotExist, QuestionSet.DoesNotExist, TrainingRun.DoesNotExist)


class Command(BaseCommand):
    help = "STaR from a source, loop by loop: queue a run, follow it, stop it, let it go on."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        queue = acts.add_parser("queue", help="begin a run; workers do it")
        queue.add_argument("name")
        queue.add_argument("--base", required=True, metavar="SOURCE")
        queue.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        queue.add_argument("--held-out", required=True, metavar="NAME")
        for field in fields(TrainingSettings):
            option = f"--{field.name.replace('_', '-')}"
            if isinstance(field.default, bool):
                no = f"--no-{field.name.replace('_', '-')}"
                queue.add_argument(option, action="store_true", default=field.default)
                queue.add_argument(no, action="store_false", dest=field.name)
            else:
                queue.add_argument(option, type=type(field.default), default=field.default)
        queue.add_argument("--wait", action="store_true", help="follow it to its end")
        acts.add_parser("list", help="every run and how far it is")
        for act in ("stop", "resume", "follow"):
            acts.add_parser(act).add_argument("name")

    def handle(self, *, act: str, **given: Any) -> None:
        try:
            getattr(self, act)(**given)
        except Missing as missing:
            raise CommandError(f"There is none of that name: {missing}") from None
        except TrainingRefused as refused:
            raise CommandError(str(refused)) from None

    def queue(
        self, *, name: str, base: str, set_name: str, held_out: str, wait: bool, **given: Any
    ) -> None:
        chosen = {field.name: given[field.name] for field in fields(TrainingSettings)}
        run = run_create(
            name=name,
            base=Source.objects.get(name=base),
            question_set=QuestionSet.objects.get(name=set_name),
            held_out=QuestionSet.objects.get(name=held_out),
            asked=TrainingSettings(**chosen),
            now=timezone.now(),
        )
        self.stdout.write(f"run '{run.name}' has begun")
        if wait:
            self.follow(name=run.name)

    def list(self, **_: Any) -> None:
        runs = training_runs(sets=QuestionSet.objects.all())
        for line in run_lines(runs=runs.filter(kind=TrainingRun.Kind.STAR)):
            right = "" if line.accuracy is None else f", {line.accuracy:.1f} % right"
            how = f"{line.loops_done} of {line.loops} loops{right}"
            self.stdout.write(f"{line.name}: {line.state}, {how}")

    def stop(self, *, name: str, **_: Any) -> None:
        run_stop(run=TrainingRun.objects.get(name=name), now=timezone.now())
        self.stdout.write(f"run '{name}' is stopped; what is done stays")

    def resume(self, *, name: str, **_: Any) -> None:
        run_resume(run=TrainingRun.objects.get(name=name), now=timezone.now())
        self.stdout.write(f"run '{name}' goes on")

    def follow(self, *, name: str, **_: Any) -> None:
        """A line a loop as it ends."""
        run, shown = TrainingRun.objects.get(name=name), 0
        while True:
            run.refresh_from_db()
            loops = [loop for loop in run_loops_shown(run=run) if loop.accuracy is not None]
            for loop in loops[shown:]:
                kept = "" if loop.right is None else f"{loop.right} right, {loop.rationalized} "
                kept = f"{kept}rationalized, {loop.failed} failed; " if kept else ""
                self.stdout.write(f"loop {loop.number}: {kept}{loop.accuracy:.1f} % right held out")
                self.stdout.flush()
            shown = len(loops)
            if run.state != TrainingRun.State.RUNNING:
                break
            time.sleep(POLL_SECONDS)
        if run.state != TrainingRun.State.DONE:
            raise CommandError(f"run '{name}' is {run.state}. {run.problem}".strip())

"""generate --set NAME --source NAME --samples N --temperature T --seed S [--wait]"""

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import GenerationBatch, QuestionSet, Source
from generation.services.batches import BatchRefused, batch_create, batch_progress

POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Queue a generation batch for the workers; --wait follows it to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--source", required=True, metavar="NAME")
        parser.add_argument("--samples", type=int, default=1, metavar="N")
        parser.add_argument("--temperature", type=float, default=0.0, metavar="T")
        parser.add_argument("--seed", type=int, default=0, metavar="S")
        parser.add_argument("--max-new-tokens", type=int, default=256, metavar="N")
        parser.add_argument("--rationalize", action="store_true", help="failures again, hinted")
        parser.add_argument("--calculator", action="store_true", help="computes <<48/2=")
        parser.add_argument(
            "--priority", type=int, choices=GenerationBatch.Priority.values, default=0
        )
        parser.add_argument("--wait", action="store_true")

    def handle(
        self, *, set_name: str, source: str, samples: int, temperature: float, seed: int,
        max_new_tokens: int, rationalize: bool, calculator: bool, priority: int, wait: bool,
        **_: object,
    ) -> None:  # fmt: skip
        try:
            batch = batch_create(
                source=Source.objects.get(name=source),
                question_set=QuestionSet.objects.get(name=set_name),
                samples=samples,
                temperature=temperature,
                seed=seed,
                max_new_tokens=max_new_tokens,
                rationalize=rationalize,
                calculator=calculator,
                priority=priority,
                now=timezone.now(),
            )
        except (Source.DoesNotExist, QuestionSet.DoesNotExist) as missing:
            what = "source" if isinstance(missing, Source.DoesNotExist) else "question set"
            name = source if what == "source" else set_name
            raise CommandError(f"No {what} is named '{name}'.") from None
        except BatchRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"batch {batch.pk} is queued")
        if wait:
            self._follow(batch)

    def _follow(self, batch: GenerationBatch) -> None:
        shown = -1
        while True:
            batch.refresh_from_db()
            progress = batch_progress(batch=batch)
            if progress.chunks_done != shown:
                shown = progress.chunks_done
                self.stdout.write(
                    f"{progress.percent:3d} %  {progress.rationales} rationales, "
                    f"{progress.right} right, {progress.tokens_per_second or 0:.0f} tokens/s"
                )
                self.stdout.flush()
            if batch.state in GenerationBatch.OVER:
                break
            time.sleep(POLL_SECONDS)
        if batch.state == GenerationBatch.State.FAILED:
            raise CommandError(f"batch {batch.pk} failed: {batch.problem}")
        if batch.state == GenerationBatch.State.CANCELLED:
            raise CommandError(
                f"batch {batch.pk} was stopped; {progress.chunks_done} of {progress.chunks} chunks "
                "are written"
            )
        self.stdout.write(f"batch {batch.pk} is {batch.get_state_display()}")

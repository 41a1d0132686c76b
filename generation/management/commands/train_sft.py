"""train_sft --source NAME --best FILE [--name NAME]: learn from the best-rated rationales."""

from typing import Any

from django.core.management.base import CommandParser

from generation.management.preferring import PreferenceCommand
from generation.models import TrainingRun


class Command(PreferenceCommand):
    help = "Fine-tune a source on the best-rated rationales of a study: a new source."
    kind = TrainingRun.Kind.SFT

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--best", required=True, metavar="FILE", help="sft.jsonl, exported")

    def handle(self, *, best: str, **given: Any) -> None:  # type: ignore[override]
        super().handle(pairs=best, **given)

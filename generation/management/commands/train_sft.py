"""train_sft --source NAME --best FILE | --all FILE [--name NAME]: learn from what raters saw."""

from typing import Any

from django.core.management.base import CommandParser

from generation.management.preferring import PreferenceCommand
from generation.models import TrainingRun


class Command(PreferenceCommand):
    help = "Fine-tune a source on the best-rated rationales of a study, or on all: a new source."
    kind = TrainingRun.Kind.SFT

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--best", metavar="FILE", help="sft.jsonl, exported")
        what.add_argument(
            "--all",
            metavar="FILE",
            help="dpo.jsonl: every rationale of its pairs, as all are right",
        )
        parser.add_argument(
            "--held-out", default="", metavar="FILE",
            help="with --all: another split; without it a fifth of the questions is left out",
        )  # fmt: skip

    def handle(self, *, best: str | None, **given: Any) -> None:  # type: ignore[override]
        every = given.pop("all")
        self.kind = TrainingRun.Kind.SFT if best else TrainingRun.Kind.ALL
        super().handle(pairs=best or every, **given)

"""train_dpo --source NAME --pairs FILE [--held-out FILE] [--name NAME]: learn from raters."""

from typing import Any

from django.core.management.base import CommandParser

from generation.management.preferring import PreferenceCommand
from generation.models import TrainingPart, TrainingRun
from generation.services.preferring import preferring_rules


class Command(PreferenceCommand):
    help = "Train a source on exported pairs by DPO: a new source, to be queued and rated again."
    kind = TrainingRun.Kind.DPO

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pairs", required=True, metavar="FILE", help="dpo.jsonl, exported")
        parser.add_argument(
            "--held-out", default="", metavar="FILE",
            help="another split to measure on; without it a fifth of the questions",
        )  # fmt: skip
        parser.add_argument("--beta", type=float, default=0.1, help="of DPO (0.1)")

    def line(self, part: TrainingPart) -> str:
        told: dict[str, Any] = part.told
        margin = told.get("margin")
        accuracy = told.get("held_out_accuracy")
        said = [f"loss {part.loss:.4f}"]
        said += [f"margin {margin:.3f}"] if margin is not None else []
        said += [f"held-out accuracy {accuracy:.1%}"] if accuracy is not None else []
        return ", ".join(said)

    def report(self, run: TrainingRun, part: TrainingPart) -> None:
        found, trained, held_out = preferring_rules(run=run)
        self.stdout.write(
            f"{trained} pairs trained on, {held_out} held out. Of those it prefers the chosen one "
            f"in {part.told['held_out_accuracy']:.1%}; always '{found.source}': "
            f"{found.always_source:.1%}; the longer one: {found.longer:.1%}"
        )
        super().report(run, part)

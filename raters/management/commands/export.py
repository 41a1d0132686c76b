"""`export --study NAME --format FORMAT --out FILE [--per-rater]`: a study's file on disk."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from raters.exports import EXPORTS, Export, Wishes, refusal
from raters.exports.files import export_write
from raters.models import Study
from raters.services.study_states import study_unblind_note

FORMATS = sorted({name.partition(".")[0] for name in EXPORTS})


class Command(BaseCommand):
    help = "Writes a closed study's ratings, pairs, step marks or flags, with a manifest beside."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--study", required=True, metavar="NAME", help="the study's name")
        parser.add_argument("--format", required=True, choices=FORMATS, help="what to write")
        parser.add_argument(
            "--out", required=True, metavar="FILE", help="its ending decides the form"
        )
        parser.add_argument(
            "--per-rater", action="store_true", help="one pair for every rater, weighted (dpo)"
        )

    def handle(
        self, *args: Any, study: str, format: str, out: str, per_rater: bool, **options: Any
    ) -> None:
        export = _export(format, Path(out))
        if per_rater and not export.takes_per_rater:
            raise CommandError(f"--per-rater is for pairs; {export.name} has a row a rating anyway")
        found = _study(study)
        if sentence := refusal(found):
            raise CommandError(sentence)
        try:
            tally = export_write(
                export=export, study=found, wishes=Wishes(per_rater=per_rater), path=Path(out)
            )
        except OSError as problem:
            raise CommandError(f"cannot write {out}: {problem.strerror or problem}") from problem
        study_unblind_note(
            study=found, user=None, page=f"exports/{export.name} by command", now=timezone.now()
        )
        self.stdout.write(f"{tally.rows} rows written to {out}")
        for what, count in sorted(tally.counts.items()):
            self.stdout.write(f"  {what}: {count}")


def _export(format: str, out: Path) -> Export:
    endings = [name.removeprefix(format) for name in EXPORTS if name.startswith(f"{format}.")]
    if out.suffix not in endings:
        raise CommandError(f"{format} is written as {' or '.join(endings)}, not as {out.name}")
    return EXPORTS[format + out.suffix]


def _study(name: str) -> Study:
    found = Study.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Study.objects.order_by("name").values_list("name", flat=True)[:20])
        raise CommandError(f"there is no study {name!r}; there are: {known or 'none yet'}")
    return found

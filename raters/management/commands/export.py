"""`export --study NAME --format FORMAT --out FILE [wishes]`: a study's file on disk."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from raters.exports import EXPORTS, ExportRefused, Wishes
from raters.exports.shape import SPLITS
from raters.models import Study
from raters.services.export_files import file_ensure
from raters.services.study_states import study_unblind_note


class Command(BaseCommand):
    help = "Writes a study's ratings, figures or training data, with a manifest beside."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--study", required=True, metavar="NAME", help="the study's name")
        parser.add_argument("--format", required=True, choices=list(EXPORTS), help="what to write")
        parser.add_argument(
            "--out", required=True, metavar="FILE", help="its ending decides the form"
        )
        parser.add_argument(
            "--per-rater", action="store_true", help="one pair for every rater, weighted (dpo)"
        )
        parser.add_argument(
            "--conversational", action="store_true", help="messages in the place of texts"
        )
        parser.add_argument("--min-probability", type=float, default=0.0, metavar="P")
        parser.add_argument("--min-raters", type=int, default=1, metavar="N")
        parser.add_argument(
            "--simulated", action="store_true", help="take ratings by simulated raters in"
        )
        parser.add_argument("--split", choices=SPLITS, default="", help="only these questions")

    def handle(self, *args: Any, study: str, format: str, out: str, **options: Any) -> None:
        path, found = Path(out), _study(study)
        try:
            wishes = Wishes.read({name: options[name] for name in Wishes.__dataclass_fields__})
            tally = file_ensure(
                study=found, name=format, form=path.suffix[1:], wishes=wishes, path=path
            )
        except ExportRefused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as problem:
            raise CommandError(f"cannot write {out}: {problem.strerror or problem}") from problem
        if found.state == Study.State.CLOSED:
            page = f"exports/{format}{path.suffix} by command"
            study_unblind_note(study=found, user=None, page=page, now=timezone.now())
        self.stdout.write(f"{tally.rows} rows written to {out}")
        for what, count in sorted(tally.counts.items()):
            self.stdout.write(f"  {what}: {count}")


def _study(name: str) -> Study:
    found = Study.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Study.objects.order_by("name").values_list("name", flat=True)[:20])
        raise CommandError(f"there is no study {name!r}; there are: {known or 'none yet'}")
    return found

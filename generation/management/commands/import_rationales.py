"""import_rationales FILE --format gsm8k-solutions|cos-e|jsonl --set NAME"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets import RATIONALE_FORMATS, text_lines
from generation.services.imports import ImportRefused, RationalesImported, rationales_import


class Command(BaseCommand):
    help = "Import rationales for the questions of a set, and say per source how many are right."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--format", required=True, choices=RATIONALE_FORMATS)
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")

    def handle(self, *, file: str, format: str, set_name: str, **_: object) -> None:
        try:
            with open(file, "rb") as stream:
                imported = rationales_import(
                    lines=text_lines(stream),
                    format=format,
                    set_name=set_name,
                    user=None,
                    now=timezone.now(),
                )
        except OSError as problem:
            raise CommandError(f"'{file}' cannot be read: {problem.strerror}.") from None
        except ImportRefused as refused:
            for bad in refused.bad_lines:
                self.stderr.write(f"line {bad.line}: {bad.reason}")
            raise CommandError(str(refused)) from None
        self._report(imported)

    def _report(self, imported: RationalesImported) -> None:
        if imported.questions_added:
            self.stdout.write(f"{imported.questions_added} questions added")
        columns = ("read", "added", "right", "wrong", "declared", "unparsed")
        width = max(len(name) for name in [*imported.sources, "source"])
        self.stdout.write("  ".join(["source".ljust(width), *(f"{c:>8}" for c in columns)]))
        for name, counts in imported.sources.items():
            cells = (f"{getattr(counts, column):>8}" for column in columns)
            self.stdout.write("  ".join([name.ljust(width), *cells]))

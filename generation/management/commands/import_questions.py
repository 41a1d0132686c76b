"""import_questions FILE --format gsm8k|commonsenseqa|jsonl --set NAME"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets import QUESTION_FORMATS, text_lines
from generation.services.imports import ImportRefused, questions_import


class Command(BaseCommand):
    help = "Import questions from a file into a question set; the same file twice adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--format", required=True, choices=QUESTION_FORMATS)
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")

    def handle(self, *, file: str, format: str, set_name: str, **_: object) -> None:
        try:
            with open(file, "rb") as stream:
                imported = questions_import(
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
        self.stdout.write(
            f"{imported.read} questions read, {imported.added} added, "
            f"{imported.present} already in '{set_name}'"
        )

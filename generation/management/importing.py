"""What the commands that import a file have in common: arguments, reading, and complaints."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets import text_lines
from generation.services.bad_lines import ImportRefused


class ImportCommand(BaseCommand):
    """A command names its formats and its service, and says with `report` what came of a file."""

    formats: ClassVar[Sequence[str]]
    service: ClassVar[Callable[..., Any]]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--format", required=True, choices=self.formats)
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")

    def handle(self, *, file: str, format: str, set_name: str, **_: object) -> None:
        try:
            with open(file, "rb") as stream:
                found = type(self).service(
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
        self.report(found)

    def report(self, imported: Any) -> None:
        raise NotImplementedError

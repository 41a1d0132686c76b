"""create_source NAME --model FOLDER-OR-ID --prompt few-shot|zero-shot [--server URL ...]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import Source
from generation.prompts import STYLES
from generation.services.sources import SourceRefused, source_create


class Command(BaseCommand):
    help = "Make a source: a model (a folder, a hub id, one on a server) and how it is prompted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--model", required=True, metavar="FOLDER-OR-ID")
        parser.add_argument("--revision", default="", help="the commit of a hub model")
        parser.add_argument("--prompt", required=True, choices=["few-shot", "zero-shot"])
        parser.add_argument("--kind", choices=Source.Kind.values, default="few-shot")
        parser.add_argument("--style", choices=STYLES, default="", help="else what fits a question")
        parser.add_argument("--examples", metavar="FILE", help="your own worked examples")
        parser.add_argument("--parent", metavar="SOURCE", help="what it was trained from")
        parser.add_argument("--server", default="", metavar="URL", help="http://127.0.0.1:8000/v1")
        parser.add_argument("--api", choices=["completions", "chat"], default="")
        parser.add_argument(
            "--key-variable", default="", metavar="NAME", help="of the variable with the key"
        )
        parser.add_argument("--at-once", type=int, default=8, metavar="N", help="requests")

    def handle(self, **given: Any) -> None:
        parent = Source.objects.filter(name=given["parent"]).first() if given["parent"] else None
        if given["parent"] and parent is None:
            raise CommandError(f"No source is named '{given['parent']}'.")
        try:
            examples = Path(given["examples"]).read_text("utf-8") if given["examples"] else ""
            source = source_create(
                name=given["name"],
                kind=given["kind"],
                model=given["model"],
                revision=given["revision"],
                prompt=given["prompt"],
                style=given["style"],
                examples=examples,
                server=given["server"],
                api=given["api"],
                key_variable=given["key_variable"],
                at_once=given["at_once"],
                parent=parent,
                now=timezone.now(),
            )
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", "it is no UTF-8 text")
            raise CommandError(f"'{given['examples']}' cannot be read: {why}.") from None
        except SourceRefused as refused:
            raise CommandError(str(refused)) from None
        where = f" at {source.server}" if source.server else ""
        self.stdout.write(f"source '{source.name}': {source.model}{where}, {source.prompt}")

"""recompute RATINGS MANIFEST: a study's figures again, from its exported files alone, as JSON."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from raters.exports.manifest import SUFFIX
from raters.services.results.exported import recomputed
from raters.services.results.plain import plain


class Command(BaseCommand):
    help = "Compute a study's figures from ratings.jsonl and its manifest; reads no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ratings", type=Path)
        parser.add_argument("manifest", type=Path, nargs="?", help=f"RATINGS{SUFFIX} by default")

    def handle(self, *, ratings: Path, manifest: Path | None, **_: Any) -> None:
        manifest = manifest or ratings.with_name(ratings.name + SUFFIX)
        if ratings.suffix != ".jsonl":
            raise CommandError(f"'{ratings}' is no JSONL; give it the ratings exported as jsonl.")
        for path in (ratings, manifest):
            if not path.is_file():
                raise CommandError(f"There is no file '{path}'.")
        try:
            about = json.loads(manifest.read_text())
            with ratings.open() as lines:
                found = plain(recomputed(lines, about))
        except (OSError, ValueError, KeyError) as problem:
            raise CommandError(f"The files cannot be read: {problem}") from problem
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True))

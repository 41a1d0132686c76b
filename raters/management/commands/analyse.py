"""analyse FILE: the report of ratings that were collected elsewhere."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from raters.analysis import UnreadableFile, figures, read_ratings, report, words


class Command(BaseCommand):
    requires_system_checks = ()  # it reads a file and no database
    help = (
        "Reports on a ratings file made elsewhere: CSV or JSONL with item, rater, an optional"
        " question, and ranking (star>human=gptj), pick, or chosen and rejected; optionally the"
        " order shown (human|star|gptj)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="ratings in .csv or .jsonl")
        parser.add_argument("--json", action="store_true", help="the figures instead of words")
        parser.add_argument(
            "--skip-damaged", action="store_true", help="analyse the lines that can be read"
        )

    def handle(self, *args: Any, file: str, json: bool, skip_damaged: bool, **options: Any) -> None:
        try:
            read = read_ratings(file)
        except UnreadableFile as problem:
            raise CommandError(str(problem)) from problem
        for one in read.damaged:
            self.stderr.write(f"line {one.line} {one.reason}")
        count = len(read.damaged)
        if count and not skip_damaged:
            raise CommandError(
                f"{count} damaged lines, named above. Nothing was analysed:"
                f" --skip-damaged analyses the other {len(read.ratings)}."
            )
        found = report(read.ratings)
        if json:
            damaged = [{"line": one.line, "reason": one.reason} for one in read.damaged]
            self.stdout.write(_json({**figures(found), "damaged": damaged}))
            return
        self.stdout.write(words(found), ending="")
        if count:
            self.stdout.write(f"- {count} damaged lines were left out.")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)

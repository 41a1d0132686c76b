"""make_word_problems --set NAME [--number N] [--seed S]"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets.word_problems import split_of
from generation.services.bad_lines import ImportRefused
from generation.services.problems import REFERENCE, problems_make
from generation.services.sources import SourceRefused


class Command(BaseCommand):
    help = "Make word problems from a seed, with the program's own solution as a source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--number", type=int, default=100, metavar="N")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="S", help="0, 3, ...: train; 1, 4, ...: held out"
        )

    def handle(self, *, set_name: str, number: int, seed: int, **_: object) -> None:
        if not 1 <= number <= 50_000 or seed < 0:
            raise CommandError("--number goes from 1 to 50000, --seed from 0.")
        try:
            made = problems_make(number=number, seed=seed, set_name=set_name, now=timezone.now())
        except ImportRefused as refused:
            reasons = "; ".join(bad.reason for bad in refused.bad_lines[:3])
            raise CommandError(f"Nothing was added to '{set_name}': {reasons}") from None
        except SourceRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"{made.questions_added} questions ({split_of(seed)} split) added to '{set_name}', "
            f"each with a solution by '{REFERENCE}'"
        )

"""make_addition --set NAME [--number N] [--seed S] [--digits 1-5] [--columns] [--backwards]"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.datasets.word_problems import split_of
from generation.services.bad_lines import ImportRefused
from generation.services.problems import REFERENCE, additions_make
from generation.services.sources import SourceRefused

LONGEST = 15


class Command(BaseCommand):
    help = "Make sums of two numbers from a seed, with the STaR paper's scratchpad as a source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--number", type=int, default=1000, metavar="N")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="S", help="0, 3, ...: train; 1, 4, ...: held out"
        )
        parser.add_argument("--digits", default="1-5", metavar="A-B", help="how long the numbers")
        parser.add_argument("--columns", action="store_true", help="a line more a digit; not paper")
        parser.add_argument("--backwards", action="store_true", help="least digit first; not paper")

    def handle(
        self, *, set_name: str, number: int, seed: int, digits: str, columns: bool,
        backwards: bool, **_: object,
    ) -> None:  # fmt: skip
        first, _dash, last = digits.partition("-")
        lengths = range(int(first), int(last or first) + 1) if _numbers(first, last) else range(0)
        if not 1 <= number <= 200_000 or seed < 0 or not lengths or lengths[-1] > LONGEST:
            raise CommandError(
                f"--number goes from 1 to 200000, --seed from 0, --digits from 1 to {LONGEST}, as "
                "in 1-5."
            )
        try:
            made = additions_make(
                number=number,
                seed=seed,
                set_name=set_name,
                digits=lengths,
                columns=columns,
                backwards=backwards,
                now=timezone.now(),
            )
        except ImportRefused as refused:
            reasons = "; ".join(bad.reason for bad in refused.bad_lines[:3])
            raise CommandError(f"Nothing was added to '{set_name}': {reasons}") from None
        except (SourceRefused, ValueError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"{made.questions_added} sums ({split_of(seed)} split) added to '{set_name}', each "
            f"with a scratchpad by '{REFERENCE}'"
        )


def _numbers(first: str, last: str) -> bool:
    return first.isdecimal() and int(first) > 0 and (not last or last.isdecimal())

"""loadtest [--raters N]: a crowd of raters against a Triptych of its own; what it cost, what held.

Never touches the configured database: see config/loadtest/site.py.
"""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.loadtest.crowd import Accidents
from config.loadtest.measures import in_milliseconds
from config.loadtest.run import Outcome, load_test
from config.loadtest.site import SiteFailed

RATERS = {"sqlite": 20, "postgresql": 200}


class Command(BaseCommand):
    help = "Let many raters rate a throw-away study at once; check that nothing is lost or double."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--raters", type=int, help="at once (default: 200; 20 on SQLite)")
        parser.add_argument("--triples", type=int, default=2000)
        parser.add_argument("--places", type=int, default=3, help="raters per triple")
        parser.add_argument(
            "--seconds", type=float, default=3600, help="stop then, if not all is rated earlier"
        )
        parser.add_argument("--seed", type=int, default=1, help="of the crowd's answers")
        for name, rate in Accidents().rates():
            parser.add_argument(
                f"--{name}", type=float, default=rate, metavar="SHARE", help=f"default: {rate}"
            )

    def handle(self, **given: object) -> None:
        accidents = Accidents(**{name: given[name] for name, _ in Accidents().rates()})  # type: ignore[arg-type]
        try:
            outcome = load_test(
                raters=given["raters"] or RATERS[connection.vendor],  # type: ignore[arg-type]
                triples=given["triples"],  # type: ignore[arg-type]
                places=given["places"],  # type: ignore[arg-type]
                seconds=given["seconds"],  # type: ignore[arg-type]
                accidents=accidents,
                seed=given["seed"],  # type: ignore[arg-type]
            )
        except SiteFailed as problem:
            raise CommandError(str(problem)) from None
        self._report(outcome)
        if outcome.broken:
            raise CommandError("; ".join(outcome.broken))
        self.stdout.write("Every rule holds: nothing over-filled, lost, doubled or made up.")

    def _report(self, outcome: Outcome) -> None:
        ledger, say = outcome.ledger, self.stdout.write
        ratings = len(ledger.stored)
        each = 1000 / max(1, ratings)
        say(f"database: {connection.vendor}")
        pace = ratings / outcome.seconds
        say(f"ratings: {ratings} in {outcome.seconds:.1f} s, {pace:.0f} a second")
        say(f"submit, bringing the next: {in_milliseconds(ledger.submit_seconds)}")
        say(f"next, as a page loaded anew: {in_milliseconds(ledger.next_seconds)}")
        say(f"server CPU: {outcome.server_cpu * each:.2f} ms a rating")
        if outcome.database_cpu is not None:
            say(f"PostgreSQL CPU: {outcome.database_cpu * each:.2f} ms a rating")
        say(f"the crowd's own CPU: {outcome.crowd_cpu * each:.2f} ms a rating")
        say(f"server memory: {outcome.memory:.0f} MB")
        say(f"accidents: {_counted(ledger.happened)}; refused: {_counted(ledger.refused)}")


def _counted(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"

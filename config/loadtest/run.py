"""One load test from beginning to end: a site, a study, a crowd, the costs, the rules."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from config.loadtest import measures
from config.loadtest.browser import Browser
from config.loadtest.crowd import Accidents, Ledger, RaterAtWork
from config.loadtest.rules import broken_rules
from config.loadtest.site import Site, throw_away_site
from config.loadtest.study import rater_codes, study_for_load
from raters.models import Assignment, Study
from raters.services.study_states import study_close

LEASE = timedelta(minutes=20)
COMING_IN_AT_ONCE = 20


@dataclass
class Outcome:
    """What a run took, and which rules it broke."""

    ledger: Ledger = field(default_factory=Ledger)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float | None = None
    crowd_cpu: float = 0.0
    memory: float = 0.0


def load_test(
    *, raters: int, triples: int, places: int, seconds: float, accidents: Accidents, seed: int
) -> Outcome:
    """Let the crowd rate until nothing is left or the time is up, then look at every rule."""
    outcome = Outcome()
    with throw_away_site() as site:
        study = study_for_load(
            triples=triples,
            places=places,
            raters=raters,
            lease_minutes=int(LEASE.total_seconds() / 60),
            now=timezone.now(),
        )
        _run(site, study, outcome, seconds, accidents, seed)
        study_close(study=study, user=study.owner, now=timezone.now())
        study.refresh_from_db()
        ledger = outcome.ledger
        outcome.broken = [
            *sorted(set(ledger.troubles)),
            *broken_rules(study, ledger.stored, ledger.unsure),
        ]
    return outcome


def _run(
    site: Site, study: Study, outcome: Outcome, seconds: float, accidents: Accidents, seed: int
) -> None:
    room = reverse("rate", args=[study.code])
    crowd = [
        RaterAtWork(Browser(site.port), code, room, outcome.ledger, Random(f"{seed} {number}"))
        for number, code in enumerate(rater_codes(study))
    ]
    database = measures.database_server()
    connection.close()

    async def rate() -> None:
        await _come_in(crowd)
        with _measured(outcome, site.pid, database):
            until = time.monotonic() + seconds
            await asyncio.gather(*(rater.work(until, accidents, _lapse) for rater in crowd))

    asyncio.run(rate())


async def _come_in(crowd: list[RaterAtWork]) -> None:
    """Everybody is in before the clock runs."""
    door = asyncio.Semaphore(COMING_IN_AT_ONCE)

    async def come_in(rater: RaterAtWork) -> None:
        async with door:
            await rater.come_in()

    await asyncio.gather(*map(come_in, crowd))


@contextmanager
def _measured(outcome: Outcome, server: int, database: int | None) -> Iterator[None]:
    started, own = time.monotonic(), time.process_time()
    served = measures.cpu_seconds(measures.family(server))
    stored = measures.cpu_seconds(measures.family(database)) if database else 0.0
    yield
    outcome.seconds = time.monotonic() - started
    outcome.crowd_cpu = time.process_time() - own
    outcome.server_cpu = measures.cpu_seconds(measures.family(server)) - served
    if database:
        outcome.database_cpu = measures.cpu_seconds(measures.family(database)) - stored
    outcome.memory = measures.memory_megabytes(measures.family(server))


async def _lapse(token: str) -> None:
    """The lease of one triple has run out, as if its rater had been away for that long."""

    def run_out() -> None:
        held = Assignment.objects.filter(token=token, state=Assignment.State.HELD)
        held.update(lease_until=timezone.now() - LEASE)
        connection.close()

    await asyncio.to_thread(run_out)

"""What "next" costs in a study of 1,000 places and in one of 1,000,000: the same.

For a rater who has just come and for one who has rated half of the triples: queries, and the
median of the whole answer. The places are written by a few statements, not by the services, in the
shape in which those leave them. `make bench` prints the figures; nothing fails on a slow machine.
"""

import statistics
import sys
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from raters.models import Rater, Study
from tests.factories import make_raters, make_study, rate

pytestmark = pytest.mark.django_db(transaction=True)  # as it is: what is past can be cleaned up
PER_TRIPLE = 3
ROUNDS = 60
ORDERS = ("012", "120", "201", "021", "102", "210")
COUNTED = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {})"


@pytest.mark.parametrize("who", ["new", "half done"])
def test_next_in_a_small_study_and_in_a_large_one(who, capsys):
    """In turns, so that whatever else the machine does meets both."""
    rooms = [Room(places, who) for places in (1_000, 1_000_000)]
    for _ in range(ROUNDS):
        for room in rooms:
            room.next()
    small, large = rooms
    with capsys.disabled():
        sys.stdout.write(
            f"\n{connection.vendor}, {who} rater: {small.queries} and {large.queries} queries, "
            f"p50 {small.p50:.1f} ms at 1,000 places, {large.p50:.1f} ms at 1,000,000 "
            f"({large.p50 / small.p50:.2f} times)"
        )


class Room:
    """One rater's room in a study of so many places."""

    def __init__(self, places: int, who: str) -> None:
        study = study_of(places, f"{places} places")
        self.rater = study.raters.get(name="Rater 1")
        if who == "half done":
            half_done(self.rater)
        self.browser = Client(headers={"X-Fragment": "1"})
        self.browser.get(reverse("rater-link", args=[self.rater.code]))
        self.address = reverse("rate", args=[study.code]) + "?begin"
        self.browser.get(self.address)
        self.queries = 0
        self.seconds: list[float] = []

    def next(self) -> None:
        rate(self.rater)
        give_back(self.rater)
        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            self.browser.get(self.address)
            self.seconds.append(time.perf_counter() - started)
        self.queries = len(queries)

    @property
    def p50(self) -> float:
        return 1000 * statistics.median(self.seconds)


def give_back(rater: Rater) -> None:
    """What comes next is claimed by the page that is measured."""
    held = rater.assignments.filter(state="held")
    rater.study.places.filter(assignments__in=held).update(state="open")
    held.delete()


def study_of(places: int, name: str) -> Study:
    """A study grown from one triple by copying it."""
    study = make_study(name=name, questions=1, raters_per_triple=PER_TRIPLE)
    make_raters(study, 2)
    triples = places // PER_TRIPLE
    study.places.all().delete()
    first = study.triples.get()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO raters_triple (study_id, question_id, kind, number,
                    has_identical_texts, has_identical_shown)
                {COUNTED.format(triples - 1)}
                SELECT study_id, question_id, kind, n, has_identical_texts, has_identical_shown
                FROM raters_triple, counted WHERE id = {first.pk}"""
        )
        cursor.execute(
            f"""INSERT INTO raters_triplerationale (triple_id, kind, position, rationale_id,
                    source_id, shown_text, changes)
                SELECT triple.id, member.kind, position, rationale_id, source_id, shown_text,
                    changes
                FROM raters_triple triple, raters_triplerationale member
                WHERE triple.study_id = {study.pk} AND member.triple_id = {first.pk}
                    AND triple.id <> {first.pk}"""
        )
        cursor.execute(
            f"""INSERT INTO raters_place (study_id, triple_id, number, "order", queue, state)
                {COUNTED.format(PER_TRIPLE)}
                SELECT study_id, id, n - 1,
                    substr('{"".join(ORDERS)}', 1 + 3 * ((number + n) % {len(ORDERS)}), 3),
                    (n - 1) * {triples} + number, 'open'
                FROM raters_triple, counted WHERE study_id = {study.pk}"""
        )
        cursor.execute("ANALYZE")
    Study.objects.filter(pk=study.pk).update(triple_count=triples, most_per_rater=None)
    study.refresh_from_db()
    return study


def half_done(rater: Rater) -> None:
    """As one who has rated the first half of the queue's first round left the tables."""
    study = rater.study
    half = study.triple_count // 2
    is_sqlite = connection.vendor == "sqlite"
    token = "lower(hex(randomblob(16)))" if is_sqlite else "gen_random_uuid()"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO raters_assignment (token, study_id, rater_id, triple_id, place_id,
                    kind, state, "order", claimed_at, skip_count)
                SELECT {token}, study_id, {rater.pk}, triple_id, id, 'study', 'rated', "order",
                    %s, 0
                FROM raters_place WHERE study_id = {study.pk} AND queue < {half}""",
            [str(study.opened_at) if is_sqlite else study.opened_at],
        )
        cursor.execute("ANALYZE")
    study.places.filter(queue__lt=half).update(state="filled")
    rater.orders = {order: [half // len(ORDERS), half] for order in ORDERS}
    rater.rated_count = half
    rater.save()

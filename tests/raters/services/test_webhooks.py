"""When deliveries are sent, by whose clock, and whose go first. The addresses are played: what goes
over the wire is for test_posting.py and tests/flows/test_webhook_arrives.py.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from raters.models import Delivery, Study
from raters.services import webhooks
from raters.services.posting import NotDelivered
from raters.services.webhooks import deliveries_send, webhook_create, webhooks_sweep
from tests.factories import NOW, make_raters, make_researcher, make_study, rate_all

pytestmark = pytest.mark.django_db


class Internet:
    """Addresses that take their time, and a clock that they move. A path says what each does."""

    def __init__(self) -> None:
        self.now = NOW
        self.told: list[tuple[str, int]] = []  # the path, and when it was signed
        self.failure: Exception = NotDelivered("It did not answer: TimeoutError.")
        self.meanwhile: Callable[[], None] = lambda: None

    def clock(self) -> datetime:
        return self.now

    def passes(self, **time: int) -> None:
        self.now += timedelta(**time)

    def post(self, *, url: str, timestamp: int, **_: object) -> None:
        path = url.rpartition("/")[2]
        self.told.append((path, timestamp - int(NOW.timestamp())))
        if path.startswith("slow"):
            self.passes(seconds=14)
        self.meanwhile()
        if path.startswith("dead"):
            self.passes(seconds=10)
            raise self.failure


@pytest.fixture
def internet(monkeypatch) -> Internet:
    there = Internet()
    monkeypatch.setattr(webhooks, "message_post", there.post)
    return there


def filled(owner, *paths: str) -> None:
    """A full study, which these addresses of its owner want to hear of, in this order."""
    for path in paths:
        url = f"https://example.org/{path}"
        webhook_create(owner=owner, url=url, kinds=["study.filled"], now=NOW)
    study = make_study(name=f"of {owner}", owner=owner, questions=1, raters_per_triple=1)
    rate_all(study, make_raters(study, 1))


def test_what_one_worker_is_sending_no_other_sends_however_slow_the_sweep_was(internet):
    filled(make_researcher(), "slow0", "slow1", "slow2")

    def another_sweeps() -> None:
        if len(internet.told) == 3:
            internet.passes(seconds=90)  # within the claim of the third; beyond that of a first
            deliveries_send(clock=internet.clock)

    internet.meanwhile = another_sweeps
    webhooks_sweep(clock=internet.clock)
    assert [path for path, _ in internet.told] == ["slow0", "slow1", "slow2"]


def test_each_message_is_signed_for_the_moment_in_which_it_is_sent(internet):
    filled(make_researcher(), "slow0", "slow1", "slow2")
    webhooks_sweep(clock=internet.clock)
    assert internet.told == [("slow0", 0), ("slow1", 14), ("slow2", 28)]


def test_a_pause_begins_when_the_attempt_ended(internet):
    filled(make_researcher(), "dead")
    webhooks_sweep(clock=internet.clock)
    delivery = Delivery.objects.get()
    assert (delivery.tried_at, delivery.next_at) == (NOW, NOW + timedelta(seconds=10 + 5))


def test_a_sweep_sends_for_half_a_minute_and_the_next_goes_on(internet):
    filled(make_researcher(), *(f"slow{number}" for number in range(5)))
    webhooks_sweep(clock=internet.clock)
    assert internet.now == NOW + timedelta(seconds=42), "a third began before the half minute"
    webhooks_sweep(clock=internet.clock)
    assert [path for path, _ in internet.told] == [f"slow{number}" for number in range(5)]


def test_dead_addresses_of_one_researcher_hold_up_nobody_elses(internet):
    filled(make_researcher("bob"), "fine")
    filled(make_researcher("alice"), *(f"dead{number}" for number in range(10)))
    webhooks_sweep(clock=internet.clock)  # the newest study's events come first
    assert [path for path, _ in internet.told] == ["dead0", "fine"]


def test_what_was_tried_least_goes_first(internet):
    filled(make_researcher(), "dead", "fine")
    for _ in range(2):
        webhooks_sweep(clock=internet.clock)
    internet.passes(minutes=1)
    internet.told.clear()
    Delivery.objects.filter(state="delivered").update(state="waiting", attempts=0, next_at=NOW)
    webhooks_sweep(clock=internet.clock)
    assert [path for path, _ in internet.told] == ["fine", "dead"]


def test_a_worker_that_was_thought_dead_changes_nothing_of_what_came_after(internet):
    filled(make_researcher(), "dead")

    def another_takes_over() -> None:
        internet.meanwhile = lambda: None
        internet.passes(minutes=3)  # longer than a claim holds
        Delivery.objects.update(state="delivered", attempts=2, next_at=None)

    internet.meanwhile = another_takes_over
    webhooks_sweep(clock=internet.clock)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.problem) == ("delivered", 2, "")


@pytest.mark.parametrize("lost", ["account", "role", "study"])
def test_whoever_may_not_see_it_any_more_is_not_told_what_waited(internet, lost):
    alice = make_researcher()
    filled(alice, "dead")
    webhooks_sweep(clock=internet.clock)
    if lost == "study":
        Study.objects.update(owner=make_researcher("bob"))
    else:
        User.objects.update(**{"is_active" if lost == "account" else "is_staff": False})
    internet.passes(minutes=1)
    webhooks_sweep(clock=internet.clock)
    delivery = Delivery.objects.get()
    assert len(internet.told) == 1
    assert (delivery.state, delivery.attempts) == ("given-up", 2)
    assert delivery.problem == "Its researcher may not see this any more."


def test_who_is_no_researcher_any_more_is_not_told_what_happens(internet):
    alice = make_researcher()
    webhook_create(owner=alice, url="https://example.org/", kinds=["study.filled"], now=NOW)
    User.objects.update(is_staff=False)
    filled(alice)
    webhooks_sweep(clock=internet.clock)
    assert not Delivery.objects.exists()


def test_what_nobody_foresaw_is_one_more_failure_and_stops_nothing(internet):
    filled(make_researcher("bob"), "fine")
    filled(make_researcher("alice"), "dead")
    internet.failure = RuntimeError("nobody thought of this")
    webhooks_sweep(clock=internet.clock)
    assert [path for path, _ in internet.told] == ["dead", "fine"]
    failed = Delivery.objects.get(webhook__url__endswith="dead")
    assert failed.problem == "It could not be sent: RuntimeError."
    assert failed.next_at == NOW + timedelta(seconds=10 + 5)

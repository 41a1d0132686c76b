"""How often a token may ask, and what whoever asks too often is told."""

import pytest
from django.core.cache import cache

from config.api.access import TokenThrottle
from raters.api import client as copied
from raters.api.client import Triptych
from raters.services.tokens import SCOPES, token_create
from tests.factories import NOW, make_raters, make_researcher, make_study
from tests.raters.api.asking import PROBLEM, rater, researcher

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(settings, monkeypatch):
    """Three requests a minute of each kind, and a clock that stands still until it is moved."""
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 3
    settings.API_RATINGS_PER_MINUTE = 3
    cache.clear()
    at = [1000.0]
    monkeypatch.setattr(TokenThrottle, "timer", lambda self: at[0])
    yield at
    cache.clear()


def statuses(ask, times):
    return [ask().status_code for _ in range(times)]


def test_who_asks_too_often_is_told_how_long_to_wait_and_gets_in_after_that(clock):
    alice = researcher(make_researcher())
    assert statuses(lambda: alice.get("studies/"), 3) == [200, 200, 200]
    clock[0] += 20
    answer = alice.get("studies/")
    assert (answer.status_code, answer["Content-Type"]) == (429, PROBLEM)
    assert answer.json()["status"] == 429
    assert answer.json()["title"] == "Too Many Requests"
    wait = int(answer["Retry-After"])
    assert 40 <= wait <= 41
    clock[0] += wait
    assert alice.get("studies/").status_code == 200


def test_reads_writes_and_other_tokens_are_counted_apart(clock):
    user = make_researcher()
    alice, other = researcher(user), researcher(user)
    assert statuses(lambda: alice.get("studies/"), 4)[3] == 429
    assert statuses(lambda: alice.get("sources/"), 1) == [429], "a token, whatever it reads"
    assert statuses(lambda: alice.post("studies/"), 4) == [422, 422, 422, 429]
    assert statuses(lambda: other.get("studies/"), 3) == [200, 200, 200]


def test_each_rater_has_ratings_of_their_own_to_give(clock):
    study = make_study(questions=6)
    rae, theo = map(rater, make_raters(study, 2))
    assert statuses(lambda: rae.post("rate/next/"), 4) == [200, 200, 200, 429]
    assert rae.post("rate/submit/").status_code == 429
    assert theo.post("rate/next/").status_code == 200


def test_what_is_refused_changes_nothing(clock):
    study = make_study(opened=False)
    alice = researcher(study.owner)
    statuses(lambda: alice.post("studies/"), 3)
    assert alice.post(f"studies/{study.code}/open/").status_code == 429
    study.refresh_from_db()
    assert study.state == "draft"


@pytest.mark.django_db(transaction=True)
def test_the_client_waits_as_long_as_it_is_told_and_asks_again(clock, live_server, monkeypatch):
    _, text = token_create(
        user=make_researcher(), name="a", scopes=list(SCOPES), days=None, now=NOW
    )
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(copied.time, "sleep", sleep)
    site = Triptych(live_server.url, token=text)
    assert [site.get("studies/")["results"] for _ in range(4)] == [[]] * 4
    assert waited == [61]

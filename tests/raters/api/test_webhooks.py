"""Webhooks by the API: what is sent wrongly is 422 and names its field, one too many is 409."""

import pytest

from raters.models import Webhook
from raters.services.webhooks import MOST_WEBHOOKS
from tests.factories import make_researcher
from tests.raters.api.asking import researcher

pytestmark = pytest.mark.django_db
FINE = {"url": "https://example.org/told", "kinds": ["batch.ended"]}


@pytest.fixture
def alice():
    return researcher(make_researcher())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/told", "is not https"),
        ("ftp://example.org/told", "is not https"),
        ("nonsense", "is no address"),
        ("https://a:b@example.org/", "no user, password"),
        ("https://example.org/" + "x" * 500, "no more than 500"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_not_valid(alice, url, said):
    answer = alice.post("webhooks/", {**FINE, "url": url})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "url"
    assert said in error["detail"]
    assert Webhook.objects.count() == 0


def test_hosts_that_the_site_names_may_do_without_https(alice, settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    answer = alice.post("webhooks/", {**FINE, "url": "http://127.0.0.1:9/told"})
    assert answer.status_code == 201
    assert answer.json()["secret"].startswith("whsec_")


def test_one_more_than_the_most_is_a_conflict(alice):
    for _ in range(MOST_WEBHOOKS):
        assert alice.post("webhooks/", FINE).status_code == 201
    assert alice.post("webhooks/", FINE).status_code == 409

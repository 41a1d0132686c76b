"""The pages of tokens and webhooks: a researcher's own, secrets once, and what an act will do."""

import pytest
from django.urls import reverse

from raters.models import ApiToken, Delivery, Event, Webhook
from raters.services.tokens import token_create, token_read
from raters.services.webhooks import webhook_create
from tests.factories import NOW, make_study
from tests.raters.views.people import REFUSED, client_of

pytestmark = pytest.mark.django_db
TOKEN = {"name": "my script", "days": "90", "scopes": ["read", "studies"]}
HOOK = {"url": "https://example.org/told", "kinds": ["study.filled"]}


@pytest.fixture
def study():
    return make_study(questions=1)


@pytest.fixture
def token(study):
    return token_create(user=study.owner, name="old", scopes=["read"], days=None, now=NOW)[0]


@pytest.fixture
def webhook(study):
    return webhook_create(owner=study.owner, now=NOW, **HOOK)


@pytest.mark.parametrize("who", [who for who in REFUSED if who != "bob"])
@pytest.mark.parametrize("name", ["api-tokens", "webhooks"])
def test_only_researchers_have_tokens_and_webhooks(study, who, name):
    assert client_of(who, study).get(reverse(name)).status_code == REFUSED[who]
    assert client_of(who, study).post(reverse(name), TOKEN | HOOK).status_code == REFUSED[who]
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("who", [*REFUSED, "root"])
def test_nobody_ends_what_is_anothers(study, token, webhook, who):
    expected = REFUSED.get(who, 404)
    for address in (
        reverse("api-token-revoke", args=[token.pk]),
        reverse("webhook-remove", args=[webhook.pk]),
    ):
        assert client_of(who, study).get(address).status_code == expected
        assert client_of(who, study).post(address).status_code == expected
    token.refresh_from_db()
    assert token.revoked_at is None
    assert Webhook.objects.exists()


def test_a_token_is_shown_on_the_page_that_answers_and_never_again(study):
    client = client_of("alice", study)
    made = client.post(reverse("api-tokens"), TOKEN)
    text = made.context["made"]["text"]
    assert text in made.content.decode()
    assert token_read(text=text, now=NOW).scopes == ["read", "studies"]
    again = client.get(reverse("api-tokens")).content.decode()
    assert text not in again
    assert "my script" in again
    assert "no-store" in made["Cache-Control"]


def test_a_token_is_revoked_after_a_page_that_says_what_that_does(study, token):
    client, address = client_of("alice", study), reverse("api-token-revoke", args=[token.pk])
    assert "It was never used." in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at
    assert "revoked" in client.get(reverse("api-tokens")).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"days": "7"}]
)
def test_a_token_that_makes_no_sense_is_refused_in_the_form(study, wrong):
    answer = client_of("alice", study).post(reverse("api-tokens"), TOKEN | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_webhooks_secret_is_shown_once_and_its_deliveries_are_listed(study):
    client = client_of("alice", study)
    made = client.post(reverse("webhooks"), HOOK)
    secret = Webhook.objects.get().secret
    assert secret in made.content.decode()
    event = Event.objects.create(key="k", kind="study.filled", study=study, payload={}, at=NOW)
    Delivery.objects.create(
        webhook=Webhook.objects.get(),
        event=event,
        code="c",
        next_at=NOW,
        problem="It answered 500.",
    )
    page = client.get(reverse("webhooks")).content.decode()
    assert secret not in page
    assert "It answered 500." in page


@pytest.mark.parametrize("url", ["http://example.org/", "nonsense", "https://u:p@example.org/", ""])
def test_an_address_that_is_none_is_refused_in_the_form(study, url):
    answer = client_of("alice", study).post(reverse("webhooks"), HOOK | {"url": url})
    assert answer.status_code == 422
    assert not Webhook.objects.exists()


def test_a_webhook_is_removed_after_a_page_that_says_how_much_is_dropped(study, webhook):
    event = Event.objects.create(key="k", kind="study.filled", study=study, payload={}, at=NOW)
    Delivery.objects.create(webhook=webhook, event=event, code="c", next_at=NOW)
    client, address = client_of("alice", study), reverse("webhook-remove", args=[webhook.pk])
    assert "1 message that waits is dropped" in client.get(address).content.decode()
    client.post(address)
    assert not Webhook.objects.exists()


def test_the_description_is_for_everybody_and_names_every_endpoint(study):
    page = client_of("stranger", study).get(reverse("api-page")).content.decode()
    for path in ("/api/v1/rate/submit/", "/api/v1/studies/{code}/exports/{export}/file/"):
        assert path in page

"""Consent, crowd link and pay, as a researcher sets them; nobody else comes near."""

import pytest
from django.urls import reverse

from raters.models import Rating, StudyPath
from raters.services.consent import consent_asked
from raters.services.exclusions import rater_facts
from tests.factories import make_rater, make_study, rate
from tests.raters.views.people import REFUSED, client_of

pytestmark = pytest.mark.django_db

PAGES = ("study-people", "study-payments", "study-payments-file")
ACTS = ("study-crowd", "study-forget-ids")
FORM = {
    "consent": "# You agree\n\nto **this**.",
    "language": "de",
    "minutes": "20",
    "reward": "3.50",
    "currency": "EUR",
    "least_hourly": "9",
    "exit_done": "C0DE",
}


@pytest.fixture
def study():
    return make_study()


@pytest.mark.parametrize(("who", "status"), [*REFUSED.items(), ("alice", 200), ("root", 200)])
def test_who_may_look(study, who, status):
    client = client_of(who, study)
    for name in PAGES:
        assert client.get(reverse(name, args=[study.code])).status_code == status


@pytest.mark.parametrize(("who", "status"), [*REFUSED.items(), ("alice", 302)])
def test_who_may_act(study, who, status):
    client = client_of(who, study)
    for name in ACTS:
        assert client.post(reverse(name, args=[study.code]), {"to": "on"}).status_code == status
    client.post(reverse("study-people", args=[study.code]), FORM)
    assert StudyPath.objects.filter(study=study, minutes=20).exists() == (who == "alice")


def test_what_is_saved_is_shown_again_and_written_down(study):
    client, page = client_of("alice", study), reverse("study-people", args=[study.code])
    assert client.post(page, FORM).url == page
    html = client.get(page).content.decode()
    assert "to **this**." in html
    assert 'value="3.50"' in html
    assert 'value="C0DE"' in html
    assert consent_asked(study=study).language == "de"
    assert study.path.exits == {"done": "C0DE"}
    assert study.audit.filter(action="people and payment").exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "pounds", "three capital letters"),
        ("reward", "-1", "greater than or equal to 0"),
        ("minutes", "0", "greater than or equal to 1"),
        ("exit_done", "a b", "letters, digits"),
        ("language", "xx", "not one of the available"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(study, field, value, words):
    client, page = client_of("alice", study), reverse("study-people", args=[study.code])
    response = client.post(page, FORM | {field: value})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "to **this**." in response.content.decode()
    assert not StudyPath.objects.exists()


def test_the_crowd_link_is_switched_on_and_off_and_never_the_same_again(study):
    client, act = client_of("alice", study), reverse("study-crowd", args=[study.code])
    client.post(act, {"to": "on"})
    first = StudyPath.objects.get(study=study).crowd_code
    html = client.get(reverse("study-people", args=[study.code])).content.decode()
    assert f"/c/{first}/?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}" in html
    client.post(act, {"to": "on"})
    assert StudyPath.objects.get(study=study).crowd_code == first
    client.post(act, {"to": "off"})
    assert StudyPath.objects.get(study=study).crowd_code is None
    client.post(act, {"to": "on"})
    assert StudyPath.objects.get(study=study).crowd_code not in (None, first)


def test_a_withdrawal_is_told_and_makes_a_new_version_of_the_exports(study):
    rater = make_rater(study)
    rate(rater)
    client_of("rae", study).post(reverse("rate-withdraw", args=[study.code]), {"answers": "delete"})
    assert not Rating.objects.exists()
    assert rater_facts(study=study)[0].counting == 0
    html = client_of("alice", study).get(reverse("study-people", args=[study.code]))
    assert "1 rater withdrew, 1 of them with their answers" in html.content.decode()
    assert "version 2" in html.content.decode()

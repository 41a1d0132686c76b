"""The room asks of everyone: who are you, and is this yours?

Alice and Bob rate one study, Carol rates another; Rosa is a researcher; a stranger has no link.
"""

import re
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from raters.blinding import token_read, token_sign
from raters.models import Assignment, Rating, Study
from tests.factories import make_rater, make_study
from tests.raters.views.room import FRAGMENT, answer, begin, entered, fields, room, send

pytestmark = pytest.mark.django_db


FOR_RATERS = [("rate", ""), ("rate", "?begin"), ("rate", "?mine"), ("rate", "?again")]
FOR_HOLDERS = ["submit", "skip", "flag", "beat", "leave"]


@pytest.fixture
def study() -> Study:
    return make_study(questions=4, raters_per_triple=2)


@pytest.fixture
def alice(study):
    return make_rater(study)


def in_hand(rater) -> Assignment:
    """What is on this rater's screen; the other one that is held is ahead."""
    return rater.assignments.filter(state="held").order_by("claimed_at", "pk").first()


# --- who may enter ---
def outsiders(study, alice) -> list[Client]:
    """A stranger, a researcher, a rater of another study, and somebody with a forged cookie."""
    other = make_study(name="another", questions=2, owner=study.owner)
    carol = entered(make_rater(other))
    carol.cookies["rater"]["path"] = "/"
    rosa = Client()
    rosa.force_login(User.objects.create_user("rosa-r", is_staff=True))
    owner = Client()
    owner.force_login(study.owner)
    forged = Client()
    forged.cookies["rater"] = alice.code
    return [Client(), rosa, owner, carol, forged]


@pytest.mark.parametrize(("name", "query"), FOR_RATERS)
def test_only_its_raters_look_into_a_study(study, alice, name, query):
    for client in outsiders(study, alice):
        response = client.get(reverse(name, args=[study.code]) + query)
        assert response.status_code == 403
        assert "personal link" in response.content.decode()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_without_a_triples_token_only_its_raters_get_an_answer(study, alice, name):
    for client in outsiders(study, alice):
        for form in ({}, {"token": "x", "key": str(uuid4()), "answer": "1"}):
            response = send(client, study, name, form)
            assert response.status_code == 403
            assert "personal link" in response.content.decode()
    assert not Assignment.objects.exists()
    assert send(entered(alice), study, name, {}).status_code == 400


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_a_token_that_was_not_signed_here_is_none(study, alice, name):
    client = entered(alice)
    begin(client, study)
    held = in_hand(alice)
    for token in (str(held.token), token_sign(held.token)[:-1], token_sign(UUID(int=4))):
        form = {"token": token, "key": str(uuid4()), "answer": "1", "reason": "other"}
        assert send(client, study, name, form).status_code in (400, 404)
    assert in_hand(alice) == held
    assert not Rating.objects.exists()


def test_the_address_of_a_rating_lets_nobody_change_it_or_look_at_it(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    html = client.get(room(study) + "?mine").content.decode()
    link = unquote(re.search(r"\?edit=([^\"]+)", html)[1])
    form = {"token": link, "key": str(uuid4()), "answer": "3", "revise": "1", "reason": "other"}
    for stranger in (Client(), entered(make_rater(study))):
        for name in FOR_HOLDERS:
            assert send(stranger, study, name, form).status_code in (400, 403)
        shown = stranger.get(room(study), {"edit": link})
        assert b"revise" not in shown.content
    assert Rating.objects.get().slot == 1
    assert b'name="revise"' in client.get(room(study), {"edit": link}).content


def test_an_unknown_study_answers_a_stranger_as_a_known_one_does(study):
    known, unknown = Client().get(room(study)), Client().get("/rate/nothing/")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_who_holds_a_token_is_heard_without_a_cookie_and_shown_nothing(study, alice, name):
    page = begin(entered(alice), study)
    form = fields(page) | {"answer": "1", "reason": "unclear"}
    for client in (Client(enforce_csrf_checks=True), entered(make_rater(study))):
        response = send(client, study, name, form, **FRAGMENT)
        html = response.content.decode()
        assert response.status_code in (200, 204)
        assert ('id="sorry" class="prose" data-stored' in html) == (response.status_code == 200)
        assert "How many balls" not in html
    if name == "submit":
        assert Rating.objects.get().assignment.rater == alice
    if name in ("skip", "flag"):
        assert alice.assignments.filter(state__in=["skipped", "flagged"]).count() == 1


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_what_changes_something_is_posted(study, alice, name):
    assert entered(alice).get(reverse(f"rate-{name}", args=[study.code])).status_code == 405


def test_a_researchers_session_is_asked_for_a_conflict_only(study, alice):
    client = entered(alice)
    client.force_login(User.objects.create_user("rosa-r", is_staff=True))
    begin(client, study)
    response = begin(client, study)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "rosa-r" not in response.content.decode()
    assert "Set-Cookie" not in response
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_the_page_names_no_study(study, alice):
    Study.objects.update(name="GPT-J against people")
    client = entered(alice)
    for response in (client.get(room(study)), begin(client, study)):
        assert "GPT-J" not in response.content.decode()


def test_only_a_form_of_ours_from_a_raters_own_browser_gives_back(study, alice):
    for client in outsiders(study, alice):
        assert send(client, study, "return", {}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.get(reverse("rater-link", args=[alice.code]))
    assert send(strict, study, "return", {}).status_code == 403
    assert entered(alice).get(reverse("rate-return", args=[study.code])).status_code == 405
    alice.refresh_from_db()
    assert alice.returned_at is None


def test_a_token_on_the_page_is_the_assignments_own_signed(study, alice):
    page = begin(entered(alice), study)
    assert token_read(fields(page)["token"]) == str(in_hand(alice).token)

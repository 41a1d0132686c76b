"""Links, invitations and instructions: how a rater comes in, and the door of researchers."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from raters.models import Assignment, Study
from raters.services.people import sign_in_link_create
from raters.services.study_states import invitation_switch, study_close
from tests.factories import make_rater, make_researcher, make_study
from tests.raters.views.room import answer, begin, entered, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(questions=4, raters_per_triple=2)


@pytest.fixture
def alice(study):
    return make_rater(study)


# --- links ---
def test_a_personal_link_lets_its_rater_in_by_a_cookie_for_these_pages_only(study, alice):
    response = Client().get(reverse("rater-link", args=[alice.code]))
    assert response.url == room(study)
    cookie = response.cookies["rater"]
    assert cookie["path"] == room(study)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_unknown_link_is_one_sentence(study):
    for name in ("rater-link", "invitation"):
        response = Client().get(reverse(name, args=["nobody"]))
        assert response.status_code == 404
        assert "leads nowhere" in response.content.decode()


@pytest.mark.parametrize("code", ["%00", "a%00b", "%C3%A9", "a" * 65, "a.b"])
@pytest.mark.parametrize(
    "address", ["/r/{}/", "/s/{}/", "/enter/{}/", "/rate/{}/", "/rate/{}/submit/", "/studies/{}/"]
)
def test_what_cannot_be_a_code_is_no_address(address, code):
    client = Client()
    client.force_login(make_researcher())
    for method in (client.get, client.post):
        assert method(address.format(code)).status_code == 404


# --- instructions ---
def test_instructions_come_first_and_claim_nothing(study, alice):
    response = entered(alice).get(room(study))
    assert "Begin" in response.content.decode()
    assert not Assignment.objects.exists()


def test_instructions_can_be_read_again(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    html = client.get(room(study) + "?instructions").content.decode()
    assert "Go on" in html
    assert "Read them all" in html


@pytest.mark.parametrize(
    ("counts_partial", "words"), [(False, "do not count"), (True, "count all")]
)
def test_instructions_say_what_is_promised_and_until_when(counts_partial, words):
    study = make_study(
        questions=4, raters_per_triple=1, triples_per_rater=2, counts_partial=counts_partial
    )
    html = Client().get(f"/r/{make_rater(study).code}/", follow=True).content.decode()
    assert "You take on 2 triples" in html
    assert "After 24 hours without an answer" in html
    assert f"The ratings of an unfinished set {words}" in html


@pytest.mark.parametrize(("count", "all_of"), [(2, "A1 and A2"), (4, "A1, A2, A3 and A4")])
def test_instructions_name_as_many_rationales_as_there_are(count, all_of):
    study = make_study(questions=1, sources=[f"S{n}" for n in range(count)], raters_per_triple=1)
    html = entered(make_rater(study)).get(room(study)).content.decode()
    assert f"the rationales {all_of}," in html
    assert "three" not in html


# --- invitations ---
@pytest.fixture
def invited(study) -> dict[str, str]:
    """What the form behind the study's invitation sends."""
    invitation_switch(study=study, user=study.owner, on=True, now=timezone.now())
    return {"invitation": study.invitation_code}


def test_an_invitation_makes_a_rater_once_a_browser(study, invited):
    client, join = Client(), reverse("rate-join", args=[study.code])
    html = client.get(reverse("invitation", args=[study.invitation_code])).content.decode()
    assert f'name="invitation" value="{study.invitation_code}"' in html
    assert study.raters.count() == 0
    for _ in range(2):
        response = client.post(join, invited)
        assert response.status_code == 303
    assert study.raters.get().is_invited
    assert "1 of 4" in client.get(response.url).content.decode()


@pytest.mark.parametrize("is_on", [False, True])
def test_what_a_raters_address_shows_makes_no_second_rater(study, alice, is_on):
    invitation_switch(study=study, user=study.owner, on=is_on, now=timezone.now())
    private_window, join = Client(), reverse("rate-join", args=[study.code])
    assert private_window.get(reverse("invitation", args=[study.code])).status_code == 404
    for given in ({}, {"invitation": study.code}, {"invitation": ""}, {"invitation": "é\0"}):
        response = private_window.post(join, given)
        assert response.status_code == 404
        assert "leads nowhere" in response.content.decode()
    assert study.raters.get() == alice


def test_the_invitation_to_one_study_is_none_to_another(study, invited):
    other = make_study(name="another", questions=2, owner=study.owner)
    invitation_switch(study=other, user=study.owner, on=True, now=timezone.now())
    assert Client().post(reverse("rate-join", args=[other.code]), invited).status_code == 404


def test_an_invitation_that_was_switched_off_leads_nowhere(study, invited):
    client, code = Client(), study.invitation_code
    client.get(reverse("invitation", args=[code]))
    for on in (False, True):
        invitation_switch(study=study, user=study.owner, on=on, now=timezone.now())
        assert client.get(reverse("invitation", args=[code])).status_code == 404
        assert client.post(reverse("rate-join", args=[study.code]), invited).status_code == 404
    assert study.raters.count() == 0


def test_an_invitation_to_a_closed_study_makes_nobody(study, invited):
    study_close(study=study, user=study.owner, now=timezone.now())
    assert Client().get(reverse("invitation", args=[study.invitation_code])).status_code == 410
    assert Client().post(reverse("rate-join", args=[study.code]), invited).status_code == 410
    assert study.raters.count() == 0


# --- researchers' door ---
def test_a_sign_in_link_is_used_by_its_button_not_by_a_preview():
    rosa = User.objects.create_user("rosa-r", is_staff=True)
    token = sign_in_link_create(user=rosa, now=timezone.now(), hours=1)
    url, client = reverse("sign-in-link", args=[token]), Client()
    for _ in range(2):
        assert client.get(url).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(url).status_code == 302
    assert client.session["_auth_user_id"] == str(rosa.pk)
    spent = Client().post(url)
    assert spent.status_code == 410
    looked = Client().get(url)
    assert looked.status_code == 410
    assert "This link is spent" in looked.content.decode()
    assert "<form" not in looked.content.decode()


def test_home_sends_researchers_to_their_studies_and_tells_others_what_this_is():
    assert "Sign in" in Client().get("/").content.decode()
    client = Client()
    client.force_login(User.objects.create_user("rosa-r", is_staff=True))
    assert client.get("/").url == reverse("studies")


def test_a_wrong_password_is_one_sentence():
    response = Client().post(reverse("sign-in"), {"username": "a", "password": str(uuid.uuid4())})
    assert "do not belong together" in response.content.decode()


def test_the_instructions_say_everything_that_is_asked():
    study = make_study(
        questions=2,
        protocol="ranking",
        reasons=[{"key": "w", "name": "wrong step"}],
        asks_step_marks=True,
        criteria=[{"name": "clarity", "points": 5}],
        asks_comment=True,
    )
    html = entered(make_rater(study)).get(room(study)).content.decode()
    for said in (
        "Rank them by how much",
        "Mark the first step that is wrong",
        "Score each rationale for clarity from 1 to 5: 5 is the best.",
        "Where a fault decides, mark it: wrong step.",
        "A comment is welcome",
    ):
        assert said in html

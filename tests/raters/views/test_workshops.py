"""A presenter's pages: who may open and move a workshop, how one is made, what each page holds."""

import json

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from raters.models import Stage, Workshop
from raters.services.study_states import study_close, study_open
from tests.factories import NOW, draft, make_rater, make_study
from tests.raters.services.workshops.rooms import join, make_workshop, move

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
PAGES = ("workshop", "workshop-screen", "workshop-now")


@pytest.fixture
def workshop():
    study = make_study(name="balls", questions=2)
    make_rater(study)
    study_close(study=study, user=study.owner, now=NOW)
    return make_workshop(study)


def client(who: str, workshop: Workshop):
    return client_of(who, workshop.study)


def phone_client(workshop: Workshop) -> Client:
    phone = Client()
    phone.post(reverse("workshop-join"), {"code": workshop.join_code})
    return phone


# --- who ---
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_open_every_page(workshop, who, name):
    assert client(who, workshop).get(reverse(name, args=[workshop.code])).status_code == 200


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_learns_nothing(workshop, who, name):
    page = client(who, workshop).get(reverse(name, args=[workshop.code]))
    assert page.status_code == REFUSED[who]
    assert workshop.join_code not in page.content.decode()


@pytest.mark.parametrize("who", [*REFUSED, "participant"])
def test_anyone_else_moves_nothing(workshop, who):
    browser = phone_client(workshop) if who == "participant" else client(who, workshop)
    sent = {"to": "next", "version": "1"}
    done = browser.post(reverse("workshop-move", args=[workshop.code]), sent)
    assert done.status_code == REFUSED.get(who, 302)
    workshop.refresh_from_db()
    assert workshop.version == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_participant_opens_no_page_of_the_presenter(workshop, name):
    page = phone_client(workshop).get(reverse(name, args=[workshop.code]))
    assert page.status_code == 302
    assert page.url.startswith("/sign-in/")


@pytest.mark.parametrize("name", ["workshops", "workshop-new"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("bob", 200), ("root", 200), ("rae", 302), ("stranger", 302), ("plain", 404)],
)
def test_lists_are_for_researchers_and_hold_their_own(workshop, who, status, name):
    page = client(who, workshop).get(reverse(name))
    assert page.status_code == status
    seen = b"a talk" in page.content or b"balls" in page.content
    assert seen == (who == "root")


def test_a_list_leads_to_its_workshops(workshop):
    page = client("alice", workshop).get(reverse("workshops")).content.decode()
    assert reverse("workshop", args=[workshop.code]) in page
    assert workshop.join_code in page


# --- made ---
def test_a_workshop_is_made_of_ticked_triples(workshop):
    browser, study = client("alice", workshop), workshop.study
    address = f"{reverse('workshop-new')}?study={study.code}"
    assert study.triples.first().question.text in browser.get(address).content.decode()
    made = browser.post(address, {"name": "another", "questions": ["1"]})
    other = Workshop.objects.get(name="another")
    assert made.url == reverse("workshop", args=[other.code])
    assert other.items.get().question == study.triples.get(number=1).question


def test_a_workshop_is_made_of_a_set_and_sources(workshop):
    browser, question_set = client("alice", workshop), workshop.study.question_set
    address = f"{reverse('workshop-new')}?set={question_set.pk}"
    sources = [each.source_id for each in workshop.study.study_sources.all()]
    for wrong in ({}, {"sources": sources[:1]}, {"sources": sources, "count": "0"}):
        assert browser.post(address, {"name": "b", "count": "1", **wrong}).status_code == 422
    browser.post(address, {"name": "another", "count": "1", "sources": sources})
    assert Workshop.objects.get(name="another").items.count() == 1


@pytest.mark.parametrize("who", ["bob", "plain"])
def test_nobody_makes_a_workshop_of_what_is_not_theirs(workshop, who):
    browser, study = client(who, workshop), workshop.study
    for query in (f"study={study.code}", f"set={study.question_set_id}", "set=7x", "study=%00"):
        made = browser.post(f"{reverse('workshop-new')}?{query}", {"name": "x", "count": "1"})
        assert made.status_code == 404
    assert Workshop.objects.count() == 1


def test_a_running_study_is_neither_listed_nor_taken(workshop):
    running = draft(name="running", question_set=workshop.study.question_set)
    study_open(study=running, user=running.owner, now=running.created_at)
    browser = client("alice", workshop)
    assert b"running</a>" not in browser.get(reverse("workshop-new")).content
    refused = browser.post(f"{reverse('workshop-new')}?study={running.code}", {"name": "x"})
    assert refused.status_code == 422
    assert "only a closed study can be shown" in refused.content.decode()
    refused = browser.post(f"{reverse('workshop-new')}?study={workshop.study.code}", {"name": "x"})
    assert "running studies ask them all" in refused.content.decode()


def test_a_closed_study_leads_to_its_workshop(workshop):
    page = client("alice", workshop).get(reverse("study", args=[workshop.study.code]))
    assert f"{reverse('workshop-new')}?study={workshop.study.code}" in page.content.decode()


# --- moved ---
def test_a_move_leads_back_to_the_page_it_was_made_on(workshop):
    browser, address = client("alice", workshop), reverse("workshop-move", args=[workshop.code])
    screen = reverse("workshop-screen", args=[workshop.code])
    assert browser.post(address, {"to": "next", "version": "1", "from": "screen"}).url == screen
    control = reverse("workshop", args=[workshop.code])
    assert browser.post(address, {"to": "next", "version": "2"}).url == control
    workshop.refresh_from_db()
    assert workshop.stage == Stage.TRIPLE


@pytest.mark.parametrize(
    "sent", [{}, {"to": "reveal", "version": "1"}, {"to": "next", "version": "x"}]
)
def test_what_is_no_move_moves_nothing(workshop, sent):
    browser = client("alice", workshop)
    assert browser.post(reverse("workshop-move", args=[workshop.code]), sent).status_code == 302
    workshop.refresh_from_db()
    assert workshop.version == 1


def test_a_move_that_is_refused_says_why(workshop):
    move(workshop, *["next"] * 8)
    browser = client("alice", workshop)
    sent = {"to": "next", "version": workshop.version}
    done = browser.post(reverse("workshop-move", args=[workshop.code]), sent)
    assert "last question" in str(next(iter(get_messages(done.wsgi_request))))


def test_to_look_moves_nothing(workshop):
    browser = client("alice", workshop)
    assert browser.get(reverse("workshop-move", args=[workshop.code])).status_code == 405


# --- shown ---
def test_the_screen_says_how_to_get_in_and_draws_it(workshop):
    page = client("alice", workshop).get(reverse("workshop-screen", args=[workshop.code]))
    text = page.content.decode()
    assert workshop.join_code in text
    assert "testserver/w<" in text
    assert "<svg" in text
    assert "a talk" not in text
    assert "balls" not in text


def test_the_counts_are_live_and_cost_nothing_while_they_stand(workshop):
    browser, address = client("alice", workshop), reverse("workshop-now", args=[workshop.code])
    first = browser.get(address)
    assert json.loads(first.content) == {"version": 1, "here": 0, "given": 0}
    again = browser.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    join(workshop)
    assert browser.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_an_ended_workshop_says_so_and_offers_no_move(workshop):
    move(workshop, "end")
    page = client("alice", workshop).get(reverse("workshop", args=[workshop.code])).content.decode()
    assert "ended" in page
    assert reverse("workshop-move", args=[workshop.code]) not in page

"""A participant's pages: in by the code, an answer and a pick a question, and cheap polling."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from raters.models import WorkshopParticipant, WorkshopResponse
from raters.services.workshops.taking_part import MOST_WRONG
from raters.views.workshop_room import COOKIE
from tests.raters.services.workshops.rooms import choices_set, item_of, make_workshop, move

pytestmark = pytest.mark.django_db
ROOM, JOIN, RESPOND, NOW_ = "/w/", "/w/join/", "/w/respond/", "/w/now/"


@pytest.fixture
def workshop():
    cache.clear()
    return make_workshop(questions=2)


@pytest.fixture
def phone(workshop):
    phone = Client()
    phone.post(JOIN, {"code": workshop.join_code})
    return phone


def test_the_address_is_short_and_forgives_its_slash(client):
    assert reverse("workshop-room") == ROOM
    assert client.get("/w").url == ROOM


def test_a_stranger_is_asked_for_the_code(client, workshop):
    page = client.get(ROOM)
    assert b'name="code"' in page.content
    assert not page.cookies.get(COOKIE)
    assert client.post(RESPOND, {"number": "1", "answer": "1"}).status_code == 403
    assert client.get(NOW_).status_code == 403


def test_a_qr_code_fills_the_code_in_but_joins_nobody(client, workshop):
    page = client.get(f"{ROOM}?code={workshop.join_code}")
    assert f'value="{workshop.join_code}"' in page.content.decode()
    assert not WorkshopParticipant.objects.exists()


def test_joining_keeps_a_random_token_in_a_cookie_and_nothing_else(client, workshop):
    joined = client.post(JOIN, {"code": workshop.join_code.lower()})
    assert (joined.status_code, joined.url) == (303, ROOM)
    cookie = joined.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (ROOM, True, "Lax")
    assert cookie.value.startswith(str(WorkshopParticipant.objects.get().token))
    assert set(WorkshopParticipant.objects.values().get()) == {
        "id", "workshop_id", "token", "joined_at",
    }  # fmt: skip
    assert "sessionid" not in client.cookies


def test_joining_twice_is_one_phone(phone, workshop):
    phone.post(JOIN, {"code": workshop.join_code})
    assert workshop.participants.count() == 1


def test_a_phone_goes_to_another_room_by_its_code(phone, workshop):
    other = make_workshop(workshop.study)
    assert b'name="code"' in phone.get(f"{ROOM}?code={other.join_code}").content
    phone.post(JOIN, {"code": other.join_code})
    assert other.participants.count() == 1


def test_a_wrong_code_says_so_and_many_have_to_wait(client, workshop):
    page = client.post(JOIN, {"code": "wrong <b>"})
    assert page.status_code == 404
    assert b"No workshop has this code" in page.content
    assert b"wrong &lt;b&gt;" in page.content
    for _ in range(MOST_WRONG - 1):
        client.post(JOIN, {"code": "BBBBBB"})
    assert client.post(JOIN, {"code": workshop.join_code}).status_code == 429
    assert not workshop.participants.exists()


def test_a_forged_cookie_is_nobody(client, workshop, phone):
    token = str(WorkshopParticipant.objects.get().token)
    client.cookies[COOKIE] = token
    assert b'name="code"' in client.get(ROOM).content
    client.cookies[COOKIE] = f"{token}:forged"
    assert client.get(NOW_).status_code == 403


def test_another_site_cannot_answer_for_a_phone(workshop):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(JOIN, {"code": workshop.join_code}).status_code == 403


def test_a_phone_answers_then_picks_and_sees_what_it_said(phone, workshop):
    assert b"You are in." in phone.get(ROOM).content
    move(workshop, "next")
    assert item_of(workshop).question.text.encode() in phone.get(ROOM).content
    assert phone.post(RESPOND, {"number": "1", "answer": " 1,300 "}).status_code == 303
    assert b'value="1300"' in phone.get(ROOM).content
    move(workshop, "next")
    assert phone.get(ROOM).content.count(b'aria-pressed="false"') == 3
    assert phone.post(RESPOND, {"number": "1", "pick": "2"}).status_code == 303
    assert b"You picked A2" in phone.get(ROOM).content
    move(workshop, "next")
    assert b"You picked A2." in phone.get(ROOM).content
    assert WorkshopResponse.objects.values_list("answer", "slot").get() == ("1300", 1)


def test_choices_are_offered_as_choices(phone, workshop):
    choices_set(workshop.study.question_set)
    move(workshop, "next")
    assert phone.get(ROOM).content.count(b'type="radio"') == 2
    assert phone.post(RESPOND, {"number": "1", "answer": "B"}).status_code == 303
    assert phone.post(RESPOND, {"number": "1", "answer": "C"}).status_code == 422


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"number": "1", "answer": "many"}, 422),
        ({"number": "2", "answer": "1"}, 409),
        ({"number": "x", "answer": "1"}, 409),
        ({"number": "1", "pick": "1"}, 409),
        ({"number": "1", "answer": "\x00"}, 422),
        ({}, 409),
    ],
)
def test_what_cannot_be_taken_says_why_and_loses_nothing(phone, workshop, sent, status):
    move(workshop, "next")
    phone.post(RESPOND, {"number": "1", "answer": "7"})
    page = phone.post(RESPOND, sent)
    assert page.status_code == status
    assert b'role="alert"' in page.content
    assert b'value="7"' in page.content
    assert WorkshopResponse.objects.get().answer == "7"


def test_what_comes_too_late_is_told_so(phone, workshop):
    move(workshop, "next", "next", "next")
    page = phone.post(RESPOND, {"number": "1", "pick": "1"})
    assert page.status_code == 409
    assert b"came too late" in page.content


def test_polling_is_one_query_and_nothing_while_the_room_stands_still(
    phone, workshop, django_assert_num_queries
):
    with django_assert_num_queries(1):
        first = phone.get(NOW_)
    assert first.content == b"1"
    assert first["Cache-Control"] == "private, no-cache"
    again = phone.get(NOW_, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    move(workshop, "next")
    assert phone.get(NOW_, headers={"If-None-Match": first["ETag"]}).content == b"2"


def test_a_fragment_is_the_scene_and_two_hundred_phones_cost_two_queries_each(
    phone, workshop, django_assert_num_queries
):
    move(workshop, "next", "next", "next")
    phone.get(ROOM)
    with django_assert_num_queries(2):
        page = phone.get(ROOM, headers={"X-Fragment": "1"}).content
    assert b"<html" not in page
    assert b'id="scene"' in page


def test_a_page_works_without_script(phone):
    page = phone.get(ROOM).content.decode()
    assert f'<a href="{ROOM}">' in page


def test_the_end_is_told_to_phones_and_the_code_is_asked_of_others(phone, workshop, client):
    code = workshop.join_code
    move(workshop, "next", "end")
    assert b"That was all" in phone.get(ROOM).content
    assert client.post(JOIN, {"code": code}).status_code == 404
    assert b'name="code"' in phone.get(f"{ROOM}?code={code}").content

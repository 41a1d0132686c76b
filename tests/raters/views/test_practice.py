"""Practice as raters meet it: before the room, with feedback, and out for who does not pass."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from raters.models import Assignment, PracticeAnswer, Rater, Rating, StudyPath
from raters.services.crowd import COMPLETE, crowd_switch
from raters.services.practice import practice_drop
from raters.services.study_states import study_close, study_pause
from tests.factories import NOW, make_rater, make_study
from tests.raters.services.test_practice import practice, threshold
from tests.raters.views.people import client_of
from tests.raters.views.room import FRAGMENT, begin, entered, fields, room

pytestmark = pytest.mark.django_db


def page_of(study) -> str:
    return reverse("rate-practice", args=[study.code])


def answer(client, study, value="1", **more):
    turn = fields(client.get(page_of(study)))["token"]
    return client.post(page_of(study), {"token": turn, "answer": value, **more})


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("bob", 403), ("stranger", 403), ("rae", 200)]
)
def test_only_a_rater_of_the_study_practises(who, status):
    study = make_study()
    practice(study)
    client = client_of(who, study)
    assert client.get(page_of(study)).status_code == status
    turn = fields(client.get(page_of(study))).get("token", "")
    assert client.post(page_of(study), {"token": turn, "answer": "1"}).status_code in (403, 303)
    assert PracticeAnswer.objects.exists() == (who == "rae")


def test_the_room_sends_who_has_not_practised_to_practice_and_hands_out_nothing():
    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    assert "First come 2 triples to practise on" in client.get(room(study)).content.decode()
    response = begin(client, study)
    assert (response.status_code, response.url) == (303, page_of(study))
    assert "begins with some practice" in begin(client, study, **FRAGMENT).content.decode()
    client.post(room(study) + "submit/", {"token": "7", "answer": "1"})
    assert not Assignment.objects.exists()


def test_each_answer_is_told_what_was_planted_and_the_last_one_leads_to_the_room():
    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    shown = client.get(page_of(study)).content.decode()
    assert "Practice 1 of 2" in shown
    assert "nothing you answer here is counted" in shown
    assert "3 × 4 = 13, less 1 is 12." in shown
    assert "A2 says" not in shown
    response = answer(client, study, "2")
    assert (response.status_code, response.url) == (303, page_of(study) + "?feedback")
    feedback = client.get(response.url).content.decode()
    assert "A1 would have been the one." in feedback
    assert "A2 says 3 * 4 = 13." in feedback
    answer(client, study, "1")
    feedback = client.get(page_of(study) + "?feedback").content.decode()
    assert "Yes: A1 is the one." in feedback
    assert "Begin rating" in feedback
    assert b'name="token"' in begin(client, study).content
    assert client.get(page_of(study)).url == room(study) + "?begin"
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({"protocol": "ranking"}, {"answer": "rank", "rank_1": "1", "rank_2": "2"}),
        ({"allows_none_good": True}, {"answer": "none"}),
    ],
)
def test_practice_is_answered_as_the_study_asks(settings, form):
    study = make_study(**settings)
    practice(study, 1)
    client = entered(make_rater(study))
    turn = fields(client.get(page_of(study)))["token"]
    assert client.post(page_of(study), {"token": turn, **form}).status_code == 303
    assert PracticeAnswer.objects.get().is_passed == (form["answer"] == "rank")


@pytest.mark.parametrize("form", [{}, {"answer": "7"}, {"answer": "6"}])
def test_an_answer_that_is_none_is_asked_again_and_kept_nowhere(form):
    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    turn = fields(client.get(page_of(study)))["token"]
    response = client.post(page_of(study), {"token": turn, **form})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not PracticeAnswer.objects.exists()


@pytest.mark.parametrize("turn", ["", "0", "9", "x", "0:x", "²", "9" * 30])
def test_a_turn_that_no_page_showed_shows_the_next_one(turn):
    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    assert client.post(page_of(study), {"token": turn, "answer": "1"}).url == page_of(study)
    assert not PracticeAnswer.objects.exists()


def test_an_answer_to_a_triple_is_not_held_against_another_that_has_its_number_now():
    study = make_study()
    (first,) = practice(study, 1)
    client = entered(make_rater(study))
    shown = fields(client.get(page_of(study)))["token"]
    practice_drop(triple=first, user=study.owner, now=NOW)
    (second,) = practice(study, 1, question="What is 3 * 4 now?", expected="A2")
    assert second.number == first.number
    response = client.post(page_of(study), {"token": shown, "answer": "1"})
    assert (response.status_code, response.url) == (303, page_of(study))
    assert not PracticeAnswer.objects.exists()
    answer(client, study, "2")
    assert PracticeAnswer.objects.get().is_passed


def test_who_is_screened_out_sees_the_last_feedback_and_then_a_code_of_its_own():
    study = make_study(triples_per_rater=3)
    practice(study, 1)
    threshold(study, 100)
    crowd_switch(study=study, user=study.owner, on=True, now=NOW)
    client = Client()
    path = StudyPath.objects.get(study=study)
    client.get(reverse("crowd-link", args=[path.crowd_code]) + "?PROLIFIC_PID=5f")
    answer(client, study, "2")
    assert "Go on" in client.get(page_of(study) + "?feedback").content.decode()
    left = begin(client, study).content.decode()
    assert "asks for raters who find more" in left
    assert "Only your answers to the practice are kept." in left
    assert PracticeAnswer.objects.count() == 1
    assert (
        re.search(rf'href="{re.escape(COMPLETE)}\?cc=([^"]+)"', left)[1]
        == path.exits["screened-out"]
    )
    assert Rater.objects.get().way_out == Rater.WayOut.SCREENED_OUT
    assert client.get(page_of(study)).url == room(study) + "?begin"
    assert not study.bundles.filter(state="held").exists()


def test_practice_waits_for_consent_and_rests_with_the_study():
    from raters.services.consent import consent_text_save

    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    consent_text_save(study=study, text="Agree?", language="en", now=NOW)
    assert client.get(page_of(study)).url == room(study) + "?begin"
    assert "I agree" in begin(client, study).content.decode()
    study_pause(study=study, user=study.owner, now=NOW)
    assert "paused" in client.get(page_of(study)).content.decode()
    study_close(study=study, user=study.owner, now=NOW)
    assert client.get(page_of(study)).status_code == 410


def test_the_instructions_say_what_is_to_be_passed():
    study = make_study()
    practice(study)
    client = entered(make_rater(study))
    assert "is asked no further" not in client.get(room(study)).content.decode()
    threshold(study, 80)
    assert "less than 80 % of them is asked no further" in client.get(room(study)).content.decode()

"""Who gets in by which code, what a phone may say when, and that guessing codes is slow."""

from threading import Thread

import pytest
from django.core.cache import cache
from django.db import connection

from raters.models import WorkshopParticipant, WorkshopResponse
from raters.services.workshops import taking_part
from raters.services.workshops.taking_part import (
    MOST_WRONG,
    Closed,
    RoomFull,
    TooManyGuesses,
    Unreadable,
    WrongCode,
    participant_join,
    participant_of,
    response_give,
    version_of,
)
from tests.factories import NOW

from .rooms import answer_all, choices_set, item_of, join, make_workshop, move, pick_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop():
    cache.clear()
    return make_workshop(questions=2)


def guess(typed: str, address: str = "192.0.2.1") -> WorkshopParticipant:
    return participant_join(typed=typed, address=address, now=NOW)


def test_the_code_lets_in_however_it_is_typed(workshop):
    code = workshop.join_code.lower()
    for typed in (code, f" {code[:3]}-{code[3:]} ", f"{code[:3]} {code[3:]}".upper()):
        assert guess(typed).workshop == workshop
    assert workshop.participants.count() == 3


@pytest.mark.parametrize("typed", ["", "BCDFGH", "x" * 5000, "AEIOU1", "ßßß", "\x00"])
def test_another_code_lets_nobody_in(workshop, typed):
    with pytest.raises(WrongCode):
        guess(typed)


def test_the_code_of_a_workshop_that_ended_lets_nobody_in(workshop):
    code = workshop.join_code
    move(workshop, "end")
    with pytest.raises(WrongCode):
        guess(code)


def test_wrong_codes_from_one_address_are_counted_and_right_ones_are_not(workshop):
    for _ in range(MOST_WRONG + 5):
        guess(workshop.join_code)
    for _ in range(MOST_WRONG):
        with pytest.raises(WrongCode):
            guess("BBBBBB")
    with pytest.raises(TooManyGuesses):
        guess(workshop.join_code)
    assert guess(workshop.join_code, address="192.0.2.2").workshop == workshop


def test_a_room_is_full_at_some_point(workshop, monkeypatch):
    monkeypatch.setattr(taking_part, "MOST_IN_ROOM", 2)
    join(workshop, 2)
    with pytest.raises(RoomFull):
        guess(workshop.join_code)


def test_an_answer_is_kept_once_and_may_change_until_the_room_moves_on(workshop):
    (phone,) = join(workshop)
    move(workshop, "next")
    answer_all([phone], ["12"])
    answer_all([phone], ["$1,300.00"])
    assert [said.answer for said in WorkshopResponse.objects.all()] == ["1300"]
    move(workshop, "next")
    with pytest.raises(Closed):
        answer_all([phone], ["14"])
    pick_all([phone], [3])
    pick_all([phone], [1])
    assert list(WorkshopResponse.objects.values_list("answer", "slot")) == [("1300", 0)]
    move(workshop, "next")
    with pytest.raises(Closed):
        pick_all([phone], [2])


def test_nothing_is_taken_before_the_first_question_or_after_the_end(workshop):
    (phone,) = join(workshop)
    with pytest.raises(Closed):
        answer_all([phone], ["1"])
    move(workshop, "next", "end")
    with pytest.raises(Closed):
        answer_all([phone], ["1"])


def test_what_was_meant_for_another_question_is_not_taken(workshop):
    (phone,) = join(workshop)
    move(workshop, "next", "skip")
    with pytest.raises(Closed):
        answer_all([phone], ["1"], at=0)
    answer_all([phone], ["1"], at=1)
    assert WorkshopResponse.objects.get().item.position == 1


def test_answers_close_for_good_with_the_correct_answer_and_picks_with_the_reveal(workshop):
    (phone,) = join(workshop)
    move(workshop, "next", "next", "back")
    with pytest.raises(Closed):
        answer_all([phone], ["1"])
    move(workshop, "next", "next", "back")
    pick_all([phone], [2])
    move(workshop, "next", "next", "back", "back")
    with pytest.raises(Closed):
        pick_all([phone], [1])


@pytest.mark.parametrize("text", ["", "twelve", "<b>12</b>", "12 or 13", "9" * 300])
def test_free_words_never_reach_the_screen(workshop, text):
    (phone,) = join(workshop)
    move(workshop, "next")
    with pytest.raises(Unreadable):
        answer_all([phone], [text])


def test_of_choices_only_a_label_is_taken(workshop):
    choices_set(workshop.study.question_set)
    (phone,) = join(workshop)
    move(workshop, "next")
    answer_all([phone], ["B"])
    for other in ("C", "b", "water", ""):
        with pytest.raises(Unreadable):
            answer_all([phone], [other])


@pytest.mark.parametrize("pick", [0, 4, -1])
def test_a_slot_that_is_not_there_cannot_be_picked(workshop, pick):
    (phone,) = join(workshop)
    move(workshop, "next", "next")
    with pytest.raises(Unreadable):
        pick_all([phone], [pick])


def test_a_phone_is_known_by_its_token_alone(workshop):
    (phone,) = join(workshop)
    assert participant_of(str(phone.token)) == phone
    assert version_of(str(phone.token)) == 1
    move(workshop, "next")
    assert version_of(str(phone.token)) == 2
    for token in ("", "7", str(phone.token).upper(), "\x00"):
        assert participant_of(token) is None
        assert version_of(token) is None


def test_a_phone_cannot_answer_in_another_room(workshop):
    other = make_workshop(workshop.study)
    (phone,) = join(workshop)
    move(other, "next")
    with pytest.raises(Closed):
        answer_all([phone], ["1"])
    assert not item_of(other).responses.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_phones_at_once_are_each_counted_once():
    workshop = move(make_workshop(questions=1), "next", "next")
    phones = join(workshop, 20)
    problems: list[Exception] = []

    def pick(phone: WorkshopParticipant) -> None:
        try:
            for slot in (1, 2, 3):
                response_give(participant=phone, position=0, pick=slot)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=pick, args=[phone]) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert list(WorkshopResponse.objects.values_list("slot", flat=True)) == [2] * 20

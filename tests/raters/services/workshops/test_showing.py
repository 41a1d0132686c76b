"""What a scene holds at each stage: who wrote what at the reveal alone."""

from dataclasses import asdict

import pytest

from raters.models import WorkshopText
from raters.services.workshops.showing import counts_of, own_of, scene_of
from tests.factories import make_study

from .rooms import answer_all, choices_set, item_of, join, make_workshop, move, pick_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop():
    return make_workshop(questions=2)


def bars(found) -> list[tuple[str, int, int]]:
    return [(bar.name, bar.count, bar.percent) for bar in found]


def test_each_stage_adds_to_what_is_shown(workshop):
    assert asdict(scene_of(workshop))["question"] == ""
    stages = []
    for _ in range(4):
        scene = scene_of(move(workshop, "next"))
        shown = (scene.gold != "", scene.texts != (), scene.picks != (), scene.writers != ())
        stages.append((scene.stage, *shown))
        assert scene.question == item_of(workshop).question.text
    assert stages == [
        ("question", False, False, False, False),
        ("triple", True, True, False, False),
        ("bars", True, True, True, False),
        ("reveal", True, True, True, True),
    ]
    assert scene_of(move(workshop, "next")).writers == ()
    assert scene_of(move(workshop, "end")).stage == "ended"


def test_the_reveal_names_the_source_of_the_text_in_each_slot(workshop):
    scene = scene_of(move(workshop, *["next"] * 4))
    texts = WorkshopText.objects.filter(item=item_of(workshop)).order_by("slot")
    assert scene.writers == tuple(text.source.name for text in texts)
    assert scene.texts == tuple(tuple(text.shown_text.splitlines()) for text in texts)


def test_bars_count_answers_by_value_and_picks_by_slot(workshop):
    phones = join(workshop, 5)
    gold = item_of(move(workshop, "next")).question.gold_answer
    answer_all(phones, ["100", gold, "1e2", "-3", "100.0"])
    move(workshop, "next")
    pick_all(phones[:3], [2, 2, 1])
    scene = scene_of(move(workshop, "next"))
    assert bars(scene.answers) == [("-3", 1, 20), (gold, 1, 20), ("100", 3, 60)]
    assert [bar.is_correct for bar in scene.answers] == [False, True, False]
    assert bars(scene.picks) == [("A1", 1, 33), ("A2", 2, 67), ("A3", 0, 0)]
    assert not any(bar.is_correct for bar in scene.picks)


def test_more_answers_than_bars_share_the_last_one(workshop):
    phones = join(workshop, 11)
    move(workshop, "next")
    answer_all(phones, [str(number) for number in [*range(10), 9]])
    scene = scene_of(move(workshop, "next", "next"))
    assert bars(scene.answers)[-2:] == [("9", 2, 18), ("", 2, 18)]
    assert len(scene.answers) == 9


def test_choices_have_a_bar_each_in_their_order(workshop):
    choices_set(workshop.study.question_set)
    phones = join(workshop, 2)
    move(workshop, "next")
    answer_all(phones, ["B", "B"])
    scene = scene_of(move(workshop, "next", "next"))
    assert bars(scene.answers) == [("(a) bank", 0, 0), ("(b) water", 2, 100)]
    assert scene.gold == "bank (a)"


def test_counts_are_of_what_is_asked_now(workshop):
    phones = join(workshop, 3)
    move(workshop, "next")
    answer_all(phones[:2], ["1", "2"])
    assert (counts_of(workshop).here, counts_of(workshop).given) == (3, 2)
    move(workshop, "next")
    assert counts_of(workshop).given == 0
    pick_all(phones[:1], [1])
    assert counts_of(workshop).given == 1


def test_a_phone_sees_its_own_of_this_question_alone(workshop):
    mine, other = join(workshop, 2)
    move(workshop, "next")
    answer_all([mine, other], ["1", "2"])
    mine.refresh_from_db()
    assert own_of(mine).answer == "1"
    move(workshop, "next")
    pick_all([mine], [3])
    mine.workshop.refresh_from_db()
    assert own_of(mine).pick == 3
    move(workshop, "skip")
    mine.workshop.refresh_from_db()
    assert own_of(mine).answer == ""


def test_two_and_more_slots_are_shown_as_they_are():
    study = make_study(questions=1, sources=("S1", "S2", "S3", "S4"), closed=True)
    scene = scene_of(move(make_workshop(study), "next", "next", "next"))
    assert [bar.name for bar in scene.picks] == ["A1", "A2", "A3", "A4"]

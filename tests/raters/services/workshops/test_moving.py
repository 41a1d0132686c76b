"""A room moves on once for every press, back to what it has seen, never into a running study."""

import pytest

from raters.models import AuditEntry, Stage
from raters.services.study_states import study_open
from raters.services.workshops.making import WorkshopRefused
from raters.services.workshops.moving import moves_of, workshop_move
from tests.factories import NOW, draft, make_study

from .rooms import item_of, make_workshop, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop():
    return make_workshop(questions=2)


def standing(workshop) -> tuple[int | None, int]:
    workshop.refresh_from_db()
    return workshop.position, workshop.stage


def test_next_goes_through_every_stage_of_every_question(workshop):
    seen = []
    while "next" in moves_of(workshop):
        seen.append(standing(move(workshop, "next")))
    assert seen == [(at, stage) for at in (0, 1) for stage in (1, 2, 3, 4)]
    with pytest.raises(WorkshopRefused, match="last question"):
        move(workshop, "next")


def test_a_button_of_an_older_page_moves_nothing(workshop):
    seen = workshop.version
    move(workshop, "next")
    for to in ("next", "skip", "back", "end"):
        moved = workshop_move(workshop=workshop, to=to, seen=seen, user=workshop.owner, now=NOW)
        assert not moved
    assert standing(workshop) == (0, Stage.QUESTION)


def test_back_undoes_a_move_and_stops_at_the_beginning(workshop):
    move(workshop, "next", "next", "back")
    assert standing(workshop) == (0, Stage.QUESTION)
    move(workshop, "back")
    assert standing(workshop)[0] is None
    with pytest.raises(WorkshopRefused, match="beginning"):
        move(workshop, "back")
    assert moves_of(workshop) == ("next",)


def test_back_to_a_question_that_was_skipped_reveals_nothing(workshop):
    move(workshop, "next", "next", "skip")
    assert standing(workshop) == (1, Stage.QUESTION)
    move(workshop, "back")
    assert standing(workshop) == (0, Stage.TRIPLE)


def test_the_end_is_the_end_and_frees_the_code(workshop):
    move(workshop, "next", "end")
    assert workshop.join_code is None
    assert workshop.ended_at == NOW
    assert not workshop_move(
        workshop=workshop, to="next", seen=workshop.version, user=workshop.owner, now=NOW
    )


def test_a_question_that_a_running_study_asks_by_now_is_shown_no_further(workshop):
    move(workshop, "next", "next")
    running = draft(name="running", question_set=workshop.study.question_set)
    study_open(study=running, user=running.owner, now=NOW)
    for to in ("next", "back"):
        with pytest.raises(WorkshopRefused, match="Question 1 is asked by a study that is running"):
            move(workshop, to)
    with pytest.raises(WorkshopRefused, match="last question"):
        move(workshop, "skip")
    assert standing(workshop) == (0, Stage.TRIPLE)


def test_a_reveal_un_blinds_the_study_once_and_nothing_before_it_does(workshop):
    entries = AuditEntry.objects.filter(study=workshop.study, action="un-blinded")
    move(workshop, "next", "next", "next")
    assert not entries.exists()
    move(workshop, "next", "back", "next")
    assert [entry.detail for entry in entries] == ["workshop 'a talk', question 1"]
    assert item_of(workshop).reached == Stage.REVEAL


def test_two_workshops_do_not_move_each_other():
    study = make_study(closed=True)
    one, other = make_workshop(study), make_workshop(study)
    move(one, "next")
    assert standing(other)[0] is None

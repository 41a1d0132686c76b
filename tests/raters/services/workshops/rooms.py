"""Rooms for tests: a workshop of a closed study, phones in it, and moves."""

from collections.abc import Sequence

from generation.models import QuestionSet
from raters.models import Study, Workshop, WorkshopItem, WorkshopParticipant
from raters.services.workshops.making import workshop_create_of_study
from raters.services.workshops.moving import workshop_move
from raters.services.workshops.taking_part import participant_join, response_give
from tests.factories import NOW, make_study


def make_workshop(study: Study | None = None, *, questions: int = 3, seed: int = 5) -> Workshop:
    study = study or make_study(questions=questions, closed=True)
    return workshop_create_of_study(
        user=study.owner, study=study, name="a talk", seed=seed, now=NOW
    )


def move(workshop: Workshop, *moves: str) -> Workshop:
    """Press these buttons one after another, each on an up-to-date page."""
    for to in moves:
        assert workshop_move(
            workshop=workshop, to=to, seen=workshop.version, user=workshop.owner, now=NOW
        )
    return workshop


def join(workshop: Workshop, count: int = 1) -> list[WorkshopParticipant]:
    code = workshop.join_code or ""
    return [participant_join(typed=code, address="::1", now=NOW) for _ in range(count)]


def answer_all(phones: Sequence[WorkshopParticipant], answers: Sequence[str], at: int = 0) -> None:
    for phone, answer in zip(phones, answers, strict=True):
        response_give(participant=phone, position=at, answer=answer)


def pick_all(phones: Sequence[WorkshopParticipant], picks: Sequence[int], at: int = 0) -> None:
    for phone, pick in zip(phones, picks, strict=True):
        response_give(participant=phone, position=at, pick=pick)


def item_of(workshop: Workshop, at: int = 0) -> WorkshopItem:
    return workshop.items.select_related("question").get(position=at)


def choices_set(question_set: QuestionSet) -> None:
    """The set's questions offer choices, of which A is right."""
    question_set.questions.update(
        choices=[{"label": "A", "text": "bank"}, {"label": "B", "text": "water"}], gold_answer="A"
    )

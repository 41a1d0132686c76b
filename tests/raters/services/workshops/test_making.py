"""What a workshop is made of, what blinding allows, and in which slot each rationale stands."""

from collections import Counter

import pytest

from generation.models import QuestionSet, Source
from raters.models import AuditEntry, Triple, TripleRationale, Workshop, WorkshopText
from raters.services.study_states import study_pause
from raters.services.workshops.making import (
    LETTERS,
    WorkshopRefused,
    workshop_create_of_set,
    workshop_create_of_study,
)
from tests.factories import NOW, draft, make_question_set, make_rationales, make_study, study_open

from .rooms import make_workshop

pytestmark = pytest.mark.django_db


def of_set(question_set: QuestionSet, **more) -> Workshop:
    given = {
        "user": question_set.created_by,
        "question_set": question_set,
        "sources": list(Source.objects.order_by("name")),
        "name": "a talk",
        "now": NOW,
        "seed": 3,
    }
    return workshop_create_of_set(**given | more)


@pytest.fixture
def sums(db):
    question_set = make_question_set(user=make_study(name="other", closed=True).owner)
    make_rationales(question_set)
    return question_set


def test_a_closed_study_gives_its_triples_with_the_texts_its_raters_saw():
    study = make_study(questions=3, closed=True)
    workshop = make_workshop(study)
    shown = set(WorkshopText.objects.values_list("rationale", "source", "shown_text"))
    members = TripleRationale.objects.filter(triple__study=study)
    assert shown == set(members.values_list("rationale", "source", "shown_text"))
    assert workshop.items.count() == 3
    assert [text.slot for text in workshop.items.first().texts.all()] == [0, 1, 2]


@pytest.mark.parametrize("state", ["draft", "open", "paused"])
def test_a_study_that_is_not_closed_is_refused(state):
    study = make_study(opened=state != "draft")
    if state == "paused":
        study_pause(study=study, user=study.owner, now=NOW)
    with pytest.raises(WorkshopRefused, match=f"is {state}"):
        make_workshop(study)
    assert not Workshop.objects.exists()


def test_questions_that_a_running_study_asks_are_left_out():
    study = make_study(questions=4, closed=True)
    running = draft(name="running", question_set=study.question_set, questions=1)
    study_open(study=running, user=running.owner, now=NOW)
    asked = running.triples.get().question
    workshop = make_workshop(study)
    assert workshop.items.count() == 3
    assert not workshop.items.filter(question=asked).exists()
    number = study.triples.get(question=asked).number
    with pytest.raises(WorkshopRefused, match=f"Triple {number}"):
        workshop_create_of_study(user=study.owner, study=study, name="b", numbers=[number], now=NOW)
    made = of_set(study.question_set)
    assert not made.items.filter(question=asked).exists()
    with pytest.raises(WorkshopRefused, match="running study"):
        of_set(study.question_set, questions=[asked.pk])


def test_a_set_gives_what_a_study_of_it_would_show(sums):
    workshop = of_set(sums)
    texts = dict(WorkshopText.objects.values_list("rationale", "shown_text"))
    study = draft(name="same", question_set=sums, seed=3)
    members = TripleRationale.objects.filter(triple__study=study)
    assert texts == dict(members.values_list("rationale", "shown_text"))
    assert not any("####" in text or "<<" in text for text in texts.values())
    assert workshop.study is None


def test_ticked_questions_and_a_number_of_them(sums):
    three = list(sums.questions.values_list("pk", flat=True)[:3])
    picked = of_set(sums, questions=three, count=1)
    assert set(picked.items.values_list("question", flat=True)) == set(three)
    assert of_set(sums, count=2).items.count() == 2
    study = make_study(questions=5, closed=True)
    given = {"user": study.owner, "study": study, "name": "b", "now": NOW}
    ticked = workshop_create_of_study(numbers=[4, 1], **given)
    numbers = Triple.objects.filter(study=study, number__in=[1, 4]).values_list(
        "question", flat=True
    )
    assert set(ticked.items.values_list("question", flat=True)) == set(numbers)
    assert workshop_create_of_study(count=2, seed=1, **given).items.count() == 2
    assert workshop_create_of_study(count=50, seed=1, **given).items.count() == 5


def test_every_source_stands_in_every_slot_equally_often():
    make_workshop(questions=6)
    seen = Counter(WorkshopText.objects.values_list("source", "slot"))
    assert len(seen) == 9
    assert set(seen.values()) == {2}


def test_another_seed_gives_another_sequence_of_orders():
    study = make_study(questions=6, closed=True)
    orders = {
        tuple(
            tuple(item.texts.order_by("slot").values_list("source", flat=True))
            for item in make_workshop(study, seed=seed).items.all()
        )
        for seed in range(6)
    }
    assert len(orders) > 3


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_is_needed(name):
    study = make_study(closed=True)
    with pytest.raises(WorkshopRefused, match="name"):
        workshop_create_of_study(user=study.owner, study=study, name=name, now=NOW)


@pytest.mark.parametrize("count", [1, 7])
def test_other_than_two_to_six_sources_are_refused(sums, count):
    sources = (list(Source.objects.all()) * 3)[:count]
    with pytest.raises(WorkshopRefused, match="2 to 6"):
        of_set(sums, sources=sources)


def test_nothing_in_common_is_refused_with_a_reason(sums):
    with pytest.raises(WorkshopRefused, match="9 questions were asked for"):
        of_set(sums, count=9)


def test_the_code_is_short_without_letters_that_look_alike_and_the_study_notes_it():
    study = make_study(closed=True)
    workshop = make_workshop(study)
    assert len(workshop.join_code) == 6
    assert set(workshop.join_code) <= set(LETTERS)
    assert not set(LETTERS) & set("AEIOULSVY0123456789")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.study, entry.user) == ("put into a workshop", study, study.owner)

"""What a rater may see of an assignment, and which rationale an answer names."""

import dataclasses

import pytest
from django.db.models import Model

from generation.models import Question
from raters.blinding import BlindTriple, blind, order_text, position_in_slot
from raters.models import Assignment, TripleRationale
from tests.factories import claim, make_rater, make_study, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment() -> Assignment:
    """One triple, whose rationales show "Text 0", "Text 1" and "Text 2", two lines each."""
    given = claim(make_rater(make_study(questions=1)))
    for member in given.triple.members.all():
        lines = f"Text {member.position}.\nAnd so on."
        TripleRationale.objects.filter(pk=member.pk).update(shown_text=lines)
    return given


def with_order(assignment: Assignment, order: str) -> Assignment:
    Assignment.objects.filter(pk=assignment.pk).update(order=order)
    return Assignment.objects.select_related("study", "triple__question").get(pk=assignment.pk)


def test_a_rater_sees_the_question_the_gold_answer_and_the_texts(assignment):
    assert blind(with_order(assignment, "012")) == BlindTriple(
        token=str(assignment.token),
        question="A box holds 1 red and 2 blue balls. How many balls does it hold?",
        choices=(),
        gold="3",
        texts=(
            ("Text 0.", "And so on."),
            ("Text 1.", "And so on."),
            ("Text 2.", "And so on."),
        ),
        given="",
        allows_none=True,
        allows_tie=True,
    )


@pytest.mark.parametrize("order", ["012", "021", "102", "120", "201", "210"])
def test_texts_stand_in_the_order_of_the_place(assignment, order):
    lines = [text[0] for text in blind(with_order(assignment, order)).texts]
    assert lines == [f"Text {digit}." for digit in order]


def test_a_slot_leads_back_to_the_rationale_that_stood_in_it(assignment):
    given = with_order(assignment, "201")
    assert [position_in_slot(given, slot) for slot in range(3)] == [2, 0, 1]


@pytest.mark.parametrize("slot", [-1, 3])
def test_there_is_nothing_beyond_the_slots(assignment, slot):
    with pytest.raises(IndexError):
        position_in_slot(assignment, slot)


def test_an_order_is_stored_as_one_digit_a_slot():
    assert order_text((2, 0, 1)) == "201"


def test_choices_are_shown_with_the_gold_one_in_words(assignment):
    choices = [{"label": "A", "text": "ice"}, {"label": "B", "text": "water"}]
    Question.objects.update(choices=choices, gold_answer="B")
    seen = blind(with_order(assignment, "012"))
    assert seen.choices == (("A", "ice"), ("B", "water"))
    assert seen.gold == "water (b)"


def test_a_study_may_hide_the_gold_answer(assignment):
    given = with_order(assignment, "012")
    given.study.shows_gold_answer = False
    assert blind(given).gold == ""


@pytest.mark.parametrize(
    ("outcome", "slot", "given"),
    [("pick", 0, "1"), ("pick", 2, "3"), ("none", None, "none"), ("tie", None, "tie")],
)
def test_the_answer_that_is_stored_comes_with_its_triple(assignment, outcome, slot, given):
    submit(assignment.rater, assignment, outcome=outcome, slot=slot)
    assert blind(with_order(assignment, "012")).given == given


def test_after_a_revision_the_current_answer_is_shown(assignment):
    submit(assignment.rater, assignment, slot=0)
    submit(assignment.rater, assignment, slot=1, revise=True)
    assert blind(with_order(assignment, "012")).given == "2"


def test_the_human_solution_and_the_text_as_written_are_not_in_it(assignment):
    Question.objects.update(solution="the human solution")
    seen = repr(blind(with_order(assignment, "012")))
    assert "the human solution" not in seen
    written = TripleRationale.objects.values_list("rationale__text", flat=True)
    assert [text for text in written if text in seen] == []


def leaves(value: object):
    if isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_it_is_a_frozen_value_of_plain_texts_and_nothing_of_the_database(assignment):
    seen = blind(with_order(assignment, "012"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen.gold = "4"
    values = [leaf for field in dataclasses.astuple(seen) for leaf in leaves(field)]
    assert {type(value) for value in values} == {str, bool}
    assert not any(isinstance(value, Model) for value in values)
    names = {field.name for field in dataclasses.fields(BlindTriple)}
    assert names == {
        "token", "question", "choices", "gold", "texts", "given", "allows_none", "allows_tie",
    }  # fmt: skip


def test_it_costs_one_query_and_one_more_for_an_answer_given(assignment, django_assert_num_queries):
    given = with_order(assignment, "012")
    with django_assert_num_queries(1):
        blind(given)
    submit(assignment.rater, assignment)
    given = with_order(assignment, "012")
    with django_assert_num_queries(2):
        blind(given)
    assert TripleRationale.objects.count() == 3

"""What a rater may see of an assignment, and which rationale an answer names."""

import dataclasses

import pytest

from generation.models import Question
from raters.blinding import (
    BlindLine,
    BlindTriple,
    blind,
    blind_all,
    blind_line,
    link_read,
    link_sign,
    order_text,
    positions,
    token_read,
    token_sign,
)
from raters.judgement import Asked, Judgement
from raters.models import Assignment, Rating, Study, TripleRationale
from raters.services.assigning import assignments_hand
from tests.factories import NOW, claim, make_rater, make_study, submit

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
        token=token_sign(assignment.token),
        question="A box holds 1 red and 2 blue balls. How many balls does it hold?",
        choices=(),
        gold="3",
        texts=(
            ("Text 0.", "And so on."),
            ("Text 1.", "And so on."),
            ("Text 2.", "And so on."),
        ),
        asked=Asked(protocol="pick-best", slots=3, steps=(2, 2, 2)),
        given=None,
    )


@pytest.mark.parametrize("order", ["012", "021", "102", "120", "201", "210"])
def test_texts_stand_in_the_order_of_the_place(assignment, order):
    lines = [text[0] for text in blind(with_order(assignment, order)).texts]
    assert lines == [f"Text {digit}." for digit in order]


def test_a_slot_leads_back_to_the_rationale_that_stood_in_it(assignment):
    assert positions(with_order(assignment, "201")) == (2, 0, 1)


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


def test_it_says_all_that_the_study_asks(assignment):
    given = with_order(assignment, "012")
    study = given.study
    study.protocol, study.allows_ties, study.asks_comment = "ranking", True, True
    study.allows_none_good, study.allows_too_close, study.asks_step_marks = False, False, True
    study.reasons = [{"key": "q", "name": "skips steps"}]
    study.criteria = [{"name": "clear", "points": 5}]
    assert blind(given).asked == Asked(
        protocol="ranking",
        slots=3,
        allows_none=False,
        allows_tie=False,
        allows_equal=True,
        reasons=(("q", "skips steps"),),
        asks_marks=True,
        criteria=(("clear", 5),),
        asks_comment=True,
        steps=(2, 2, 2),
    )


@pytest.mark.parametrize(
    "given", [Judgement("pick", 0), Judgement("pick", 2), Judgement("none"), Judgement("tie")]
)
def test_the_answer_that_is_stored_comes_with_its_triple(assignment, given):
    submit(assignment.rater, assignment, judgement=given)
    assert blind(with_order(assignment, "012")).given == given


def test_all_of_an_answer_comes_back_as_it_was_given(assignment):
    Study.objects.update(
        protocol="ranking",
        reasons=[{"key": "q", "name": "skips steps"}],
        asks_step_marks=True,
        criteria=[{"name": "clear", "points": 5}],
        asks_comment=True,
    )
    given = Judgement(
        "ranking",
        ranks="312",
        reasons=((0, "q"), (2, "q")),
        marks=((1, -1), (), (None, -1)),
        scores=((1,), (5,), (3,)),
        comment="because",
    )
    submit(assignment.rater, assignment, judgement=given)
    assert blind(with_order(assignment, "012")).given == given


def test_after_a_revision_the_current_answer_is_shown(assignment):
    submit(assignment.rater, assignment, slot=0)
    submit(assignment.rater, assignment, slot=1, revise=True)
    assert blind(with_order(assignment, "012")).given == Judgement("pick", 1)


def test_a_line_of_a_raters_list_holds_the_beginning_of_the_question(assignment):
    Question.objects.update(text="How  many\n" + "words " * 40)
    rating = submit(assignment.rater, assignment, slot=1).rating
    line = blind_line(Rating.objects.get(pk=rating.pk))
    assert line.question.startswith("How many words words")
    assert line.question.endswith("…")
    assert len(line.question) == 121
    assert line == BlindLine(
        link_sign(assignment.token), line.question, Judgement("pick", 1), is_late=False
    )


def test_a_token_is_read_only_as_it_was_signed(assignment):
    signed = token_sign(assignment.token)
    assert token_read(signed) == str(assignment.token)
    for forged in (str(assignment.token), signed[:-1], signed.upper(), "", ":", "\0", "é"):
        assert token_read(forged) is None


def test_what_stands_in_an_address_sends_nothing(assignment):
    link = link_sign(assignment.token)
    assert link_read(link) == str(assignment.token)
    assert (token_read(link), link_read(token_sign(assignment.token))) == (None, None)


def test_the_human_solution_and_the_text_as_written_are_not_in_it(assignment):
    Question.objects.update(solution="the human solution")
    seen = repr(blind(with_order(assignment, "012")))
    assert "the human solution" not in seen
    written = TripleRationale.objects.values_list("rationale__text", flat=True)
    assert [text for text in written if text in seen] == []


def leaves(value: object):
    if dataclasses.is_dataclass(value):
        yield from leaves(tuple(getattr(value, each.name) for each in dataclasses.fields(value)))
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_it_is_a_frozen_value_of_plain_texts_and_nothing_of_the_database(assignment):
    submit(assignment.rater, assignment)
    seen = blind(with_order(assignment, "012"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen.gold = "4"
    assert {type(value) for value in leaves(seen)} <= {str, bool, int, type(None)}
    names = {field.name for field in dataclasses.fields(BlindTriple)}
    assert names == {"token", "question", "choices", "gold", "texts", "asked", "given"}


def test_it_costs_one_query_and_one_more_for_an_answer_given(assignment, django_assert_num_queries):
    given = with_order(assignment, "012")
    with django_assert_num_queries(1):
        blind(given)
    submit(assignment.rater, assignment)
    given = with_order(assignment, "012")
    with django_assert_num_queries(2):
        blind(given)
    assert TripleRationale.objects.count() == 3


def test_each_triple_is_one_read(django_assert_num_queries):
    rater = make_rater(make_study())
    hand = assignments_hand(rater=rater, now=NOW)
    with django_assert_num_queries(2):
        seen = blind_all(hand)
    assert seen == [blind(each) for each in hand]
    assert len({each.question for each in seen}) == 2

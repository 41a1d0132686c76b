"""Two sources on one question, step beside step."""

import pytest

from generation.models import Question, Source
from generation.services.comparing import beside, sources_compare
from tests.factories import make_question_set, make_rationales


def test_steps_that_both_have_stand_in_one_row_and_others_alone():
    rows = beside(["a", "b", "c"], ["a", "c", "d"])
    assert [(row.left, row.right, row.is_same) for row in rows] == [
        ("a", "a", True),
        ("b", "", False),
        ("c", "c", True),
        ("", "d", False),
    ]


@pytest.mark.django_db
def test_the_first_rationales_of_both_are_compared():
    make_rationales(make_question_set(questions=1))
    left, right = Source.objects.get(name="S1"), Source.objects.get(name="S2")
    found = sources_compare(question=Question.objects.get(), left=left, right=right)
    assert [(row.left, row.right) for row in found.rows] == [
        ("Start from 1 and count 2 more: that is 3.", "1 + 2 = <<1+2=3>>3"),
        ("The answer is 3.", "#### 3"),
    ]


@pytest.mark.django_db
def test_a_source_that_wrote_nothing_leaves_its_side_empty():
    make_rationales(make_question_set(questions=1), sources=["S1"])
    source = Source.objects.get(name="S1")
    silent = Source.objects.create(name="S9", kind="human", created_at=source.created_at)
    found = sources_compare(question=Question.objects.get(), left=source, right=silent)
    assert found.right is None
    assert {row.right for row in found.rows} == {""}

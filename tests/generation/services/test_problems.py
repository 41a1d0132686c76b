"""Word problems become a question set with a program's solution each."""

from datetime import UTC, datetime

import pytest

from generation.models import QuestionSet, Rationale, Source
from generation.services.problems import REFERENCE, problems_make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def make(number: int = 12):
    return problems_make(number=number, seed=2, set_name="problems", now=NOW)


def test_every_problem_has_a_right_solution_by_a_program():
    made = make()
    assert made.questions_added == 12
    assert made.sources[REFERENCE].right == 12
    assert Source.objects.get(name=REFERENCE).kind == Source.Kind.PROGRAM


def test_the_same_problems_again_add_nothing():
    make()
    again = make()
    assert (again.questions_added, again.sources[REFERENCE].added) == (0, 0)
    assert Rationale.objects.count() == 12


def test_the_solution_is_kept_behind_the_question_not_in_it():
    make()
    for question in QuestionSet.objects.get().questions.all():
        assert question.solution
        assert question.solution not in question.text

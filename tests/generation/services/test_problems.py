"""Word problems become a question set with a program's solution each."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from generation.models import QuestionSet, Rationale, Source
from generation.services.problems import REFERENCE, problems_make
from generation.services.sources import SourceRefused, source_create

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


def test_a_program_is_never_shown_as_another_kind_of_writer():
    source_create(name=REFERENCE, kind="human", now=NOW)
    with pytest.raises(SourceRefused, match="is of kind human; what a program wrote needs one"):
        make()
    with pytest.raises(CommandError, match="is of kind human"):
        call_command("make_word_problems", set_name="problems", number=3, seed=2)
    assert not QuestionSet.objects.exists()


def test_other_problems_under_the_same_keys_are_refused_with_the_reason():
    problems_make(number=3, seed=2, steps=[5], set_name="problems", now=NOW)
    with pytest.raises(CommandError, match=r"Nothing was added to 'problems': \w+"):
        call_command("make_word_problems", set_name="problems", number=3, seed=2)
    with pytest.raises(CommandError, match="a set's name has 1 to 200 printable letters"):
        call_command("make_word_problems", set_name="", number=3, seed=2)

"""make_word_problems makes a set from a seed, and says which split the seed belongs to."""

import pytest
from django.core.management import CommandError, call_command

from generation.models import Question

pytestmark = pytest.mark.django_db


def test_it_makes_the_number_asked_for(capsys):
    call_command("make_word_problems", "--set", "held", "--number", "5", "--seed", "1")
    assert Question.objects.filter(question_set__name="held").count() == 5
    assert "5 questions (held-out split) added to 'held'" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--number", "0"], ["--number", "50001"], ["--seed", "-1"]])
def test_numbers_out_of_range_are_refused(arguments):
    with pytest.raises(CommandError, match="1 to 50000"):
        call_command("make_word_problems", "--set", "held", *arguments)
    assert not Question.objects.exists()

"""make_addition: sums in a question set, their scratchpads by the reference, once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from generation.models import Question, Rationale

pytestmark = pytest.mark.django_db


def make(*arguments: str) -> str:
    out = StringIO()
    call_command("make_addition", "--set", "sums", *arguments, stdout=out)
    return out.getvalue()


def test_sums_and_their_scratchpads_are_added_once():
    said = make("--number", "20", "--seed", "4", "--digits", "2-3")
    assert said == (
        "20 sums (held-out split) added to 'sums', each with a scratchpad by 'reference'\n"
    )
    assert {len(q.text) for q in Question.objects.all()} == {len("1 2 + 3 4"), len("1 2 3 + 4 5 6")}
    assert set(Rationale.objects.values_list("verdict", flat=True)) == {"right"}
    assert make("--number", "20", "--seed", "4", "--digits", "2-3").startswith("0 sums")


@pytest.mark.parametrize(
    "arguments", [("--digits", "0-3"), ("--digits", "3-1"), ("--digits", "x"), ("--number", "0")]
)
def test_what_cannot_be_is_refused(arguments):
    with pytest.raises(CommandError, match="--number goes from 1 to 200000"):
        make(*arguments)


def test_more_than_there_are_is_refused():
    with pytest.raises(CommandError, match="there are only"):
        make("--number", "200", "--digits", "1")
    assert not Question.objects.exists()

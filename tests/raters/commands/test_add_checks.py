"""`add_checks STUDY --set NAME --sources BEST OTHER OTHER`: a check a question, or a sentence."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.models import Rationale
from raters.models import Triple
from tests.factories import make_question_set, make_rationales, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def study():
    make_rationales(make_question_set("plain ones", questions=2), sources=("good", "bad", "worse"))
    return make_study(name="a study", questions=4, check_percent=10)


def run(*sources: str, study: str = "a study", set_name: str = "plain ones") -> None:
    call_command("add_checks", study, "--set", set_name, "--sources", *sources)


def test_each_question_becomes_a_check_that_expects_the_first_source(study, capsys):
    run("good", "bad", "worse")
    assert capsys.readouterr().out == "2 checks added to 'a study', 10 % asked.\n"
    checks = study.triples.filter(kind=Triple.Kind.CHECK)
    assert checks.count() == 2
    for check in checks:
        expected = check.members.get(position=check.expected)
        assert expected.source.name == "good"
    assert study.places.filter(triple__in=checks).count() == 0


@pytest.mark.parametrize(
    ("sources", "asked", "sentence"),
    [
        (("good", "bad"), {}, "has 3 texts and expects one of them"),
        (("good", "bad", "none"), {}, "'none' wrote nothing for"),
        (("good", "bad", "worse"), {"study": "no study"}, "no study named 'no study'"),
        (("good", "bad", "worse"), {"set_name": "none"}, "No question set is named 'none'"),
    ],
)
def test_what_cannot_be_added_is_one_sentence_and_leaves_nothing(sources, asked, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*sources, **asked)
    assert not Triple.objects.filter(kind=Triple.Kind.CHECK).exists()


def test_of_two_texts_the_first_is_shown(study):
    first = Rationale.objects.filter(source__name="good").order_by("pk").first()
    Rationale.objects.filter(pk=first.pk).update(text="The very first.\nThe answer is 3.")
    run("good", "bad", "worse")
    assert study.triples.filter(members__rationale=first).exists()

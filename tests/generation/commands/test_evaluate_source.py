"""`evaluate_source NAME --set NAME`: accuracy by number of steps, or a sentence."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.services.sources import source_create
from tests.factories import NOW, make_question_set
from tests.generation.services.writer import Writer, make_source, sum_asked, write_right

pytestmark = pytest.mark.django_db

SET = ("--set", "sums")


@pytest.fixture(autouse=True)
def _a_set_and_a_source():
    make_question_set("sums", questions=4)
    make_source("a model")


@pytest.fixture
def heard(monkeypatch):
    """What the sampler was asked for."""
    asked = {}

    class Hearing(Writer):
        def generate(self, prompts, **given):
            asked.update(given, questions=len(prompts))
            return super().generate(prompts, **given)

    writer = Hearing(lambda p, s: "no idea" if sum_asked(p) == 3 else write_right(p, s))
    monkeypatch.setattr("generation.services.evaluation.source_backend", lambda source: writer)
    return asked


def test_it_prints_accuracy(capsys, heard):
    call_command("evaluate_source", "a model", *SET, "--greedy")
    assert capsys.readouterr().out.splitlines() == [
        "a model on 4 questions of 'sums', greedy, zero-shot",
        "right            3/4 = 75.0 %",
        "unparsed         1/4 = 25.0 %",
        "right answers by wrong reasoning  0/3 = 0.0 %",
        " 0 steps         3/4 = 75.0 %",
    ]
    assert heard["temperature"] == 0.0


def test_it_samples_unless_told_otherwise(capsys, heard):
    call_command("evaluate_source", "a model", *SET, "--limit", "2", "--max-new-tokens", "9")
    assert capsys.readouterr().out.startswith("a model on 2 questions of 'sums', T 0.8, zero-shot")
    assert (heard["temperature"], heard["questions"], heard["max_new_tokens"]) == (0.8, 2, 9)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("nobody", *SET), "No source with a model is named 'nobody'."),
        (("human", *SET), "No source with a model is named 'human'."),
        (("a model", "--set", "no"), "No question set with questions is named 'no'."),
        (("a model", *SET, "--limit", "0"), "--limit is the number of questions to ask, 1 or more"),
        (("a model", *SET, "--temperature", "-1"), "are more than 0; see --greedy"),
        (("a model", *SET, "--max-new-tokens", "0"), "are more than 0; see --greedy"),
    ],
)
def test_it_says_what_is_wrong(heard, given, sentence):
    source_create(name="human", kind="human", now=NOW)
    with pytest.raises(CommandError, match=sentence):
        call_command("evaluate_source", *given)
    assert heard == {}


def test_a_model_that_cannot_be_loaded_is_named_in_a_sentence(tmp_path):
    source = make_source("gone")
    source.model = str(tmp_path / "gone")
    source.save()
    with pytest.raises(CommandError, match=r"There is no model folder .*gone"):
        call_command("evaluate_source", "gone", *SET)

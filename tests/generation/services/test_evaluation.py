"""How often a source is right, by the number of steps of the solution."""

import json

import pytest

from generation.models import Rationale
from generation.services.evaluation import Accuracy, source_evaluate
from generation.services.imports import questions_import
from tests.factories import NOW, question_record
from tests.generation.services.writer import Writer, make_source, sum_asked, write_right

pytestmark = pytest.mark.django_db


@pytest.fixture
def question_set():
    """Four questions; the solution of an even one takes one step, of an odd one two."""
    lines = []
    for number in range(4):
        a, b = number + 1, number + 2
        steps = f"First {a} + {b} = {a + b}. " + number % 2 * f"Then {a + b} + 0 = {a + b}. "
        solution = f"{steps}The answer is {a + b}."
        lines.append(json.dumps({**question_record(number), "solution": solution}))
    return questions_import(
        lines=lines, format="jsonl", set_name="sums", user=None, now=NOW
    ).question_set


def evaluate(monkeypatch, question_set, write, *, finished=True, **more) -> tuple[Accuracy, Writer]:
    writer = Writer(write, finished=finished)
    monkeypatch.setattr("generation.services.evaluation.source_backend", lambda source: writer)
    given = {"temperature": 0.0, "seed": 0, **more}
    found = source_evaluate(source=make_source(), question_set=question_set, **given)
    return found, writer


def test_right_unparsed_wrong_reasoning_and_steps_are_counted(monkeypatch, question_set):
    texts = {
        3: "1 + 2 = 3.\n#### 3",
        5: "I do not know",
        7: "3 + 3 = 7.\n#### 7",  # right, by a false equation
        9: "4 + 4 = 8.\n#### 8",
    }
    found, _ = evaluate(monkeypatch, question_set, lambda p, s: texts[sum_asked(p)])
    assert found == Accuracy(
        n=4,
        right=2,
        unparsed=1,
        wrong_reasoning=1,
        by_steps={1: (2, 2), 2: (0, 2)},
    )


def test_a_text_that_was_cut_off_is_right_only_if_it_says_so(monkeypatch, question_set):
    def cut(prompt: str, seed: int) -> str:
        return f"So 1 + {sum_asked(prompt) - 1} = {sum_asked(prompt)}"

    found, _ = evaluate(monkeypatch, question_set, cut, finished=False)
    assert (found.right, found.unparsed) == (0, 4)


def test_a_limit_takes_the_first_questions_by_key(monkeypatch, question_set):
    found, writer = evaluate(monkeypatch, question_set, write_right, limit=2)
    assert (found.n, found.right) == (2, 2)
    assert [sum_asked(prompt) for prompt in writer.prompts] == [3, 5]


def test_nothing_is_stored(monkeypatch, question_set):
    evaluate(monkeypatch, question_set, write_right)
    assert not Rationale.objects.exists()

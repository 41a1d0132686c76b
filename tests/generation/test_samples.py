"""The content of the first start: our own questions, with three right rationales each."""

from pathlib import Path

import generation
from generation.answers import judge
from generation.datasets import parse_questions, parse_rationales, text_lines
from generation.datasets.items import QuestionItem, RationaleItem

SAMPLES = Path(generation.__file__).parent / "samples"


def questions() -> dict[str, QuestionItem]:
    with (SAMPLES / "questions.jsonl").open("rb") as file:
        items = list(parse_questions(text_lines(file), "jsonl"))
    assert all(isinstance(item, QuestionItem) for item in items), items
    return {item.key: item for item in items if isinstance(item, QuestionItem)}


def rationales() -> list[RationaleItem]:
    with (SAMPLES / "rationales.jsonl").open("rb") as file:
        items = list(parse_rationales(text_lines(file), "jsonl"))
    assert all(isinstance(item, RationaleItem) for item in items), items
    return [item for item in items if isinstance(item, RationaleItem)]


def test_twelve_questions_have_a_rationale_of_each_of_three_sources() -> None:
    found = [(item.question_key, item.source) for item in rationales()]
    assert len(questions()) == 12
    assert sorted(found) == sorted(
        (key, source) for key in questions() for source in ("careful", "terse", "winding")
    )


def test_every_rationale_states_the_right_answer() -> None:
    asked = questions()
    for item in rationales():
        question = asked[item.question_key or ""]
        found = judge(item.text, gold_answer=question.gold_answer, choices=question.choices)
        assert (found.verdict, found.reason) == ("right", ""), item.text


def test_no_two_rationales_are_alike() -> None:
    assert len({item.text for item in rationales()}) == 36

"""Failures are asked again with the gold answer shown; what is trained on never shows it."""

import json

import pytest

from generation.services.batches import batch_progress
from generation.services.imports import questions_import
from tests.factories import NOW
from tests.generation.services.writer import (
    Writer,
    make_batch,
    make_source,
    run_all,
    sum_asked,
    use,
    write_right,
    write_wrong,
)

pytestmark = pytest.mark.django_db


def write_odd_sums_only_with_a_hint(prompt: str, seed: int) -> str:
    hinted = f"({sum_asked(prompt)})" in prompt
    return (write_right if hinted or sum_asked(prompt) == 5 else write_wrong)(prompt, seed)


def test_only_failures_are_asked_again_and_both_are_kept(monkeypatch):
    writer = use(monkeypatch, Writer(write_odd_sums_only_with_a_hint))
    batch = run_all(make_batch(questions=3, samples=2, temperature=1, rationalize=True))
    assert len(writer.prompts) == 6 + 4
    kept = batch.rationales.order_by("question__key", "sample_index", "hinted")
    assert list(kept.values_list("question__key", "sample_index", "hinted", "verdict")) == [
        ("q000", 0, False, "wrong"),
        ("q000", 0, True, "right"),
        ("q000", 1, False, "wrong"),
        ("q000", 1, True, "right"),
        ("q001", 0, False, "right"),
        ("q001", 1, False, "right"),
        ("q002", 0, False, "wrong"),
        ("q002", 0, True, "right"),
        ("q002", 1, False, "wrong"),
        ("q002", 1, True, "right"),
    ]
    assert len(set(kept.values_list("seed", flat=True))) == 10
    progress = batch_progress(batch=batch)
    assert (progress.rationales, progress.right, progress.wrong) == (10, 2, 4)


def test_the_hint_is_in_the_prompt_and_never_in_the_training_text(monkeypatch):
    use(monkeypatch, Writer(write_odd_sums_only_with_a_hint))
    batch = run_all(make_batch(questions=1, rationalize=True))
    plain, hinted = batch.rationales.order_by("hinted")
    question = plain.question.text
    assert plain.prompt == f"Q: {question}\nA:"
    assert hinted.prompt == f"Q: {question} (3)\nA:"
    assert hinted.training_text == f"Q: {question}\nA: They are 3.\n#### 3"


def test_the_worked_examples_of_a_hinted_prompt_show_their_answers_too(monkeypatch):
    writer = use(monkeypatch, Writer(write_odd_sums_only_with_a_hint))
    examples = "Q: How many ears have two cats?\nA: Two each.\n#### 4"
    source = make_source(prompt="few-shot", examples=examples)
    run_all(make_batch(questions=1, rationalize=True, source=source))
    plain, hinted = writer.prompts
    assert plain.startswith("Q: How many ears have two cats?\nA: Two each.\n#### 4\n\nQ: A box")
    assert hinted.startswith(
        "Q: How many ears have two cats? (4)\nA: Two each.\n#### 4\n\nQ: A box"
    )


def test_a_copied_mark_of_the_correct_choice_is_not_trained_on(monkeypatch):
    record = {
        "id": "wet",
        "question": "What is wet?",
        "choices": ["ice", "water"],
        "answer": "B",
    }
    question_set = questions_import(
        lines=[json.dumps(record)], format="jsonl", set_name="choices", user=None, now=NOW
    ).question_set

    def write(prompt: str, seed: int) -> str:
        if "(CORRECT)" in prompt:
            return "Water (CORRECT) is wet. Therefore, the answer is water (b) (CORRECT)."
        return "Therefore, the answer is ice (a)."

    use(monkeypatch, Writer(write))
    batch = run_all(make_batch(question_set=question_set, rationalize=True))
    hinted = batch.rationales.get(hinted=True)
    assert "(b) water (CORRECT)" in hinted.prompt
    assert hinted.training_text == (
        "Q: What is wet?\nAnswer Choices:\n(a) ice\n(b) water\nA: Water is wet. "
        "Therefore, the answer is water (b)."
    )


def test_without_asking_for_it_nothing_is_hinted(monkeypatch):
    use(monkeypatch, Writer(write_wrong))
    batch = run_all(make_batch(questions=2))
    assert list(batch.rationales.values_list("hinted", flat=True)) == [False, False]

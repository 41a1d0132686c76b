"""What a source is sent: its own format or the one that fits, its own examples or ours."""

import json

import pytest

from generation.prompts import few_shot_examples
from generation.services.asking import asked, source_prompt, source_style, source_training_text
from generation.services.imports import questions_import
from tests.factories import NOW, make_question_set
from tests.generation.services.writer import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def number_question():
    return make_question_set(questions=1).questions.get()


@pytest.fixture
def choice_question():
    record = {"id": "wet", "question": "What is wet?", "choices": ["ice", "water"], "answer": "B"}
    return questions_import(
        lines=[json.dumps(record)], format="jsonl", set_name="choices", user=None, now=NOW
    ).question_set.questions.get()


def test_a_question_becomes_plain_values(choice_question):
    item = asked(choice_question)
    assert (item.text, item.gold_answer) == ("What is wet?", "B")
    assert item.choices == (("A", "ice"), ("B", "water"))


def test_without_a_style_of_its_own_a_source_is_asked_as_fits(number_question, choice_question):
    source = make_source()
    assert source_style(source, number_question) == "gsm8k"
    assert source_style(source, choice_question) == "commonsenseqa"
    plain = make_source("plain", style="plain")
    assert source_style(plain, choice_question) == "plain"


def test_zero_shot_is_the_question_alone(number_question, choice_question):
    source = make_source()
    assert source_prompt(source, number_question) == (
        "Q: A box holds 1 red and 2 blue balls. How many balls does it hold?\nA:"
    )
    assert source_prompt(source, choice_question) == (
        "Q: What is wet?\nAnswer Choices:\n(a) ice\n(b) water\nA:"
    )


def test_few_shot_has_our_examples_of_the_style(number_question, choice_question):
    source = make_source(prompt="few-shot")
    for question, style in ((number_question, "gsm8k"), (choice_question, "commonsenseqa")):
        prompt = source_prompt(source, question)
        assert prompt.count("\nA:") == len(few_shot_examples(style)) + 1
        assert prompt.startswith(f"Q: {few_shot_examples(style)[0].text}\n")
        assert prompt.endswith(source_prompt(make_source(style), question))


def test_few_shot_has_the_sources_own_examples_where_it_brings_some(number_question):
    own = "Q: How many ears have two cats?\nA: Two each.\n#### 4"
    source = make_source(prompt="few-shot", examples=own)
    assert source_prompt(source, number_question) == (
        "Q: How many ears have two cats?\nA: Two each.\n#### 4\n\n"
        "Q: A box holds 1 red and 2 blue balls. How many balls does it hold?\nA:"
    )


def test_a_word_problem_source_ends_a_rationale_with_its_closing_sentence(number_question):
    source = make_source(prompt="few-shot", style="word-problems")
    prompt = source_prompt(source, number_question)
    blocks = prompt.split("\n\n")
    assert len(blocks) == len(few_shot_examples("word-problems")) + 1
    assert all("The answer is " in block for block in blocks[:-1])


def test_training_text_has_neither_examples_nor_hint(number_question):
    source = make_source(prompt="few-shot")
    assert source_training_text(source, number_question, " They are 3.\n#### 3 ") == (
        "Q: A box holds 1 red and 2 blue balls. How many balls does it hold?\n"
        "A: They are 3.\n#### 3"
    )

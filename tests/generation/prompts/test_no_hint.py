"""The hint never appears in a training text: every data set, every format, whatever a model copies.

The questions are those that the parsers and makers give; prompts and training texts those of a
batch. What the hint is, is read off the prompts: what a hinted one has more. A model that was shown
it may copy it, at the start, at the end, between two sentences (where it cannot be a piece of a
sum), or anywhere where its form is no other text's.
"""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generation.datasets import parse_questions, text_lines
from generation.datasets.addition import make_additions
from generation.datasets.items import Choice, QuestionItem
from generation.datasets.word_problems import make_problems
from generation.prompts import (
    STYLES,
    few_shot_examples,
    prompt_for_export,
    render_prompt,
    training_text,
)
from tests.data import data_file

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z"]), min_size=1).filter(
    lambda said: said.strip()
)
NUMBERS = st.integers(-999, 9999)
SENTENCES = st.lists(
    st.text(st.characters(codec="ascii", exclude_characters="()<>#\r\n"), min_size=1).map(
        lambda said: f"{said.strip()}."
    ),
    min_size=1,
    max_size=4,
)


def parsed(record: dict, format: str) -> QuestionItem:
    (item,) = parse_questions([json.dumps(record)], format)
    assume(isinstance(item, QuestionItem))
    return item


def gsm8k(text: str, number: int) -> QuestionItem:
    return parsed({"question": text, "answer": f"So it is.\n#### {number}"}, "gsm8k")


def choices(words: list[str]) -> list[dict[str, str]]:
    return [{"label": label, "text": word} for label, word in zip("ABCDE", words, strict=False)]


def commonsenseqa(text: str, words: list[str], gold: int) -> QuestionItem:
    asked = {"stem": text, "choices": choices(words)}
    key = "ABCDE"[gold % len(words)]
    return parsed({"question": asked, "answerKey": key}, "commonsenseqa")


def jsonl(text: str, words: list[str], gold: int) -> QuestionItem:
    return parsed({"question": text, "choices": words, "answer": words[gold % len(words)]}, "jsonl")


def word_problem(seed: int) -> QuestionItem:
    (made,) = make_problems(1, seed)
    return QuestionItem(made.key, made.question, (), made.gold_answer, made.solution, 1)


def addition(seed: int) -> QuestionItem:
    (made,) = make_additions(1, seed)
    return QuestionItem(made.key, made.question, (), made.gold_answer, made.scratchpad(), 1)


FIVE = st.lists(WORDS, min_size=2, max_size=5, unique=True)
ASKED = {
    "gsm8k": st.builds(gsm8k, WORDS, NUMBERS),
    "commonsenseqa": st.builds(commonsenseqa, WORDS, FIVE, NUMBERS.map(abs)),
    "jsonl": st.builds(jsonl, WORDS, FIVE, NUMBERS.map(abs)),
    "word-problems": st.builds(word_problem, st.integers(0, 10_000)),
    "addition": st.builds(addition, st.integers(0, 10_000)),
}
STYLE_OF = [
    ("gsm8k", "gsm8k"),
    ("gsm8k", "plain"),
    ("commonsenseqa", "commonsenseqa"),
    ("commonsenseqa", "plain"),
    ("jsonl", "commonsenseqa"),
    ("jsonl", "plain"),
    ("word-problems", "word-problems"),
    ("word-problems", "gsm8k"),
    ("word-problems", "plain"),
    ("addition", "addition"),
    ("addition", "addition-columns"),
]
ANYWHERE = {"commonsenseqa", "addition", "addition-columns"}


def hint_of(item: QuestionItem, style: str) -> str:
    """What the hinted prompt has more than the other."""
    bare, hinted = render_prompt(item, style=style), render_prompt(item, style=style, hint=True)
    start = next(n for n, (a, b) in enumerate(zip(bare, hinted, strict=False)) if a != b)
    found = hinted[start : start + len(hinted) - len(bare)]
    assert hinted == bare[:start] + found + bare[start:]
    return found.strip()


def test_every_style_is_tried():
    assert {style for _, style in STYLE_OF} == set(STYLES)


@pytest.mark.parametrize(("dataset", "style"), STYLE_OF)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_a_model_writes_and_copies_the_hint_is_not_trained_on(dataset, style, data):
    item = data.draw(ASKED[dataset])
    hint = hint_of(item, style)
    sentences = data.draw(SENTENCES)
    copied = [said for said in sentences for _ in range(2)]
    for place in range(len(copied)):
        if place % 2 and data.draw(st.booleans()):
            copied[place] = hint
    start = [hint] * data.draw(st.integers(0, 2))
    told = " ".join([*start, *copied])
    if style in ANYWHERE:
        cut = data.draw(st.integers(0, len(told)))
        told = f"{told[:cut]} {hint} {told[cut:]}" if hint not in (told[:cut], "") else told
    bare = prompt_for_export(item.text, item.choices, style=style)
    text = training_text(item, told, style=style)
    assert text.startswith(bare), "the question as it is asked without hint or examples"
    written = text.removeprefix(bare)
    assume(hint not in item.text)
    assert hint.casefold() not in written.casefold() or said_alone(written, hint, style)


def said_alone(written: str, hint: str, style: str) -> bool:
    """In plain words the hint is a sentence; a rationale that says nothing else keeps it."""
    return style == "plain" and written.strip() == hint


@pytest.mark.parametrize(("dataset", "style"), STYLE_OF)
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_neither_are_the_worked_examples_nor_their_hints(dataset, style, data):
    item = data.draw(ASKED[dataset])
    examples = few_shot_examples(style)
    prompt = render_prompt(item, style=style, examples=examples, hint=True)
    text = training_text(item, "One and one.", style=style)
    for example in examples:
        assert example.text in prompt
        assert example.text not in text or example.text in item.text
    assert text.endswith("One and one.")


@pytest.mark.parametrize(
    ("name", "format", "style"),
    [
        ("gsm8k/test.jsonl", "gsm8k", "gsm8k"),
        ("gsm8k/test.jsonl", "gsm8k", "plain"),
        ("star-commonsenseqa/dev_rand_split.jsonl", "commonsenseqa", "commonsenseqa"),
        ("star-commonsenseqa/dev_rand_split.jsonl", "commonsenseqa", "plain"),
    ],
)
def test_nor_in_any_of_the_public_data(name, format, style):
    with data_file(name).open("rb") as file:
        items = [
            i for i in parse_questions(text_lines(file), format) if isinstance(i, QuestionItem)
        ]
    assert len(items) > 1000
    for item in items:
        hint = hint_of(item, style)
        for told in (f"{hint} One. {hint} Two.", f"One. {hint}\n{hint} Two. {hint}"):
            text = training_text(item, told, style=style)
            assert text.startswith(prompt_for_export(item.text, item.choices, style=style))
            assert hint not in text or hint in item.text
            assert "One." in text
            assert "Two." in text


def test_a_piece_of_a_sum_is_no_hint():
    item = QuestionItem("q", "How many?", (), "72", "", 1)
    for told in ("2 * (72) = 144. So 144 / 2 = (72).", "It is (72) in all."):
        assert training_text(item, told, style="gsm8k").endswith(told)
    choice = QuestionItem("q", "Which?", (Choice("A", "x"), Choice("B", "y")), "B", "", 1)
    assert training_text(choice, "y (B) it is.", style="commonsenseqa").endswith("y (B) it is.")

"""Prompts: the papers' formats to the letter, and no hint in what is trained on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.datasets.items import Choice, QuestionItem
from generation.prompts import (
    STYLES,
    Example,
    few_shot_examples,
    prompt_for_export,
    prompt_hash,
    read_examples,
    render_prompt,
    style_for,
    training_text,
)
from tests.data import data_file

CLIPS = QuestionItem("q1", "How many clips?", (), "72", "48+24", 1)
BLOTTER = QuestionItem(
    "q2", "What absorbs ink?", (Choice("A", "desk"), Choice("B", "blotter")), "B", "", 1
)


def test_a_number_question_zero_shot() -> None:
    assert render_prompt(CLIPS, style="gsm8k") == "Q: How many clips?\nA:"
    assert render_prompt(CLIPS, style="gsm8k", hint=True) == "Q: How many clips? (72)\nA:"


def test_a_choice_question_zero_shot() -> None:
    assert render_prompt(BLOTTER, style="commonsenseqa") == (
        "Q: What absorbs ink?\nAnswer Choices:\n(a) desk\n(b) blotter\nA:"
    )
    assert render_prompt(BLOTTER, style="commonsenseqa", hint=True) == (
        "Q: What absorbs ink?\nAnswer Choices:\n(a) desk\n(b) blotter (CORRECT)\nA:"
    )


def test_few_shot_examples_come_first_and_are_hinted_with_the_question() -> None:
    example = Example("How many hats?", (), "2", "One and one.\n#### 2")
    assert render_prompt(CLIPS, style="gsm8k", examples=[example], hint=True) == (
        "Q: How many hats? (2)\nA: One and one.\n#### 2\n\nQ: How many clips? (72)\nA:"
    )


def test_a_chat_model_is_asked_in_plain_words() -> None:
    assert render_prompt(CLIPS, style="plain") == (
        "How many clips?\n"
        'Reason step by step, and end with the sentence "Therefore, the answer is <number>."'
    )
    assert "(The correct answer is blotter (b). Explain why.)" in render_prompt(
        BLOTTER, style="plain", hint=True
    )


def test_training_text_is_the_question_without_hint_and_its_rationale() -> None:
    assert training_text(CLIPS, " 48+24 = 72.\n#### 72\n", style="gsm8k") == (
        "Q: How many clips?\nA: 48+24 = 72.\n#### 72"
    )
    copied = "It is blotter (CORRECT). Therefore, the answer is blotter (b)."
    assert training_text(BLOTTER, copied, style="commonsenseqa").endswith(
        "\nA: It is blotter. Therefore, the answer is blotter (b)."
    )


_WORDS = st.text(st.characters(codec="ascii", exclude_characters="()<>"), min_size=1, max_size=40)


@settings(deadline=None)
@given(_WORDS, st.lists(_WORDS, min_size=2, max_size=5), _WORDS, st.integers(0, 4))
def test_the_hint_never_appears_in_training_text(
    text: str, words: list[str], rationale: str, gold: int
) -> None:
    choices = tuple(Choice(label, word) for label, word in zip("ABCDE", words, strict=False))
    asked = QuestionItem("q", text, choices, choices[gold % len(choices)].label, "", 1)
    number = QuestionItem("q", text, (), "7264", "", 1)
    assert "(CORRECT)" in render_prompt(asked, style="commonsenseqa", hint=True)
    for hinted in (rationale, f"{rationale} (CORRECT)"):
        assert "(CORRECT)" not in training_text(asked, hinted, style="commonsenseqa")
    assert "(7264)" in render_prompt(number, style="gsm8k", hint=True)
    assert "(7264)" not in training_text(number, rationale, style="gsm8k")
    for item in (asked, number):
        assert "correct answer is" in render_prompt(item, style="plain", hint=True)
        assert "The correct answer is" not in training_text(item, rationale, style="plain")


@settings(deadline=None)
@given(st.integers(0, 9999).map(str), _WORDS.map(str.strip).filter(bool))
def test_a_copied_hint_is_not_trained_on(gold: str, words: str) -> None:
    number = QuestionItem("q", "How many?", (), gold, "", 1)
    for style in ("gsm8k", "word-problems"):
        for copied in (f"({gold}) {words}", f" ({gold})\n({gold}) {words}"):
            assert training_text(number, copied, style=style) == f"Q: How many?\nA: {words}"
    said = f"The correct answer is {gold}."
    for item, hint in ((number, said), (BLOTTER, "The correct answer is blotter (b).")):
        plain = training_text(item, words, style="plain")
        for start in (hint, f"({hint} Explain why.)", f"{hint} Explain why."):
            assert training_text(item, f"{start}\n{words}", style="plain") == plain
    assert training_text(number, said, style="plain").endswith(f" {said}")
    for mark in ("(CORRECT)", "(correct)", "(Correct)"):
        text = training_text(BLOTTER, f"{words} {mark}", style="commonsenseqa")
        assert text.endswith(f"\nA: {words}")


def test_pairs_carry_the_question_as_the_sources_were_asked() -> None:
    assert prompt_for_export(CLIPS.text, CLIPS.choices) == render_prompt(CLIPS, style="gsm8k")
    assert prompt_for_export(BLOTTER.text, BLOTTER.choices) == render_prompt(
        BLOTTER, style=style_for(BLOTTER.choices)
    )


def test_a_prompt_is_known_by_its_hash() -> None:
    assert prompt_hash("Q: How many clips?\nA:") == (
        "471190ddb0739fd4b13a294fdf510f0f10216e7eab062166d1c1483060099165"
    )


@pytest.mark.parametrize(("style", "count"), [("gsm8k", 6), ("commonsenseqa", 7), ("plain", 0)])
def test_we_ship_worked_examples_of_our_own(style: str, count: int) -> None:
    examples = few_shot_examples(style)
    assert len(examples) == count
    assert len({example.text for example in examples}) == count
    for example in examples:
        closing = f"({example.gold_answer.lower()})." if example.choices else example.gold_answer
        assert example.rationale.endswith(closing)


def test_the_examples_that_we_ship_are_sound_arithmetic() -> None:
    for example in few_shot_examples("gsm8k"):
        for step in example.rationale.split("<<")[1:]:
            left, _, right = step.split(">>")[0].partition("=")
            assert eval(left) == float(right), step


def test_a_block_that_is_no_example_is_named() -> None:
    with pytest.raises(ValueError, match="not an example: 'Tom has 3"):
        read_examples("Tom has 3 hats.")
    with pytest.raises(ValueError, match="'How many hats\\?' states no answer"):
        read_examples("Q: How many hats?\nA: Some.")


def test_an_unknown_style_says_which_there_are() -> None:
    assert STYLES == (
        "gsm8k",
        "commonsenseqa",
        "plain",
        "word-problems",
        "addition",
        "addition-columns",
    )
    with pytest.raises(ValueError, match="'csqa' is unknown; use one of gsm8k, commonsenseqa"):
        render_prompt(CLIPS, style="csqa")


@pytest.mark.parametrize(
    ("folder", "style"), [("star-gsm-prompts", "gsm8k"), ("star-commonsenseqa", "commonsenseqa")]
)
def test_the_star_authors_own_prompts_come_back_to_the_letter(folder: str, style: str) -> None:
    plain = data_file(f"{folder}/prompts.txt").read_text("utf-8")
    hinted = data_file(f"{folder}/prompts_answer_key.txt").read_text("utf-8")
    *examples, last = read_examples(plain)
    for printed, hint in ((plain, False), (hinted, True)):
        prompt = render_prompt(last, style=style, examples=examples, hint=hint)
        assert f"{prompt} {last.rationale}" == printed.strip()

"""Which answer a text states: numbers, choices, and when to refuse."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.answers import Choice, extract

CHOICES = (
    Choice("A", "bank"),
    Choice("B", "ice"),
    Choice("C", "water"),
    Choice("D", "new york"),
    Choice("E", "the u.s. army"),
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("She sold 48+24 = 72 clips.\n#### 72", "72"),
        ("She sold 72 clips. #### 72 clips", "72"),
        ("####72", "72"),
        ("#### 3 (three)", "3"),
        ("A: 1,200.00", "1200"),
        ("A: 18", "18"),
        ("A: $18", "18"),
        ("The answer is 63.", "63"),
        ("The answer is: \n\n63", "63"),
        ("The answer to the question is 63 because 7*9 = 63.", "63"),
        ("The answer is 7 * 9 = 63, because 7 nines are 63.", "63"),
        ("The answer is x = 63.", "63"),
        ("The answer is 63 (7 times 9).", "63"),
        ("The answer is 18. That is 9 twice, and 3 is not 4.", "18"),
        ("The answer is \u22125.", "-5"),
        ("**Answer:** 63", "63"),
        ("Final answer: **$1,080.50**", "1080.5"),
        ("The final answer is $\\boxed{1{,}200}$.", "1200"),
    ],
)
def test_a_number_that_is_stated(text: str, answer: str) -> None:
    assert extract(text) == (answer, "")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("She sold 48/2 = 24 in May.\nIn all 48+24 = <<48+24=72>>72 clips in April and May.", "72"),
        ("A: She sold 48/2 = 24 clips in May.\nIn all 48+24 = 72 clips.", "72"),
        ("Let us see.\n18 dollars", "18"),
        ("$18", "18"),
        ("Let us see.\nSo she sold 72 clips in both months.", "72"),
    ],
)
def test_a_number_on_the_last_line_where_none_is_stated(text: str, answer: str) -> None:
    assert extract(text) == (answer, "")
    assert extract(text, explicit_only=True).answer is None or text == "$18"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 5. No, wait: the answer is 7.", "7"),
        ("A: 5\nA: 6", "6"),
        ("#### 5\nThe answer is 6.", "6"),
        ("The answer is 5.\nThen I checked it twice and went for 3 walks.", "5"),
        ("The answer is 5. At first the answer is unclear, I admit.", "5"),
    ],
)
def test_of_several_statements_the_last_counts(text: str, answer: str) -> None:
    assert extract(text) == (answer, "")


def test_what_follows_a_new_question_is_not_looked_at() -> None:
    assert extract("#### 72\n\nQ: Tom has 3 hats. How many?\nA: 3\n#### 3").answer == "72"
    assert extract("Q: How many clips?\nA: 72").answer == "72"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "states no answer"),
        ("We do not know.", "states no answer"),
        ("She pays 5 * 1", "states no answer"),
        ("The price will be $41.472+$8.2944 = $<<41.472+8.", "states no answer"),
        ("The answer is not 5.", "states no answer"),
        ("The answer is five.", "states 'five', which is not one number"),
        ("Peter is older.\nA: 10+John's age", "states '10+John's age', which is not one number"),
        ("#### 5\nThe answer is 2 hours and 30 minutes.", "states '2 hours and 30 minutes', which"),
        ("The answer is 5 or 6.", "states '5 or 6', which is not one number"),
        ("#### 1. First step", "states '1. First step', which is not one number"),
        ("The answer is 3:30.", "states '3:30', which is not one number"),
        ("#### " + "9" * 500, "which is not one number"),
    ],
)
def test_refuses_with_a_reason_instead_of_guessing(text: str, reason: str) -> None:
    found = extract(text)
    assert found.answer is None
    assert reason in found.reason


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("It must be wet. Therefore, the answer is water (c).", "C"),
        ("Therefore, the answer is the u.s. army (e).", "E"),
        ("A: (e).", "E"),
        ("A: e", "E"),
        ("#### C", "C"),
        ("(e)", "E"),
        ("Only water is wet, so it is (C).", "C"),
        ("The answer is **C) water**.", "C"),
        ("The answer is option C.", "C"),
        ("The answer is a.", "A"),
        ("The answer is a bank.", "A"),
        ("The answer is A because a bank keeps money.", "A"),
        ('The answer is "new york", of course.', "D"),
        ("The answer is water (c), not ice (b).", "C"),
        ("The answer is not (b). The answer is (c).", "C"),
        ("The answer is (b). Or rather (c).", "C"),
        ("Let us see.\nC. water", "C"),
        ("water", "C"),
    ],
)
def test_a_choice_that_is_stated(text: str, label: str) -> None:
    assert extract(text, CHOICES) == (label, "")


def test_a_label_counts_before_the_words_beside_it() -> None:
    assert extract("Therefore, the answer is ice (c).", CHOICES).answer == "C"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Water is wet and (b) is cold.", "states no answer"),
        ("The answer must be wet.", "states no answer"),
        ("The answer is ice water.", "states 'ice water', which is none of the choices"),
        ("The answer is water-based paint.", "which is none of the choices"),
        ("The answer is (b) or (c)", "which may be (b) or (c)"),
    ],
)
def test_refuses_a_choice_that_is_not_clear(text: str, reason: str) -> None:
    found = extract(text, CHOICES)
    assert found.answer is None
    assert reason in found.reason


def test_choices_with_the_same_words_are_told_apart_by_label_only() -> None:
    twins = (Choice("A", "bent"), Choice("B", "bent"), Choice("C", "curved"))
    assert extract("The answer is bent (b).", twins).answer == "B"
    assert extract("The answer is bent.", twins) == (None, "states 'bent', which may be (a) or (b)")


@pytest.mark.parametrize(
    "piece",
    [
        *["1", "1,", "1/", "(", "a ", "answer ", "answer to ", "the answer is ", "#### ", "A: \n"],
        *["** ", "- 1 ", "= ", "<<", "\\boxed{", "Q:\n", "minus ", " ", "\n", "1 1/", "x10^", "e1"],
    ],
)
@pytest.mark.parametrize("choices", [(), CHOICES])
def test_no_text_of_the_allowed_length_takes_long(piece: str, choices: tuple[Choice, ...]) -> None:
    text = (piece * 20_000)[:20_000]
    begun = time.process_time()
    extract(text, choices)
    assert time.process_time() - begun < 1.0


_PIECES = st.sampled_from(
    [
        *["The answer is ", "#### ", "A: ", "\n", " ", "(b)", "(c)", "water", "12", "-", "$", "="],
        *["3.5", "**", "\\boxed{", "}", "Q:", ".", "<<1+1=2>>", "\0", "\ud800", "\u2212", " and "],
    ]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=300))
def test_every_text_gives_an_answer_or_a_reason(text: str) -> None:
    for choices in ((), CHOICES):
        found = extract(text, choices)
        assert (found.answer is None) == bool(found.reason)
        if choices and found.answer is not None:
            assert found.answer in {"A", "B", "C", "D", "E"}


@settings(deadline=None)
@given(st.text(max_size=200).filter(lambda text: "\n" not in text), st.integers(-999, 10**9))
def test_a_last_line_with_the_marker_settles_it(before: str, answer: int) -> None:
    assert extract(f"{before}\n#### {answer}").answer == str(answer)

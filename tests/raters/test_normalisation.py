"""Shown texts have one form, whoever wrote them (blinding contract, point 3)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.normalisation import normalise

CHOICES = [("A", "ink"), ("B", "paper cup"), ("C", "water")]


def shown(text, **answers):
    return normalise(text, **answers).text


# -- one form --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "She sold 48/2 = <<48/2=24>>24 clips in May.\nThen 24 x 2 = <<24*2=48>>48\n#### 48",
        "She sold 48 / 2=24 clips in May. Then 24*2=48. The answer is 48.",
        "1. She sold 48/2 = 24 clips in May\n2. Then 24 × 2 = 48.0\n\nAnswer: 48",
        "Step 1: She sold 48 ÷ 2 = 24 clips in May.\r\nStep 2: Then 24 \\times 2 = 48.\r\nA: 48",
        "- She sold 48/2 = **24** clips in May\n- Then \\(24 \\times 2 = 48\\)\nFinal answer: $48",
        "A: She sold 48/2 = 24 clips in May.  Then 24 * 2 = 48, so the answer is 48.",
        "she sold 48/2 = 24 clips in May.\nthen 24 x 2 = 48.\n\\boxed{48}",
    ],
)
def test_the_same_reasoning_in_any_format_is_the_same_text(text):
    wanted = "She sold 48/2 = 24 clips in May.\nThen 24 × 2 = 48."
    assert shown(text, gold_display="48") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ink is dry. Therefore, the answer is water (c).", "Ink is dry."),
        ("Ink is dry. So the answer is (c).", "Ink is dry."),
        ("2 × 35000 = $70000 The answer is 70000.", "2 × 35000 = $70000."),
        ("We add and get 7 so the answer is 7.", "We add and get 7."),
        ("We know the answer is 7.", "We know the answer is 7."),
        ("Ink is dry. The correct answer is option (c) water!", "Ink is dry."),
        ("Ink is dry.\nWater.", "Ink is dry."),
        ("Ink is dry, so the answer is water.", "Ink is dry."),
        ("Ink is dry.\nA: (c)", "Ink is dry."),
        ("Ink is dry.\nA: 1/5", "Ink is dry."),
        ("Ink is dry. #### water", "Ink is dry."),
        ("The answer is (c). Ink is dry.", "Ink is dry."),
    ],
)
def test_a_closing_or_opening_answer_goes(text, wanted):
    assert shown(text, gold_display="water", choices=CHOICES) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "The answer must be something wet.",
        "The answer is a place where people keep paper, which is a desk.",
        "A: because it is wet.",
        "He has 72 apples left.",
    ],
)
def test_a_sentence_that_reasons_is_not_an_answer_marker(text):
    reason = text.removeprefix("A: ")
    assert shown("It rains. " + text, choices=CHOICES).endswith(text)
    assert shown(text, choices=CHOICES) == reason[0].upper() + reason[1:]


@pytest.mark.parametrize("text", ["#### 72", "72", "$72", "A: 72", "The answer is 72.", "72.00"])
def test_a_text_that_is_only_the_answer_takes_one_neutral_form(text):
    assert shown(text, gold_display="72") == "The answer is 72."


@pytest.mark.parametrize(
    "text", ["Therefore, the answer is water (c).", "(c)", "So the answer is (c).", "water"]
)
def test_an_answer_alone_is_written_as_its_choice(text):
    assert shown(text, gold_display="water", choices=CHOICES) == "The answer is water."


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Dr. Fox has 0.5 l. It is 5 p.m. Then J. K. Row left.", 3),
        ("He eats e.g. Apples. Is it so? Yes! So be it.", 4),
        ("It is No. 5 on the list. No. That is wrong.", 3),
        ("Pay $3.50. $2 is left... Then 1.5 + 2.5 = 4.", 3),
        ('She said "stop." Then (quietly.) "Go." He ran.', 4),
        ("He has 20. 5 are red.", 2),
    ],
)
def test_one_sentence_a_line(text, lines):
    assert len(shown(text).split("\n")) == lines


def test_a_wrapped_sentence_is_one_line():
    text = "Before racers start to run at the starting line of the track, they\nmust stand still."
    assert shown(text) == text.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10-15 people = 5-6 groups", "10-15 people = 5-6 groups."),
        ("Pages 10-15 of a 120-page book", "Pages 10-15 of a 120-page book."),
        ("x = 5", "x = 5."),
        ("2*x=80", "2 × x = 80."),
        ("iPhone or C++ 11", "iPhone or C++ 11."),
        ("a <= b", "a <= b."),
        ("It’s “so” – yes", 'It\'s "so" - yes.'),
        ("It rains—so \u2014 they wait", "It rains - so - they wait."),
        ("4 bags x 5 pounds", "4 bags × 5 pounds."),
        ("1.0.2 is no number, 9.0 is", "1.0.2 is no number, 9 is."),
    ],
)
def test_operators_quotes_and_names(text, wanted):
    assert shown(text) == wanted


def test_other_scripts_keep_their_own_signs():
    assert shown("水は飲み物です。答えは水です") == "水は飲み物です。\n答えは水です。"
    assert shown("الماء مفيد. هل هذا صحيح؟ نعم.") == "الماء مفيد.\nهل هذا صحيح؟\nنعم."
    assert shown("می\u200cروم") == "می\u200cروم."


def test_what_a_database_or_a_browser_cannot_take_is_gone():
    assert shown("a\x00b\ud800\u202e\ufeffc") == "Ab\ufffdc."


def test_changes_are_named_and_a_normal_text_has_none():
    assert normalise("Ink is dry.").changes == ()
    assert normalise("Ink = <<1>>1.\n#### 1").changes == ("calculator brackets", "answer markers")


def test_a_text_that_the_rules_would_empty_keeps_its_words():
    assert shown("<<48/2=24>>") == "<<48/2=24>>"
    assert shown("") == shown(" \n ") == ""


# -- for every text --------------------------------------------------------------------------------

SIGNS = "aA1x*=+-/×.!?,:;()[]{}$%#\"'<>\\_~`|^&@ \n\t。？水né‘”–"
MARKS = ["####", "A:", "<<1=1>>", "**", "1.", "The answer is ", "so ", "water", "(c)", "72", "Mr."]
FORMS = ["\\boxed{", "Step 1:", "- ", ", ", " = ", " x ", "$5", "-3.0", "x" * 70]
SENTENCES = ["the answer is ", "the answer is 5\n", "a, so the answer is 5"]
ODDITIES = ["\r\n", "\u2028", "e\u0301", "\u200f", "\ud800"]
PIECES = st.sampled_from([*SIGNS, *MARKS, *FORMS, *ODDITIES])
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["", "72", "water", "$1,200.00"]), st.sampled_from([(), CHOICES]))
def test_normal_form_is_its_own_normal_form(text, gold, choices):
    once = normalise(text, gold_display=gold, choices=choices)
    again = normalise(once.text, gold_display=gold, choices=choices)
    assert (again.text, again.changes) == (once.text, ())


@settings(deadline=None)
@given(TEXTS)
def test_words_are_never_all_lost(text):
    result = shown(text)
    assert bool(result) >= any(char.isalnum() for char in text)
    assert "\n\n" not in result
    assert result == result.strip()
    result.encode()


@settings(deadline=None)
@given(st.text(alphabet="abcdefg ", min_size=1, max_size=40))
def test_plain_words_are_kept(text):
    assert shown(text).casefold().rstrip(".").split() == text.split()


@pytest.mark.parametrize(
    "piece",
    [
        *SENTENCES,
        *"*$.(#\n",
        "\\boxed{",
        "\\frac{",
        "<<",
        "1x",
        "x = ",
        "A: ",
        "__",
        "**a",
        "- ",
        "1. ",
        "Mr. ",
    ],
)
def test_long_texts_take_no_longer_than_their_length(piece):
    text = piece * (20_000 // len(piece))
    start = time.process_time()
    result = shown(text)
    assert time.process_time() - start < 2
    assert shown(result) == result


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Babies:2x.", "Babies:2x."),
        ("f(x)=2x.", "f(x) = 2x."),
        ("Workers:2(2x)=4x.", "Workers:2(2x) = 4x."),
        ("Blood of type B+.", "Blood of type B+."),
        ("It was 2020-2021, and 5-3=2.", "It was 2020-2021, and 5 - 3 = 2."),
        ("He read 3-5 pages, so 4*2 = 8.", "He read 3-5 pages, so 4 × 2 = 8."),
    ],
)
def test_a_variable_a_range_and_a_year_stay_what_they_are(written: str, shown: str) -> None:
    assert normalise(written, gold_display="9").text == shown


def test_numbers_are_written_one_way() -> None:
    text = "She has .75 of 1,200 and $1,000,000 in 100,200,300 ways."
    assert normalise(text).text == "She has 0.75 of 1200 and $1000000 in 100,200,300 ways."


def test_a_reason_behind_the_answer_is_kept() -> None:
    text = "He slept.\nThe answer is 5 because he rested."
    assert "because he rested" in normalise(text, gold_display="5").text

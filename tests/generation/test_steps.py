"""Steps and equations, on literal rationales."""

import pytest

from generation.steps import (
    Equation,
    answer_comes_from_nowhere,
    differ_as_reasoning,
    equations,
    evaluate,
    is_jump,
    is_right_by_wrong_reasoning,
    split_steps,
    step_sequence,
    unfounded_steps,
    wrong_steps,
)

QUESTION = "Mia has 12 shells. She finds 5 more. She gives 4 to Tom. How many are left?"
CAREFUL = (
    "With the 5 found she has 12 + 5 = 17. Without the 4 she has 17 - 4 = 13. The answer is 13."
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So 12 + 5 = 17 shells.", [("12+5", "17")]),
        ("48/2 = <<48/2=24>>24 clips in May.", [("48/2", "24")]),
        ("He pays $<<5*4=20>>20 in all.", [("5*4", "20")]),
        ("It costs $1,200 - $200 = $1,000.", [("1200-200", "1000")]),
        ("20% * 50 = 10", [("20%*50", "10")]),
        ("(2 + 3) × 4 = 20", [("(2+3)*4", "20")]),
        ("6 ÷ 3 = 2 and 2.5 x 2 = 5.0", [("6/3", "2"), ("2.5*2", "5.0")]),
        ("2 + 3 = 5 = 4 + 1", [("2+3", "5"), ("5", "4+1")]),
        ("-3 + 5 = 2", [("-3+5", "2")]),
        ("5 − 7 = -2", [("5-7", "-2")]),
        ("x = 5, and the answer = 5 = 5", []),
        ("In 2024 there were 3 of them.", []),
        ("12 + 5 + 4 = 21.", [("12+5+4", "21")]),
    ],
)
def test_equations(text, found):
    assert [(e.left, e.right) for e in equations(text)] == found


@pytest.mark.parametrize(
    ("left", "right", "holds"),
    [
        ("12+5", "17", True),
        ("12+5", "18", False),
        ("2+3*4", "14", True),
        ("(2+3)*4", "20", True),
        ("1/3*3", "1", True),
        ("0.1+0.2", "0.3", True),
        ("20%*50", "10", True),
        ("5/0", "1", False),
        ("(2+3", "5", False),
        ("3-5", "-2", True),
    ],
)
def test_whether_an_equation_holds(left, right, holds):
    assert Equation(left, right).holds is holds


def test_an_expression_that_makes_no_sense_has_no_value():
    assert evaluate("5/0") is None
    assert evaluate("2 3") is None
    assert evaluate("") is None


def test_steps_are_the_sentences_before_the_answer():
    steps = split_steps(CAREFUL)
    assert [s.text for s in steps] == [
        "With the 5 found she has 12 + 5 = 17.",
        "Without the 4 she has 17 - 4 = 13.",
    ]
    assert steps[1].equations == (Equation("17-4", "13"),)


def test_a_decimal_point_ends_no_sentence():
    assert len(split_steps("He pays 2.50 + 1.50 = 4.00 dollars. Then he goes home.")) == 2


def test_an_answer_sentence_that_computes_is_a_step():
    assert step_sequence("The answer is 12 + 5 = 17.") == ("5+12=17",)


@pytest.mark.parametrize("end", ["The answer is 13.", "Therefore, the answer is 13.", "#### 13"])
def test_the_closing_line_is_no_step(end):
    assert step_sequence(f"12 + 5 = 17\n{end}") == ("5+12=17",)


def test_wording_and_the_order_of_a_sum_are_no_difference():
    other = "She finds 5, so 5 + 12 = 17! Tom gets 4: 17 - 4 = 13. So the answer is 13."
    assert step_sequence(other) == step_sequence(CAREFUL) == ("5+12=17", "17-4=13")
    assert not differ_as_reasoning([CAREFUL, other])


@pytest.mark.parametrize(
    "other",
    [
        "12 - 4 = 8. 8 + 5 = 13. The answer is 13.",
        "12 + 5 - 4 = 13. The answer is 13.",
        "17 - 4 = 13. The answer is 13.",
        "12 + 5 = 18. 17 - 4 = 13. The answer is 13.",
        "The answer is 13.",
    ],
)
def test_another_route_a_skip_a_slip_and_a_jump_differ(other):
    assert differ_as_reasoning([CAREFUL, other])


def test_without_equations_the_bare_sentences_count():
    text = "Water puts out fire. It must be wet! Therefore, the answer is water (c)."
    assert step_sequence(text) == ("water puts out fire", "it must be wet")


def test_a_jump_has_no_step():
    assert step_sequence("The answer is 13.") == ()
    assert is_jump("The answer is 13.")
    assert not is_jump(CAREFUL)


def test_wrong_steps_are_those_with_a_false_equation():
    assert [s.text for s in wrong_steps("12 + 5 = 18. 18 - 4 = 13. 2 + 2 = 4.")] == [
        "12 + 5 = 18.",
        "18 - 4 = 13.",
    ]


def test_a_number_from_nowhere():
    assert not unfounded_steps(CAREFUL, QUESTION)
    assert [s.text for s in unfounded_steps("17 - 4 = 13.", QUESTION)] == ["17 - 4 = 13."]


def test_number_words_of_the_question_are_founded():
    assert not unfounded_steps("9 * 2 = 18.", "Ben has twice as many as Ana, who has 9.")


@pytest.mark.parametrize(
    ("rationale", "right", "verdict"),
    [
        (CAREFUL, True, False),
        ("12 - 4 = 8. 8 + 5 = 13. The answer is 13.", True, False),
        ("12 + 5 = 18. 18 - 4 = 13. The answer is 13.", True, True),
        ("12 + 5 = 18. 18 - 4 = 14. The answer is 14.", False, False),
        ("17 - 4 = 13. The answer is 13.", True, True),
        ("The answer is 13.", True, False),
    ],
)
def test_right_by_wrong_reasoning(rationale, right, verdict):
    assert is_right_by_wrong_reasoning(rationale, QUESTION, right=right) is verdict


def test_the_answer_must_be_is_how_a_reasoning_begins():
    text = "The answer must be wet. Ice is not. Therefore, the answer is water (b)."
    assert [step.text for step in split_steps(text)] == ["The answer must be wet.", "Ice is not."]
    assert split_steps("The final answer: 12.\nSo the answer would be 12.\nThe answer is 12.") == []


@pytest.mark.parametrize(
    ("rationale", "from_nowhere"),
    [
        ("12 + 5 = 17. 17 - 4 = 13. The answer is 13.", False),
        ("12 + 5 = 17. The answer is 13.", True),
        ("360 coins - 270 coins = <<360-270=90>>90 coins.\n2 + 2 = 4\n#### 90", False),
        ("5 - 8 = -3. The answer is -3.", False),
        ("There are 13. The answer is 13.", False),
        ("12 + 5 = 17 and no more is said.", False),
    ],
)
def test_a_stated_answer_that_nothing_led_to(rationale, from_nowhere):
    assert answer_comes_from_nowhere(rationale) is from_nowhere

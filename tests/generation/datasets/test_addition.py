"""Sums with a scratchpad: the paper's format to the character, ours beside it, all from a seed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.answers import extract
from generation.datasets.addition import Addition, make_additions
from generation.prompts import (
    few_shot_examples,
    render_prompt,
    training_text,
)
from generation.prompts.addition import ask
from generation.steps import split_steps

PAPER = """\
Input:
9 6 4 + 4 9 4
Target:
<scratch>
9 6 4 + 4 9 4 , C: 0
6 + 9 , 8 C: 0
9 + 4 , 5 8 C: 1
, 4 5 8 C: 1
1 4 5 8
</scratch>
1 4 5 8"""


@st.composite
def additions(draw):
    digits = draw(st.integers(1, 15))
    number = st.integers(0 if digits == 1 else 10 ** (digits - 1), 10**digits - 1)
    return Addition(draw(number), draw(number), digits)


class Item:
    def __init__(self, made: Addition) -> None:
        self.text, self.choices, self.gold_answer = made.question, (), made.gold_answer


def test_the_papers_example_to_the_character():
    made = Addition(964, 494, 3)
    assert training_text(Item(made), made.scratchpad(), style="addition") == PAPER


def test_the_scratch_total_always_leads_with_the_carry_and_the_answer_never():
    assert Addition(7, 1, 1).scratchpad().split("\n") == [
        "<scratch>", "7 + 1 , C: 0", ", 8 C: 0", "0 8", "</scratch>", "8",
    ]  # fmt: skip


def test_the_variant_of_tiny_models_has_a_line_more_a_digit():
    plain, columns = (Addition(94, 99, 2).scratchpad(columns=c).split("\n") for c in (False, True))
    assert [line for line in columns if line not in plain] == ["4 9 0 , 1 3", "9 9 1 , 1 9"]
    assert [line for line in columns if line in plain] == plain


def test_backwards_turns_the_scratchpad_and_not_the_answer():
    assert Addition(964, 494, 3).scratchpad(backwards=True).split("\n") == [
        "<scratch>", "4 6 9 + 4 9 4 , C: 0", "6 + 9 , 8 C: 0", "9 + 4 , 8 5 C: 1", ", 8 5 4 C: 1",
        "8 5 4 1", "</scratch>", "1 4 5 8",
    ]  # fmt: skip


@given(additions(), st.booleans(), st.booleans())
def test_every_scratchpad_states_its_answer_in_as_many_steps_as_digits(made, columns, backwards):
    text = made.scratchpad(columns=columns, backwards=backwards)
    assert extract(text).answer == made.gold_answer
    assert len(split_steps(text)) == made.digits


@given(additions(), st.booleans())
def test_a_copied_hint_is_not_trained_on(made, columns):
    item, text = Item(made), made.scratchpad(columns=columns)
    hint = f" ({' '.join(made.gold_answer)})"
    assert hint in render_prompt(item, style="addition", hint=True)
    clean = training_text(item, text, style="addition")
    copied = text.replace(" , C: 0", f"{hint} , C: 0", 1)
    assert training_text(item, f"{hint.strip()}\n{copied}{hint}", style="addition") == clean


def test_an_answer_that_is_no_row_of_digits_is_not_guessed():
    assert extract("<scratch>\n1 + 1 , C: 0\n, 2 C: 0\n0 2\n</scratch>\n").answer is None
    assert extract("<scratch>\n0 2\n</scratch>\n1 4 + 5").answer is None
    assert extract("<scratch>\n0 2\n</scratch>\n0 2").answer == "2"


@pytest.mark.parametrize(("style", "columns"), [("addition", False), ("addition-columns", True)])
def test_the_worked_examples_are_what_the_program_writes(style, columns):
    examples = few_shot_examples(style)
    assert [len(example.gold_answer) for example in examples] == [1, 2, 3, 5, 5]
    for example in examples:
        a, b = (int(side.replace(" ", "")) for side in example.text.split("+"))
        made = Addition(a, b, len(str(a)))
        assert example.rationale == made.scratchpad(columns=columns)
        prompt = render_prompt(Item(made), style=style, examples=examples)
        assert prompt.endswith(f"\n\n{ask(made.question, (), None)}")


def test_fifty_thousand_take_seconds_and_no_two_are_alike():
    started = time.process_time()
    made = make_additions(50_000, seed=0)
    assert sum(len(each.scratchpad()) for each in made) > 50_000 * 60
    assert time.process_time() - started < 10
    assert len({each.key for each in made}) == 50_000
    assert {each.digits for each in made} == {1, 2, 3, 4, 5}


def test_the_same_seed_gives_the_same_and_no_split_shares_a_question():
    train, held_out = make_additions(3000, seed=3), make_additions(3000, seed=1)
    assert train == make_additions(3000, seed=3)
    assert train != make_additions(3000, seed=0)
    assert not {each.question for each in train} & {each.question for each in held_out}


def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match=r"there are only \d+ such questions in the train split"):
        make_additions(100, seed=0, digits=[1])

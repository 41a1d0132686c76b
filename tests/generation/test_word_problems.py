"""Problems and their authors: properties over many seeds, and a few literal drafts."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.datasets.word_problems import make_problems, split_of
from generation.datasets.word_problems.author import (
    RIGHT,
    WRONG,
    cancelled,
    careful,
    checked,
    forgotten,
    healed,
    joined,
    jumped,
    misread,
    noisy,
    skipped,
    stopped,
    summed_up,
    undone,
    write,
)
from generation.datasets.word_problems.routes import (
    LARGEST,
    Ref,
    Step,
    results,
    routes_of,
)
from generation.prompts import few_shot_examples, render_prompt, training_text
from generation.prompts import word_problems as prompts
from generation.steps import (
    equations,
    is_right_by_wrong_reasoning,
    numbers_in,
    step_sequence,
    unfounded_steps,
    wrong_steps,
)

SEEDS = st.integers(0, 10_000)
STEPS = [Step("{eq}", (12, 5), "+"), Step("{eq}", (Ref(0), 4), "-")]


def problems(seed):
    return make_problems(7, seed)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_careful_solution_ends_in_the_gold_answer(seed):
    for problem in problems(seed):
        assert equations(problem.solution)[-1].right == problem.gold_answer
        assert prompts.stated_answer(problem.solution) == problem.gold_answer


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_careful_solution_is_true_founded_and_has_a_step_an_equation(seed):
    for problem in problems(seed):
        assert len(step_sequence(problem.solution)) == problem.steps
        assert 2 <= problem.steps <= 8
        assert not wrong_steps(problem.solution)
        assert not unfounded_steps(problem.solution, problem.question)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_every_route_reaches_the_same_answer_by_other_steps(seed):
    for problem in problems(seed):
        routes = routes_of(problem.story)
        assert {results(steps)[-1] for steps in routes} == {int(problem.gold_answer)}
        sequences = {step_sequence(write(steps).text()) for steps in routes}
        assert len(sequences) == len(routes)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_numbers_stay_small_and_the_question_does_not_hold_the_answer(seed):
    for problem in problems(seed):
        assert int(problem.gold_answer) not in numbers_in(problem.question)
        seen = numbers_in(problem.question) | numbers_in(problem.solution)
        assert all(0 < number <= LARGEST for number in seen)


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_habits_that_keep_the_answer_right_keep_it(seed, rng):
    for problem in problems(seed):
        for steps in routes_of(problem.story):
            for habit in RIGHT:
                assert habit(steps, rng).answer == int(problem.gold_answer)


@given(SEEDS, st.integers())
@settings(max_examples=20, deadline=None)
def test_the_hint_never_occurs_in_training_text(seed, salt):
    rng = random.Random(salt)
    for problem in problems(seed):
        item = Asked(problem.question, problem.gold_answer)
        written = noisy(problem.story, rng)
        text = training_text(item, written, style="word-problems")
        hint = f"({problem.gold_answer})"
        assert hint in render_prompt(item, style="word-problems", hint=True)
        assert hint not in text
        assert "(" not in text


def test_the_same_seed_gives_the_same_problems_and_another_seed_others():
    assert make_problems(50, 6) == make_problems(50, 6)
    assert make_problems(50, 6) != make_problems(50, 9)
    assert make_problems(20, 6) == make_problems(50, 6)[:20]


def test_numbers_of_steps_come_in_rotation():
    assert [p.steps for p in make_problems(9, 0)] == [2, 3, 4, 5, 6, 7, 8, 2, 3]
    assert {p.steps for p in make_problems(5, 0, steps=[4])} == {4}


def test_long_stories_never_run_out_of_words():
    assert len(make_problems(1500, 3, steps=[8])) == 1500


def test_keys_and_questions_are_unique():
    drawn = make_problems(500, 1)
    assert len({p.key for p in drawn}) == len({p.question for p in drawn}) == 500


def test_splits_share_no_question_whatever_the_seeds():
    by_split: dict[str, set[str]] = {}
    for seed in range(9):
        questions = {p.question for p in make_problems(400, seed, steps=[2])}
        by_split.setdefault(split_of(seed), set()).update(questions)
    train, held_out, sample = by_split["train"], by_split["held-out"], by_split["sample"]
    assert not train & held_out
    assert not train & sample
    assert not held_out & sample


def test_most_questions_have_another_route():
    drawn = make_problems(300, 3)
    assert sum(len(routes_of(p.story)) > 1 for p in drawn) > 240


def test_what_the_habits_write():
    rng = random.Random(1)
    assert joined(STEPS, rng).text() == "12 + 5 - 4 = 13 The answer is 13."
    assert jumped(STEPS, rng).text() == "The answer is 13."
    assert skipped(STEPS, rng).text() in (
        "12 + 5 = 17 The answer is 13.",
        "17 - 4 = 13 The answer is 13.",
    )
    assert stopped(STEPS, rng).text() == "12 + 5 = 17 The answer is 17."
    assert forgotten(STEPS, rng).text() == "12 + 5 = 17 The answer is 17."


@pytest.mark.parametrize("habit", [healed, cancelled, misread])
def test_slips_that_end_well_are_right_by_wrong_reasoning(habit):
    for seed in range(20):
        text = habit(STEPS, random.Random(seed)).text()
        assert is_right_by_wrong_reasoning(text, "12 and 5, less 4?", right=True)
        assert text.endswith("The answer is 13.")


def test_cancelled_slips_are_two():
    text = cancelled(STEPS, random.Random(3)).text()
    assert len([e for e in equations(text) if not e.holds]) == 2


def test_a_check_adds_a_step_and_a_mistake_undone_two():
    rng = random.Random(0)
    assert len(equations(checked(STEPS, rng).text())) == 3
    assert len(equations(undone(STEPS, rng).text())) == 4
    assert "In short, 12 - 4 = 13." in summed_up(STEPS, rng).text()


def test_the_noisy_author_is_often_wrong_and_often_differs_when_right():
    rng = random.Random(0)
    drawn = make_problems(700, 3)
    texts = [noisy(p.story, rng) for p in drawn]
    right = [
        (p, t)
        for p, t in zip(drawn, texts, strict=True)
        if prompts.stated_answer(t) == p.gold_answer
    ]
    assert 0.75 < len(right) / len(drawn) < 0.95
    differ = [step_sequence(t) != step_sequence(p.solution) for p, t in right]
    assert sum(differ) / len(differ) > 0.6


def test_wrong_habits_mostly_spoil_the_answer():
    rng = random.Random(0)
    drawn = make_problems(200, 3)
    for habit in WRONG:
        spoiled = [habit(routes_of(p.story)[0], rng).answer != int(p.gold_answer) for p in drawn]
        assert sum(spoiled) > 150


@dataclass(frozen=True)
class Asked:
    text: str
    gold_answer: str
    choices: tuple = ()


def test_training_measuring_and_asking_use_one_prompt():
    shots = few_shot_examples("word-problems")
    item = Asked("How many?", "72")
    assert render_prompt(item, style="word-problems", examples=shots) == prompts.few_shot(item.text)
    assert render_prompt(item, style="word-problems") == prompts.zero_shot(item.text)


def test_the_few_shot_prompt_is_worked_examples_then_the_question():
    prompt = prompts.few_shot("How many?")
    assert prompt.startswith("Q: Eva has 23 coins.")
    assert prompt.endswith("The answer is 17.\n\nQ: How many?\nA:")


def test_the_examples_are_true():
    for example in few_shot_examples("word-problems"):
        assert prompts.stated_answer(example.rationale) == example.gold_answer
        assert not wrong_steps(example.rationale)
        assert not unfounded_steps(example.rationale, example.text)


def test_the_hinted_prompt_shows_the_number_alone():
    shots = few_shot_examples("word-problems")
    prompt = render_prompt(
        Asked("How many?", "72"), style="word-problems", examples=shots, hint=True
    )
    assert prompt.endswith("Q: How many? (72)\nA:")
    assert prompt.count("(18)") == 1


def test_careful_is_the_reference():
    for problem in make_problems(20, 4):
        assert careful(problem.story) == problem.solution

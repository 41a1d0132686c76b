"""The learning curve on sums: its tokens, its prompts, its counts, and a whole small run of it."""

from dataclasses import replace

import pytest

from generation.datasets.addition import make_additions
from generation.lm.addition import (
    FINE_TUNE,
    FROM_NOTHING,
    Recipe,
    base_examples,
    base_name,
    prompt,
    right_by_digits,
    run_arm,
    train_base,
    word_tokenizer,
)
from generation.lm.checkpoints import content_hash
from generation.lm.tiny import Shape
from generation.star import Settings

SMALL = Recipe(
    shape=Shape(layers=1, heads=1, rotary=16, width=16),
    base=replace(FROM_NOTHING, steps=2, rows=2),
    base_problems=40,
    star=replace(FINE_TUNE, rows=2),
    settings=Settings(loops=2, first_steps=2),
    problems=12,
    held_out=10,
)


def test_every_scratchpad_comes_back_from_the_tokens_to_the_character():
    tokenizer = word_tokenizer()
    for problem in make_additions(60, 1):
        text = prompt(problem, hint=True) + "\n" + problem.scratchpad(columns=True)
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids).strip() == text.strip()


def test_the_base_sees_the_answer_in_its_share_of_prompts_and_each_length_as_often():
    problems = make_additions(200, 3)
    found = base_examples(problems, 1, 0.3)
    asked = [next(found)[0] for _ in range(600)]
    shown = sum("(" in each for each in asked) / 600
    assert 0.24 < shown < 0.36
    assert [next(base_examples(problems, seed, 0.3)) for seed in (1, 1)].count(
        next(base_examples(problems, 1, 0.3))
    ) == 2


def test_right_answers_are_counted_by_digits():
    problems = make_additions(30, 1)
    texts = [each.scratchpad(columns=True) for each in problems]
    texts[0] = "nothing"
    counts = right_by_digits(problems, texts)
    assert sum(asked for _, asked in counts.values()) == 30
    assert sum(right for right, _ in counts.values()) == 29
    right, asked = counts[problems[0].digits]
    assert asked - right == 1


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("addition")
    train_base(folder, 1, SMALL)
    return folder


def test_the_same_seed_trains_the_same_base(base, tmp_path):
    train_base(tmp_path, 1, SMALL)
    assert content_hash(tmp_path / base_name(1)) == content_hash(base / base_name(1))


def test_an_arm_has_a_line_for_the_base_and_for_each_loop(base, monkeypatch):
    """So small a model gets nothing right: it is told what is, after the first look."""
    monkeypatch.setattr(
        "generation.lm.addition.write",
        lambda model, problems, hint=False: [p.scratchpad(columns=True) for p in problems],
    )
    arm = run_arm(base, 1, SMALL, True)
    assert (arm.seed, arm.rationalizes) == (1, True)
    assert [(line["loop"], line["steps"]) for line in arm.loops] == [(0, 0), (1, 2), (2, 2)]
    assert [line["right"] for line in arm.loops] == [0, 12, 12]
    assert arm.loops[-1]["accuracy"] == 100
    asked = arm.loops[0]["by_digits"].values()
    assert sum(counted[1] for counted in asked) == 10

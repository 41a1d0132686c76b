"""The whole recipe in miniature: a few steps of a model that learns nothing."""

from dataclasses import replace

import pytest

from generation.lm import tiny
from generation.lm.checkpoints import file_hashes, hashes_hold, load_checkpoint
from generation.lm.sft import Schedule
from generation.lm.tiny import (
    BASE,
    POSITIONS,
    STAR,
    Recipe,
    Shape,
    careful_examples,
    noisy_examples,
    train_tiny,
)
from generation.steps import wrong_steps

MINIATURE = Recipe(
    shape=Shape(width=16, layers=1, heads=1, rotary=8),
    careful=Schedule(steps=2, rows=2, window=64),
    noisy=Schedule(steps=2, rows=2, window=64),
    star=Schedule(steps=0, rows=1, window=32),
    star_problems=4,
    held_out=4,
)


@pytest.fixture
def everything_is_right(monkeypatch):
    """A model this small is never right, and STaR needs something to keep."""
    monkeypatch.setattr(tiny, "is_right", lambda problem, text: True)


def test_both_models_are_written_with_cards_and_hashes(tmp_path, everything_is_right):
    lines: list[str] = []
    report = train_tiny(tmp_path, seed=1, recipe=MINIATURE, report=lines.append)
    for name in (BASE, STAR):
        assert hashes_hold(tmp_path / name)
        assert "--seed 1" in (tmp_path / name / "README.md").read_text()
        assert load_checkpoint(str(tmp_path / name)).positions == POSITIONS
    assert file_hashes(tmp_path / BASE) != file_hashes(tmp_path / STAR)
    assert len(report.runs) == 8
    assert any(line.startswith("STaR loop 2: 4 of 4 rationales are right") for line in lines)


def test_the_same_seed_gives_the_same_bits(tmp_path, everything_is_right):
    recipe = replace(MINIATURE, held_out=1)
    for run in ("one", "two"):
        train_tiny(tmp_path / run, seed=1, recipe=recipe, report=lambda line: None)
    for name in (BASE, STAR):
        assert file_hashes(tmp_path / "one" / name) == file_hashes(tmp_path / "two" / name)


def test_careful_examples_state_nothing_false():
    examples = careful_examples(seed=3, drills=0.3)
    for _, (_, written) in zip(range(300), examples, strict=False):
        assert not wrong_steps(written)


def test_noisy_examples_state_false_things():
    examples = noisy_examples(seed=3, wrong=0.1)
    found = [
        bool(wrong_steps(written)) for _, (_, written) in zip(range(300), examples, strict=False)
    ]
    assert 0.1 < sum(found) / 300 < 0.5

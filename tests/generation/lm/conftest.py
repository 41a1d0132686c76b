"""A random GPT-J of two layers: real code paths, no meaning, loaded in a blink."""

import pytest
import torch

from generation.datasets.word_problems import make_problems
from generation.lm.checkpoints import Checkpoint, set_pad_token
from generation.lm.sampling import Sampler
from generation.lm.sft import Example
from generation.lm.tiny import POSITIONS, Shape, make_model
from generation.lm.tokenizer import make_tokenizer
from generation.prompts.word_problems import zero_shot


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return [(zero_shot(p.question), f" {p.solution}") for p in make_problems(60, seed=2)]


@pytest.fixture(scope="session")
def checkpoint(examples: list[Example]) -> Checkpoint:
    torch.manual_seed(0)
    tokenizer = make_tokenizer(map("".join, examples), 400, POSITIONS)
    model = make_model(tokenizer, Shape(width=32, layers=2, heads=2, rotary=8)).eval()
    set_pad_token(model, tokenizer)
    return Checkpoint(model, tokenizer, "random", "0")


@pytest.fixture(scope="session")
def sampler(checkpoint: Checkpoint) -> Sampler:
    return Sampler(checkpoint, batch_size=8)

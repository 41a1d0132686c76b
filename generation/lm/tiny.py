"""The two tiny GPT-J models from nothing: the few-shot base and STaR.

    phase 1   careful solutions by every route, and bare sums     learns to reckon
    phase 2   the noisy author                                    learns to be a person
    STaR      sample with the base, keep the right ones, fine-tune the original base on them

Bit-reproducible at one thread on one machine. Figures, and what failed: docs/tiny-models.md.
"""

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import cast

import torch
from transformers import GPTJConfig, GPTJForCausalLM, PreTrainedTokenizerBase

from generation.datasets.word_problems import make_problems, stories
from generation.datasets.word_problems.author import (
    RIGHT,
    WRONG,
    any_route,
    clean,
    joined,
    noisy,
    skipped,
)
from generation.prompts.word_problems import STOP, few_shot, zero_shot

from .cards import write_card
from .checkpoints import Checkpoint, save_checkpoint, set_pad_token, write_hashes
from .evaluation import is_right
from .measure import Report, measure
from .sampling import Sampler
from .sft import Example, Schedule, epochs, train
from .tokenizer import make_tokenizer

BASE, STAR = "few-shot-base", "star-loop-2"
POSITIONS = 576  # the longest hinted few-shot prompt has 264 tokens, a rationale may have 256


@dataclass(frozen=True)
class Shape:
    """0.57 M parameters, 2.3 MB."""

    vocabulary: int = 704  # all words whole take 659
    width: int = 96
    layers: int = 4
    heads: int = 4
    rotary: int = 24


CAREFUL = Schedule(steps=2800)
NOISY = Schedule(steps=400, rate=1e-3, muon_rate=0.006, rows=4, window=512)
FINE_TUNE = Schedule(steps=0, rate=5e-4, muon_rate=0.003, rows=4, window=512, warm_up=5)


@dataclass(frozen=True)
class Recipe:
    """Every number, beside the seed, that decides what the models become."""

    shape: Shape = Shape()
    careful: Schedule = CAREFUL
    noisy: Schedule = NOISY
    star: Schedule = FINE_TUNE
    loops: int = 2
    star_problems: int = 2000
    star_temperature: float = 0.7
    star_epochs: int = 3
    drills: float = 0.3
    wrong: float = 0.12
    held_out: int = 500


def train_tiny(
    out_dir: Path,
    *,
    seed: int,
    recipe: Recipe | None = None,
    report: Callable[[str], None] = print,
) -> Report:
    """Train both models, measure them, and write them with cards and hashes under `out_dir`."""
    recipe = recipe or Recipe()
    with one_thread():
        base = train_base(seed, recipe, report)
        star = train_star(base, seed, recipe, report)
        for checkpoint in (base, star):
            save_checkpoint(checkpoint.model, checkpoint.tokenizer, out_dir / checkpoint.name)
        figures = measure(Sampler(base), Sampler(star), recipe.held_out, report)
    for name in (BASE, STAR):
        write_card(out_dir / name, figures, seed=seed)
        write_hashes(out_dir / name)
    return figures


def train_base(seed: int, recipe: Recipe, report: Callable[[str], None]) -> Checkpoint:
    """From nothing to the base: both phases."""
    tokenizer = make_tokenizer(every_word(split_seed(seed, 0)), recipe.shape.vocabulary, POSITIONS)
    torch.manual_seed(seed)
    model = make_model(tokenizer, recipe.shape)
    set_pad_token(model, tokenizer)
    careful = careful_examples(split_seed(seed, 0), recipe.drills)
    losses = train(model, tokenizer, careful, recipe.careful)
    report(f"careful: {len(losses)} steps, loss {mean(losses[-50:]):.3f}")
    losses = train(
        model, tokenizer, noisy_examples(split_seed(seed, 1), recipe.wrong), recipe.noisy
    )
    report(f"noisy: {len(losses)} steps, loss {mean(losses[-50:]):.3f}")
    return Checkpoint(model, tokenizer, BASE, revision="")


def train_star(
    base: Checkpoint, seed: int, recipe: Recipe, report: Callable[[str], None]
) -> Checkpoint:
    """STaR: each loop samples with the last one's model and fine-tunes the original base."""
    star = base
    for loop in range(1, recipe.loops + 1):
        kept = right_rationales(star, split_seed(seed, 1 + loop), recipe)
        model = cast(GPTJForCausalLM, copy.deepcopy(base.model))
        schedule = replace(recipe.star, steps=steps_for(kept, base.tokenizer, recipe))
        losses = train(model, base.tokenizer, epochs(kept, seed), schedule)
        star = Checkpoint(model, base.tokenizer, STAR, revision="")
        report(
            f"STaR loop {loop}: {len(kept)} of {recipe.star_problems} rationales are right, "
            f"{len(losses)} steps, loss {mean(losses[-10:]):.3f}"
        )
    return star


def right_rationales(writer: Checkpoint, seed: int, recipe: Recipe) -> list[Example]:
    """Sampled, not rationalized: hints taught a model this small to jump to the answer."""
    problems = make_problems(recipe.star_problems, seed)
    rationales = Sampler(writer).generate(
        [few_shot(problem.question) for problem in problems],
        temperature=recipe.star_temperature,
        seeds=range(len(problems)),
        stop=STOP,
    )
    return [
        (zero_shot(problem.question), rationale.text)
        for problem, rationale in zip(problems, rationales, strict=True)
        if is_right(problem, rationale.text)
    ]


def steps_for(kept: list[Example], tokenizer: PreTrainedTokenizerBase, recipe: Recipe) -> int:
    """Steps by epochs: a fixed number overfits whenever little was kept."""
    tokens = sum(len(tokenizer(prompt + text)["input_ids"]) + 2 for prompt, text in kept)
    return max(1, recipe.star_epochs * tokens // (recipe.star.rows * recipe.star.window))


def split_seed(seed: int, part: int) -> int:
    """A seed of the training split (they are the multiples of three) for each part of a run."""
    return 3 * (10 * seed + part)


def make_model(tokenizer: PreTrainedTokenizerBase, shape: Shape) -> GPTJForCausalLM:
    end = tokenizer.eos_token_id
    config = GPTJConfig(
        vocab_size=len(tokenizer),
        n_positions=tokenizer.model_max_length,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        rotary_dim=shape.rotary,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        activation_function="gelu_pytorch_tanh",  # gelu_new in one kernel
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
    )
    return GPTJForCausalLM(config)


def every_word(seed: int) -> Iterator[str]:
    """Texts for the tokenizer: every habit of the noisy author, the rare ones as often."""
    rng = random.Random(f"words {seed}")
    for story in islice(stories(seed), 400):
        for habit in (*RIGHT, *WRONG):
            yield zero_shot(story.question) + " " + habit(any_route(story, rng), rng).text()


def careful_examples(seed: int, drills: float) -> Iterator[Example]:
    """Phase 1: true solutions by every route, a few shortened, with drills in between."""
    rng = random.Random(f"careful {seed}")
    for story in stories(seed):
        while rng.random() < drills:
            yield "", " ".join(drill(rng) for _ in range(8))
        (habit,) = rng.choices([clean, joined, skipped], weights=[85, 9, 6])
        yield zero_shot(story.question), " " + habit(any_route(story, rng), rng).text()


def noisy_examples(seed: int, wrong: float) -> Iterator[Example]:
    """Phase 2: what the noisy author writes."""
    rng = random.Random(f"noisy {seed}")
    for story in stories(seed):
        yield zero_shot(story.question), " " + noisy(story, rng, wrong)


def drill(rng: random.Random) -> str:
    """A bare sum, of two numbers or of three."""
    sign = rng.choice("++--*3")
    if sign == "*":
        a, b = rng.randint(2, 6), rng.randint(2, 9)
        return f"{a} * {b} = {a * b}."
    a, b = rng.randint(3, 95), rng.randint(2, rng.choice([15, 50]))
    if sign == "+":
        a = min(a, 100 - b)
        return f"{a} + {b} = {a + b}."
    a = max(a, b + 1)
    if sign == "-":
        return f"{a} - {b} = {a - b}."
    c = rng.randint(2, 15)
    return f"{a} + {c} - {b} = {a + c - b}."


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in another order are other sums: bit-equal weights need one thread count."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

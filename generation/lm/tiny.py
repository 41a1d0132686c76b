"""The two tiny GPT-J models from nothing: tokenizer, few-shot base, STaR loop.

    phase 1   careful solutions by every route, and bare sums        learns to reckon
    phase 2   the noisy author                                       learns to be a person
    STaR      sample with the base, keep the right ones, fine-tune the base on them

Bit-reproducible at one thread on one machine. Figures and what failed: docs/tiny-models.md.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTJConfig, GPTJForCausalLM, PreTrainedTokenizerFast

from generation.datasets.word_problems import stories
from generation.datasets.word_problems.author import any_route, clean, joined, noisy, skipped
from generation.prompts.word_problems import training_text

END = "<|endoftext|>"
WINDOW = 512


@dataclass(frozen=True)
class Shape:
    """0.57 M parameters, 2.3 MB."""

    width: int = 96
    layers: int = 4
    heads: int = 4
    rotary: int = 24


def make_tokenizer(texts: list[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE in which every digit is a token of its own (a space before it joins it)."""
    tokenizer = Tokenizer(models.BPE())
    words = Regex(r" ?\d| ?[A-Za-z]+| ?[^\sA-Za-z\d]|\s")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        padding_side="left",
        model_max_length=WINDOW,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast, shape: Shape) -> GPTJForCausalLM:
    end = tokenizer.eos_token_id
    config = GPTJConfig(
        vocab_size=len(tokenizer),
        n_positions=WINDOW,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        rotary_dim=shape.rotary,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        activation_function="gelu_pytorch_tanh",  # gelu_new in one kernel
        initializer_range=0.1,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
    )
    return GPTJForCausalLM(config)


def careful_texts(seed: int, drills: float) -> Iterator[str]:
    """Phase 1: true solutions by every route, some shortened, with drills in between."""
    rng = random.Random(f"careful {seed}")
    for story in stories(seed):
        while rng.random() < drills:
            yield drill(rng)
        (habit,) = rng.choices([clean, joined, skipped], weights=[70, 18, 12])
        yield training_text(story.question, habit(any_route(story, rng, 0.6), rng).text())


def noisy_texts(seed: int, wrong: float) -> Iterator[str]:
    """Phase 2: what the noisy author writes."""
    rng = random.Random(f"noisy {seed}")
    for story in stories(seed):
        yield training_text(story.question, noisy(story, rng, wrong))


def drill(rng: random.Random) -> str:
    """A dozen bare sums, of two numbers and of three."""
    return " ".join(sum_of(rng) for _ in range(12))


def sum_of(rng: random.Random) -> str:
    kind = rng.choice("++--*3")
    if kind == "*":
        a, b = rng.randint(2, 20), rng.randint(2, 9)
        return f"{a} * {b} = {a * b}." if a <= 9 or b <= 3 else f"{b} * 2 = {b * 2}."
    a, b = rng.randint(5, 130), rng.randint(2, 70)
    if kind == "+":
        return f"{a} + {b} = {a + b}." if a + b <= 150 else f"{b} + 8 = {b + 8}."
    if a < b:
        a, b = b, a
    if kind == "-":
        return f"{a} - {b} = {a - b}."
    c = rng.randint(2, 20)
    return f"{a} + {c} - {b} = {a + c - b}."

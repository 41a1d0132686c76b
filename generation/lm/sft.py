"""Training a small GPT-J on examples: next-token loss, Muon and Adam, one explicit loop.

Examples stand one after the other in one stream, a blank line between them, cut into windows: so a
window looks like a few-shot prompt, and a model trained here can read one. For the tiny models
only; it is bit-reproducible at one thread. Why not TRL here: docs/tiny-models.md.
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from torch.optim.lr_scheduler import LambdaLR
from transformers import GPTJForCausalLM
from transformers import PreTrainedTokenizerBase as Tokenizer

Example = tuple[str, str]
"""A prompt and its completion, as in TRL."""


@dataclass(frozen=True)
class Schedule:
    """`steps` of `rows` windows of `window` tokens. Both rates rise over `warm_up` steps and fall
    along a cosine to the share `final`. A token of a prompt counts `prompt_weight` of one of a
    completion: a question is hard to foretell, and foretelling it is not what is wanted."""

    steps: int
    rate: float = 3e-3
    muon_rate: float = 0.02
    rows: int = 8
    window: int = 256
    warm_up: int = 50
    final: float = 0.1
    prompt_weight: float = 0.1

    def share_at(self, step: int) -> float:
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        done = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))


def windows(
    examples: Iterable[Example], tokenizer: Tokenizer, schedule: Schedule
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of token ids (rows, window + 1) and of the weights of predicting each of them."""
    size = schedule.rows * (schedule.window + 1)
    ids: list[int] = []
    weights: list[float] = []
    for prompt, completion in examples:
        asked = tokenizer(prompt)["input_ids"]
        written = tokenizer(completion + "\n\n")["input_ids"]
        ids += asked + written
        weights += [schedule.prompt_weight] * len(asked) + [1.0] * len(written)
        while len(ids) >= size:
            shape = (schedule.rows, schedule.window + 1)
            yield torch.tensor(ids[:size]).view(shape), torch.tensor(weights[:size]).view(shape)
            ids, weights = ids[size:], weights[size:]


def epochs(examples: Sequence[Example], seed: int) -> Iterator[Example]:
    """The examples over and over, each time in another order."""
    rng = random.Random(seed)
    while True:
        yield from rng.sample(examples, len(examples))


def train(
    model: GPTJForCausalLM,
    tokenizer: Tokenizer,
    examples: Iterable[Example],
    schedule: Schedule,
) -> list[float]:
    """Train in place; the loss of each step."""
    model.train()
    optimizers = [muon(model, schedule), adam(model, schedule)]
    falls = [LambdaLR(optimizer, schedule.share_at) for optimizer in optimizers]
    losses: list[float] = []
    with fused_attention(model):
        batches = windows(examples, tokenizer, schedule)
        for ids, weights in islice(batches, schedule.steps):
            logits = model(ids[:, :-1], use_cache=False).logits
            each = cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
            weight = weights[:, 1:].flatten()
            loss = (each * weight).sum() / weight.sum()
            model.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer, fall in zip(optimizers, falls, strict=True):
                optimizer.step()
                fall.step()
            losses.append(loss.item())
    model.eval()
    return losses


def muon(model: GPTJForCausalLM, schedule: Schedule) -> torch.optim.Optimizer:
    """For the matrices of the blocks. In 500 steps from nothing the loss of rationales was 0.557,
    with Adam alone 0.656."""
    matrices = [p for p in model.transformer.h.parameters() if p.dim() == 2]
    return torch.optim.Muon(matrices, lr=schedule.muon_rate, momentum=0.95, weight_decay=0.01)


def adam(model: GPTJForCausalLM, schedule: Schedule) -> torch.optim.Optimizer:
    """For all the rest: embeddings, head, biases, norms."""
    matrices = {id(p) for p in model.transformer.h.parameters() if p.dim() == 2}
    rest = [p for p in model.parameters() if id(p) not in matrices]
    return torch.optim.Adam(rest, lr=schedule.rate, betas=(0.9, 0.98))


@contextmanager
def fused_attention(model: GPTJForCausalLM) -> Iterator[None]:
    """GPT-J in transformers writes out the whole score matrix; PyTorch's fused kernel gives the
    same numbers in half the time. Windows have no padding, so causal is all the mask there is."""
    attentions: list[Any] = [block.attn for block in model.transformer.h]
    for attention in attentions:
        attention._attn = causal_attention
    try:
        yield
    finally:
        for attention in attentions:
            del attention._attn


def causal_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, None]:
    return scaled_dot_product_attention(query, key, value, is_causal=True), None

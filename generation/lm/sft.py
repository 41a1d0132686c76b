"""Training a small model on texts: plain next-token loss, AdamW, one explicit loop.

Texts stand one after the other in one stream, a blank line between them, cut into windows: so a
window looks like a few-shot prompt, and a model trained here can read one. For the tiny models
only; it is bit-reproducible at one thread.
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import GPTJForCausalLM
from transformers import PreTrainedTokenizerBase as Tokenizer


@dataclass(frozen=True)
class Schedule:
    """`steps` of `rows` windows of `window` tokens; the rate falls from `rate` to `rate * final`
    along a cosine after `warm_up` steps."""

    steps: int
    rate: float
    rows: int = 8
    window: int = 256
    warm_up: int = 50
    final: float = 0.25

    def rate_at(self, step: int) -> float:
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        done = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        return self.rate * (self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done)))


def windows(
    texts: Iterable[str], tokenizer: Tokenizer, schedule: Schedule
) -> Iterator[torch.Tensor]:
    """Batches of (rows, window + 1) token ids from an endless or a finite stream of texts."""
    size = schedule.rows * (schedule.window + 1)
    pending: list[int] = []
    for text in texts:
        pending += tokenizer(text + "\n\n")["input_ids"]
        while len(pending) >= size:
            yield torch.tensor(pending[:size]).view(schedule.rows, -1)
            pending = pending[size:]


def epochs(texts: Sequence[str], seed: int) -> Iterator[str]:
    """The texts over and over, each time in another order."""
    rng = random.Random(seed)
    while True:
        yield from rng.sample(texts, len(texts))


def train(
    model: GPTJForCausalLM,
    tokenizer: Tokenizer,
    texts: Iterable[str],
    schedule: Schedule,
) -> list[float]:
    """Train in place; the loss of each step."""
    model.train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    other = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": other, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.98), eps=1e-8)
    losses: list[float] = []
    batches = windows(texts, tokenizer, schedule)
    with fused_attention(model):
        for step, batch in zip(range(schedule.steps), batches, strict=False):
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate_at(step)
            logits = model(batch[:, :-1], use_cache=False).logits
            loss = cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
    model.eval()
    return losses


@contextmanager
def fused_attention(model: GPTJForCausalLM) -> Iterator[None]:
    """GPT-J in transformers writes out the whole score matrix; PyTorch's fused kernel gives the
    same numbers in half the time. Windows have no padding, so causal is all the mask there is."""
    attentions = [block.attn for block in model.transformer.h]
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

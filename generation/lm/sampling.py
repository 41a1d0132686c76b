"""Rationales from a causal language model, a batch of prompts at a time.

Every row has its own random numbers, drawn from its own seed: a row's text does not depend on the
rows beside it, so a batch may be cut, resumed and repeated. (Exactly so for the same batch; in
other company the logits agree to about 1e-6, which no draw has been seen to notice.)
Does not know what a prompt asks nor whether an answer is right.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache

from .checkpoints import Checkpoint


class PromptTooLong(ValueError):
    """A prompt and its rationale do not fit in the model's positions."""


@dataclass(frozen=True)
class Sampled:
    """`finished`: a stop string or the end-of-text token came before `max_new_tokens` ran out.
    `text` ends before the stop string; `tokens` counts what the model wrote, the stop included."""

    text: str
    tokens: int
    finished: bool


class Sampler:
    """Holds one loaded model and writes with it."""

    def __init__(self, checkpoint: Checkpoint, batch_size: int = 64) -> None:
        self.checkpoint = checkpoint
        self.model, self.tokenizer = checkpoint.model, checkpoint.tokenizer
        self.device = next(self.model.parameters()).device
        self.batch_size = batch_size
        self.takes_positions = "position_ids" in inspect.signature(self.model.forward).parameters

    def generate(
        self,
        prompts: Sequence[str],
        *,
        temperature: float,
        seeds: Sequence[int],
        max_new_tokens: int = 256,
        stop: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> list[Sampled]:
        """One rationale a prompt, in order; `temperature` 0 is greedy. `progress` hears the number
        of rationales done after each batch. Prompts of like length share a batch."""
        if len(seeds) != len(prompts):
            raise ValueError(f"{len(prompts)} prompts need as many seeds, not {len(seeds)}.")
        ids = [self.encode(prompt, max_new_tokens) for prompt in prompts]
        order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
        done: dict[int, Sampled] = {}
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            batch = Batch(self, [ids[i] for i in rows], [seeds[i] for i in rows], max_new_tokens)
            texts = batch.run(temperature, tuple(stop))
            done.update(zip(rows, texts, strict=True))
            if progress is not None:
                progress(len(done))
        return [done[i] for i in range(len(prompts))]

    def encode(self, prompt: str, max_new_tokens: int) -> list[int]:
        ids: list[int] = self.tokenizer(prompt)["input_ids"]
        if len(ids) + max_new_tokens > self.checkpoint.positions:
            raise PromptTooLong(
                f"The prompt has {len(ids)} tokens and the rationale may have {max_new_tokens}, "
                f"but {self.checkpoint.name} holds {self.checkpoint.positions} together. "
                "Use fewer examples, or a smaller max_new_tokens."
            )
        return ids


class Batch:
    """The rows that are still being written. A finished row leaves and costs nothing more."""

    def __init__(
        self, sampler: Sampler, ids: list[list[int]], seeds: list[int], max_new_tokens: int
    ) -> None:
        self.sampler, self.max_new_tokens = sampler, max_new_tokens
        width = max(len(row) for row in ids)
        pad = sampler.tokenizer.pad_token_id
        padded = [[pad] * (width - len(row)) + row for row in ids]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in ids]
        self.tokens = torch.tensor(padded, device=sampler.device)
        self.mask = torch.tensor(mask, device=sampler.device)
        self.draws = torch.stack([uniforms(seed, max_new_tokens) for seed in seeds])
        self.cache = DynamicCache(config=sampler.model.config)
        self.rows = list(range(len(ids)))
        self.written: list[list[int]] = [[] for _ in ids]
        self.results: dict[int, Sampled] = {}

    @torch.inference_mode()
    def run(self, temperature: float, stop: tuple[str, ...]) -> list[Sampled]:
        for step in range(self.max_new_tokens):
            logits = self.next_logits()
            chosen = choose(logits, temperature, self.draws[self.rows, step])
            for row, token in zip(self.rows, chosen.tolist(), strict=True):
                self.written[row].append(token)
            self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.rows), 1)], dim=1)
            self.tokens = chosen.to(self.tokens.device).unsqueeze(1)
            self.drop_finished(stop)
            if not self.rows:
                break
        for row in self.rows:
            self.results[row] = Sampled(self.decode(row), len(self.written[row]), finished=False)
        return [self.results[row] for row in range(len(self.written))]

    def next_logits(self) -> torch.Tensor:
        """Positions count from a row's first real token, so the padding changes nothing."""
        positions = (self.mask.cumsum(dim=1) - 1).clamp(min=0)[:, -self.tokens.shape[1] :]
        extra = {"position_ids": positions} if self.sampler.takes_positions else {}
        output = self.sampler.model(
            self.tokens,
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
            **extra,
        )
        return output.logits[:, -1].float().cpu()

    def drop_finished(self, stop: tuple[str, ...]) -> None:
        kept = []
        for place, row in enumerate(self.rows):
            text = self.ended(row, stop)
            if text is None:
                kept.append(place)
            else:
                self.results[row] = Sampled(text, len(self.written[row]), finished=True)
        if 0 < len(kept) < len(self.rows):
            self.tokens, self.mask = self.tokens[kept], self.mask[kept]
            self.cache.batch_select_indices(torch.tensor(kept, device=self.tokens.device))
        self.rows = [self.rows[place] for place in kept]

    def ended(self, row: int, stop: tuple[str, ...]) -> str | None:
        """The row's text when it has come to its end, else None."""
        if self.written[row][-1] == self.sampler.tokenizer.eos_token_id:
            return self.decode(row)
        tail = self.sampler.tokenizer.decode(self.written[row][-8:])
        if not any(mark in tail for mark in stop):
            return None
        text = self.decode(row)
        return text[: min(text.find(mark) for mark in stop if mark in text)]

    def decode(self, row: int) -> str:
        return str(self.sampler.tokenizer.decode(self.written[row], skip_special_tokens=True))


def uniforms(seed: int, n: int) -> torch.Tensor:
    """A row's random numbers, one a token, on the CPU whatever the model's device."""
    return torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def choose(logits: torch.Tensor, temperature: float, draws: torch.Tensor) -> torch.Tensor:
    """A token a row: the likeliest, or where the draw falls in the cumulated probabilities."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    heights = (logits.double() / temperature).softmax(dim=-1).cumsum(dim=-1)
    return torch.searchsorted(heights, draws.unsqueeze(1) * heights[:, -1:]).squeeze(1)

"""Rationales from a causal language model, a batch of prompts at a time.

Every row has its own random numbers, drawn from its own seed: a row's text does not depend on the
rows beside it, so a batch may be cut, resumed and repeated. (Exactly so for the same batch; in
other company the logits agree to about 1e-6, which no draw has been seen to notice.)
Does not know what a prompt asks nor whether an answer is right.
"""

import inspect
import logging
from collections.abc import Callable, Sequence

import torch

from .backend import PromptTooLong, Sampled
from .checkpoints import Checkpoint
from .prefix import Prefix, attending, can_share, shared_ids
from .scoring import Likelihood, likelihoods

log = logging.getLogger(__name__)

Force = Callable[[str], str | None]
"""What must follow a text that ends so, or None: `calculator.computed` is one."""


class Sampler:
    """Holds one loaded model and writes with it: a `Backend`."""

    def __init__(self, checkpoint: Checkpoint, batch_size: int = 64) -> None:
        self.checkpoint = checkpoint
        self.model, self.tokenizer = checkpoint.model, checkpoint.tokenizer
        self.device = next(self.model.parameters()).device
        self.batch_size = batch_size
        self.parameters = set(inspect.signature(self.model.forward).parameters)
        self.shares = can_share(self.model, self.parameters)
        self.prefix = Prefix(self.model, ())

    @property
    def revision(self) -> str:
        return self.checkpoint.revision

    @property
    def conditions(self) -> dict[str, str | int]:
        return {
            "device": str(self.device),
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "threads": torch.get_num_threads(),
            "rows": self.batch_size,
            "torch": torch.__version__,
        }

    def likelihoods(
        self, texts: Sequence[tuple[str, str]], progress: Callable[[int], None]
    ) -> list[Likelihood]:
        return likelihoods(self.checkpoint, texts, progress=progress)

    def generate(
        self,
        prompts: Sequence[str],
        *,
        temperature: float,
        seeds: Sequence[int],
        max_new_tokens: int = 256,
        stop: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
        force: Force | None = None,
    ) -> list[Sampled]:
        """As `Backend` says; `progress` hears after each batch. Prompts of like length share one,
        and what all of them begin with is read once. Where the memory does not hold a batch, it and
        all after it are halved: a row's text is its own."""
        if len(seeds) != len(prompts):
            raise ValueError(f"{len(prompts)} prompts need as many seeds, not {len(seeds)}.")
        ids = [self.encode(prompt, max_new_tokens) for prompt in prompts]
        if ids:
            self.read_prefix(ids)
        order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
        done: dict[int, Sampled] = {}
        while order:
            rows = order[: self.batch_size]
            batch = ([ids[i] for i in rows], [seeds[i] for i in rows], max_new_tokens, force)
            texts = self.if_it_fits(batch, temperature, tuple(stop))
            if texts is None:
                self.halve(len(rows))
                continue
            done.update(zip(rows, texts, strict=True))
            order = order[len(rows) :]
            if progress is not None:
                progress(len(done))
        return [done[i] for i in range(len(prompts))]

    def if_it_fits(
        self, batch: "Rows", temperature: float, stop: tuple[str, ...]
    ) -> list[Sampled] | None:
        """None where the memory does not hold these rows; one alone has to fit."""
        try:
            with attending(self.model, self.prefix):
                return Batch(self, *batch).run(temperature, stop)
        except (RuntimeError, MemoryError) as problem:
            if len(batch[0]) == 1 or not is_out_of_memory(problem):
                raise
            return None

    def halve(self, rows: int) -> None:
        self.batch_size = rows // 2
        log.warning("%d rows do not fit in the memory; going on with %d.", rows, self.batch_size)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def read_prefix(self, ids: list[list[int]]) -> None:
        """The last one is kept: the next chunk of a batch mostly begins alike."""
        shared = shared_ids(ids) if self.shares else ()
        if shared != self.prefix.ids:
            self.prefix = Prefix(self.model, shared)

    def encode(self, prompt: str, max_new_tokens: int) -> list[int]:
        ids: list[int] = self.tokenizer(prompt)["input_ids"]
        if len(ids) + max_new_tokens > self.checkpoint.positions:
            raise PromptTooLong(
                f"The prompt has {len(ids)} tokens and the rationale may have {max_new_tokens}, "
                f"but {self.checkpoint.name} holds {self.checkpoint.positions} together. "
                "Use fewer examples, or a smaller max_new_tokens."
            )
        return ids


Rows = tuple[list[list[int]], list[int], int, Force | None]
"""Prompts as tokens, a seed each, the longest rationale, what may be forced."""


class Batch:
    """The rows that are still being written. A finished row leaves and costs nothing more."""

    def __init__(
        self,
        sampler: Sampler,
        ids: list[list[int]],
        seeds: list[int],
        max_new_tokens: int,
        force: Force | None,
    ) -> None:
        self.sampler, self.max_new_tokens, self.force = sampler, max_new_tokens, force
        self.forced: list[list[int]] = [[] for _ in ids]
        prefix = sampler.prefix
        self.read = len(prefix.ids)
        ids = [row[self.read :] for row in ids]
        width = max(len(row) for row in ids)
        pad = sampler.tokenizer.pad_token_id
        padded = [[pad] * (width - len(row)) + row for row in ids]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in ids]
        self.tokens = torch.tensor(padded, device=sampler.device)
        self.mask = torch.tensor(mask, device=sampler.device)
        self.draws = torch.stack([uniforms(seed, max_new_tokens) for seed in seeds])
        self.cache = prefix.expanded(sampler.model, len(ids))
        self.expanded = self.cache.get_seq_length()
        self.rows = list(range(len(ids)))
        self.written: list[list[int]] = [[] for _ in ids]
        self.results: dict[int, Sampled] = {}

    @torch.inference_mode()
    def run(self, temperature: float, stop: tuple[str, ...]) -> list[Sampled]:
        for step in range(self.max_new_tokens):
            logits = self.next_logits()
            chosen = choose(logits, temperature, self.draws[self.rows, step])
            if self.force is not None:
                chosen = self.overruled(chosen, self.force)
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

    def overruled(self, chosen: torch.Tensor, force: Force) -> torch.Tensor:
        """The chosen tokens, but for rows whose text leaves no choice."""
        decode, encode = self.sampler.tokenizer.decode, self.sampler.tokenizer.encode
        for place, row in enumerate(self.rows):
            if not self.forced[row] and (must := force(str(decode(self.written[row][-60:])))):
                self.forced[row] = encode(must, add_special_tokens=False)
            if self.forced[row]:
                chosen[place] = self.forced[row].pop(0)
        return chosen

    def next_logits(self) -> torch.Tensor:
        """Positions count from a row's first real token, so the padding changes nothing."""
        positions = self.read + (self.mask.cumsum(dim=1) - 1).clamp(min=0)
        known = {"position_ids": positions[:, -self.tokens.shape[1] :], "logits_to_keep": 1}
        extra = {name: known[name] for name in known.keys() & self.sampler.parameters}
        before = self.mask.new_ones(len(self.mask), self.expanded)
        output = self.sampler.model(
            self.tokens,
            attention_mask=torch.cat([before, self.mask], dim=1),
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


def is_out_of_memory(problem: Exception) -> bool:
    said = str(problem).lower()
    known = isinstance(problem, torch.OutOfMemoryError | MemoryError)
    return known or "out of memory" in said or "can't allocate memory" in said


def uniforms(seed: int, n: int) -> torch.Tensor:
    """A row's random numbers, one a token, on the CPU whatever the model's device."""
    return torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def choose(logits: torch.Tensor, temperature: float, draws: torch.Tensor) -> torch.Tensor:
    """A token a row: the likeliest, or where the draw falls in the cumulated probabilities."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    heights = (logits.double() / temperature).softmax(dim=-1).cumsum(dim=-1)
    return torch.searchsorted(heights, draws.unsqueeze(1) * heights[:, -1:]).squeeze(1)

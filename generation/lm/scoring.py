"""How likely a model finds texts that it did not write: log-probabilities of whole rationales.

Knows prompts and texts as they are given; what follows from a likelihood is for others to say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from .backend import PromptTooLong
from .checkpoints import Checkpoint

ROWS = 8


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The sum of the natural log-probabilities of `tokens` tokens, given the prompt."""

    log_probability: float
    tokens: int


def likelihoods(
    checkpoint: Checkpoint,
    texts: Sequence[tuple[str, str]],
    *,
    rows: int = ROWS,
    progress: Callable[[int], None] | None = None,
) -> list[Likelihood]:
    """One a (prompt, text), in order; the end of the text counts, as in training: a model that
    learned to stop elsewhere finds another text likely."""
    ids = [_ids(checkpoint, prompt, text) for prompt, text in texts]
    by_length = sorted(range(len(ids)), key=lambda i: (len(ids[i][0]) + len(ids[i][1]), i))
    found: dict[int, Likelihood] = {}
    for start in range(0, len(by_length), rows):
        some = by_length[start : start + rows]
        scored = _scored(checkpoint, [ids[i] for i in some])
        found |= dict(zip(some, scored, strict=True))
        if progress:
            progress(len(found))
    return [found[i] for i in range(len(ids))]


def _ids(checkpoint: Checkpoint, prompt: str, text: str) -> tuple[list[int], list[int]]:
    """As TRL reads them in training: the text is what both have less what the prompt has, and its
    end."""
    asked: list[int] = checkpoint.tokenizer(prompt)["input_ids"]
    both: list[int] = checkpoint.tokenizer(prompt + text)["input_ids"]
    said = [*both[len(asked) :], checkpoint.tokenizer.eos_token_id]
    if len(asked) + len(said) > checkpoint.positions:
        raise PromptTooLong(
            f"A rationale has {len(asked) + len(said)} tokens with its question; "
            f"{checkpoint.name} holds {checkpoint.positions}."
        )
    return asked, said


@torch.inference_mode()
def _scored(checkpoint: Checkpoint, rows: list[tuple[list[int], list[int]]]) -> list[Likelihood]:
    """Padded on the right: what comes after a text tells nothing to what stands before."""
    device = next(checkpoint.model.parameters()).device
    longest = max(len(asked) + len(said) for asked, said in rows)
    pad = checkpoint.tokenizer.pad_token_id
    whole = [[*asked, *said, *[pad] * (longest - len(asked) - len(said))] for asked, said in rows]
    ids = torch.tensor(whole, device=device)
    lengths = torch.tensor([len(asked) + len(said) for asked, said in rows], device=device)
    mask = torch.arange(longest, device=device) < lengths[:, None]
    logits = checkpoint.model(input_ids=ids, attention_mask=mask.long()).logits
    told = logits[:, :-1].float().log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    found = []
    for row, (asked, said) in zip(told, rows, strict=True):
        before = max(1, len(asked))  # nothing comes before a first token
        of_text = row[before - 1 : len(asked) + len(said) - 1]
        found.append(Likelihood(float(of_text.double().sum()), len(of_text)))
    return found

"""The beginning that prompts share, a few-shot prompt most of all: computed once, for every row.

GPT-J's rows all attend to the one copy of its keys and values, so that a step costs two matrix
products however many rows there are, and nothing of it is moved when a row leaves. Any other model
gets it expanded, once a batch. Either way the numbers are those of whole prompts, to about 1e-6.
Knows no prompt format: what is shared is seen from the tokens.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from typing import Any

import torch
from transformers import DynamicCache, GPTJForCausalLM, PreTrainedModel
from transformers.cache_utils import DynamicLayer
from transformers.models.gptj.modeling_gptj import GPTJAttention

SHORTEST = 16  # tokens: below it two pieces of attention cost more than they save


def shared_ids(ids: Sequence[list[int]]) -> tuple[int, ...]:
    """The tokens that all prompts begin with; every row keeps one of its own to be asked with."""
    first, last = min(ids), max(ids)  # what these two share, all between them share
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    found = tuple(token for token, _ in alike)[: min(len(row) for row in ids) - 1]
    return found if len(ids) > 1 and len(found) >= SHORTEST else ()


class Prefix:
    """Keys and values of these tokens, computed by the model as they are asked for."""

    def __init__(self, model: PreTrainedModel, ids: tuple[int, ...]) -> None:
        self.ids = ids
        self.is_one_copy = bool(gptj_attentions(model))
        self.cache = DynamicCache(config=model.config)
        if ids:
            tokens = torch.tensor([ids], device=model.device)
            with torch.inference_mode(), attending(model):
                model(tokens, past_key_values=self.cache, use_cache=True, logits_to_keep=1)

    def expanded(self, model: PreTrainedModel, rows: int) -> DynamicCache:
        """What a batch begins with; empty where the rows attend to the one copy."""
        if self.is_one_copy or not self.ids:
            return DynamicCache(config=model.config)
        cache = copy.deepcopy(self.cache)
        cache.batch_repeat_interleave(rows)
        return cache


def can_share(model: PreTrainedModel, parameters: set[str]) -> bool:
    """Between the prefix and a shorter question stands padding: positions must be told, and no
    window of a layer may slide over it."""
    layers = DynamicCache(config=model.config).layers
    told = {"position_ids", "logits_to_keep"} <= parameters
    return told and all(type(layer) is DynamicLayer for layer in layers)


def gptj_attentions(model: PreTrainedModel) -> list[GPTJAttention]:
    """The layers whose attention is written out in transformers; none of another model."""
    if not isinstance(model, GPTJForCausalLM):
        return []
    found: list[Any] = [block.attn for block in model.transformer.h]
    return found if all(type(attention) is GPTJAttention for attention in found) else []


@contextmanager
def attending(model: PreTrainedModel, prefix: Prefix | None = None) -> Iterator[None]:
    """GPT-J with the prefix before all that it reads, and without its copies of the rotary table:
    transformers makes one per row, layer and step, of all positions."""
    attentions: list[Any] = gptj_attentions(model)
    read: list[Any] = list(prefix.cache) if prefix and prefix.ids else []
    for attention in attentions:
        attention._get_embed_positions = partial(rotary_table, attention)
    for attention, (keys, values, *_) in zip(attentions, read, strict=False):
        attention._attn = partial(attend, keys, values, attention.scale_attn)
    try:
        yield
    finally:
        for attention in attentions:
            attention.__dict__.pop("_attn", None)
            attention.__dict__.pop("_get_embed_positions", None)


def rotary_table(attention: GPTJAttention, position_ids: torch.Tensor) -> torch.Tensor:
    """(rows, positions, rotary): one table, seen by every row."""
    return attention.embed_positions.expand(position_ids.shape[0], -1, -1)


def attend(
    keys: torch.Tensor,
    values: torch.Tensor,
    scale: float,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """GPT-J's attention, scores in fp32, over a prefix (1, heads, P, d) and a row's own
    (rows, heads, T, d). All rows' queries meet the prefix in one product."""
    rows, heads, asked, _ = query.shape
    query, key = query.float(), key.float()
    together = (query / scale).transpose(0, 1).reshape(1, heads, rows * asked, -1)
    before = (together @ keys.float().transpose(-1, -2)).view(heads, rows, asked, -1)
    own = query @ key.transpose(-1, -2) / scale
    if attention_mask is not None:
        own = own + attention_mask
    scores = torch.cat([before.transpose(0, 1), own], dim=-1)
    weights = scores.softmax(dim=-1).to(value.dtype)
    on_prefix = weights[..., : keys.shape[-2]].transpose(0, 1).reshape(1, heads, rows * asked, -1)
    read = (on_prefix @ values).view(heads, rows, asked, -1).transpose(0, 1)
    return read + weights[..., keys.shape[-2] :] @ value, weights

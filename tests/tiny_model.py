"""Tiny GPT-J models of two layers in a folder: real weights, real code paths, no meaning.

Their tokenizer knows single letters, and whole phrases where a test wants a model that speaks.
The same files byte for byte on every run, so that what a model writes for a seed is the same text
in every test and in every worker.
"""

import string
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTJConfig, GPTJForCausalLM, PreTrainedTokenizerFast

from generation.lm.checkpoints import save_checkpoint

END = "<|endoftext|>"
LETTERS = [END, "?", *string.ascii_letters, *string.digits, *" \n.,:;+-*/=()<>#'\""]


def save_tiny_model(folder: Path, *, seed: int = 0, positions: int = 2048) -> Path:
    """Writes the model of this seed and its tokenizer; gives the folder back."""
    save_checkpoint(tiny_model(seed, positions), tiny_tokenizer(positions), folder)
    return folder


def save_speaking_model(folder: Path, phrases: Sequence[str]) -> Path:
    """A model that writes these phrases and nothing else, in any order, each as often as another.

    Every phrase is one token; the weights of the last layer are 0, so its bias alone decides.
    """
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(list(phrases))
    model = tiny_model()
    model.resize_token_embeddings(len(tokenizer))
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head.bias.fill_(-50.0)
        model.lm_head.bias[-len(phrases) :] = 0.0
    save_checkpoint(model, tokenizer, folder)
    return folder


def tiny_model(seed: int = 0, positions: int = 2048) -> GPTJForCausalLM:
    config = GPTJConfig(
        vocab_size=len(LETTERS),
        n_positions=positions,
        n_embd=32,
        n_layer=2,
        n_head=2,
        rotary_dim=8,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GPTJForCausalLM(config).eval()


def tiny_tokenizer(positions: int = 2048) -> PreTrainedTokenizerFast:
    vocabulary = {letter: number for number, letter in enumerate(LETTERS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        unk_token="?",
        padding_side="left",
        model_max_length=positions,
        clean_up_tokenization_spaces=False,
    )

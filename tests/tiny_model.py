"""A random GPT-J of two layers in a folder: real weights, real code paths, no meaning.

Its tokenizer knows single letters. The same files byte for byte on every run, so that what it
writes for a seed is the same text in every test and in every worker.
"""

import string
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

"""Saved and loaded again it is the same model; its hash says which one."""

import pytest
import torch

from generation.lm.checkpoints import (
    content_hash,
    hashes_hold,
    load_checkpoint,
    save_checkpoint,
    write_hashes,
)


def test_a_checkpoint_comes_back_as_it_was(checkpoint, tmp_path):
    save_checkpoint(checkpoint.model, checkpoint.tokenizer, tmp_path)
    loaded = load_checkpoint(str(tmp_path))
    ids = loaded.tokenizer("Q: Mia has 12 shells.", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        assert torch.equal(loaded.model(ids).logits, checkpoint.model(ids).logits)
    assert loaded.tokenizer.padding_side == "left"
    assert loaded.tokenizer.pad_token_id is not None
    assert loaded.positions == 576
    assert loaded.revision == content_hash(tmp_path)


def test_the_weights_are_safetensors_and_nothing_else(checkpoint, tmp_path):
    save_checkpoint(checkpoint.model, checkpoint.tokenizer, tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".safetensors", ".json"}


def test_the_hash_follows_the_content_and_not_the_card(checkpoint, tmp_path):
    save_checkpoint(checkpoint.model, checkpoint.tokenizer, tmp_path)
    write_hashes(tmp_path)
    before = content_hash(tmp_path)
    (tmp_path / "README.md").write_text("A card.")
    assert content_hash(tmp_path) == before
    assert hashes_hold(tmp_path)
    (tmp_path / "generation_config.json").write_text("{}")
    assert content_hash(tmp_path) != before
    assert not hashes_hold(tmp_path)


@pytest.mark.parametrize(
    "name", ["merges.txt", "tokenizer.model", "cl100k.tiktoken", "chat_template.jinja", "vocab.bpe"]
)
def test_every_file_that_a_tokenizer_reads_is_in_the_hash(checkpoint, tmp_path, name):
    save_checkpoint(checkpoint.model, checkpoint.tokenizer, tmp_path)
    before = content_hash(tmp_path)
    (tmp_path / name).write_text("something else")
    assert content_hash(tmp_path) != before


def test_digits_are_tokens_of_their_own(checkpoint):
    words = [
        checkpoint.tokenizer.decode([i]) for i in checkpoint.tokenizer(" 12 + 345")["input_ids"]
    ]
    assert words == [" 1", "2", " +", " 3", "4", "5"]


def test_any_text_survives_the_tokenizer(checkpoint):
    text = "Zoë pays 3 € (or £2.50) — “fine”, she says.\n\nA: 72"
    assert checkpoint.tokenizer.decode(checkpoint.tokenizer(text)["input_ids"]) == text

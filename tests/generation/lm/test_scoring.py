"""Likelihoods of given texts, against a loop that asks the model for one token after the other."""

import pytest
import torch

from generation.lm.backend import PromptTooLong
from generation.lm.checkpoints import Checkpoint, load_checkpoint
from generation.lm.scoring import likelihoods
from tests.tiny_model import save_tiny_model

TEXTS = [
    ("Q: 1 + 1?\nA:", " 1 + 1 = 2."),
    ("Q: how many balls are there in all?\nA:", " Two."),
    ("Q?", " Well, one and one more, and none besides, so two."),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Checkpoint:
    return load_checkpoint(str(save_tiny_model(tmp_path_factory.mktemp("model"), positions=64)))


def one_by_one(checkpoint: Checkpoint, prompt: str, text: str) -> tuple[float, int]:
    asked, said = (checkpoint.tokenizer(each)["input_ids"] for each in (prompt, text))
    said = [*said, checkpoint.tokenizer.eos_token_id]
    total = 0.0
    for n, token in enumerate(said):
        with torch.no_grad():
            logits = checkpoint.model(torch.tensor([[*asked, *said[:n]]])).logits[0, -1]
        total += float(logits.log_softmax(-1)[token])
    return total, len(said)


def test_each_text_has_the_sum_of_its_tokens_and_its_end_whatever_stands_beside_it(checkpoint):
    for rows in (1, 3):
        for (prompt, text), found in zip(
            TEXTS, likelihoods(checkpoint, TEXTS, rows=rows), strict=True
        ):
            total, tokens = one_by_one(checkpoint, prompt, text)
            assert found.tokens == tokens
            assert found.log_probability == pytest.approx(total, abs=1e-3)


def test_it_tells_how_far_it_is_and_ends_with_what_is_raised(checkpoint):
    told: list[int] = []
    likelihoods(checkpoint, TEXTS, rows=2, progress=told.append)
    assert told == [2, 3]

    def refuse(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        likelihoods(checkpoint, TEXTS, rows=1, progress=refuse)


def test_what_does_not_fit_is_refused_and_never_cut(checkpoint):
    with pytest.raises(PromptTooLong, match=r"has 10\d tokens with its question; .* holds 64"):
        likelihoods(checkpoint, [("Q?", " " + "x" * 100)])

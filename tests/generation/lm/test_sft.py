"""The training loop, on texts that a small model can learn by heart."""

import copy
import itertools

import pytest
import torch

from generation.lm.sft import Schedule, epochs, fused_attention, train, windows


def test_windows_are_the_examples_in_a_row_with_blank_lines_between(checkpoint):
    schedule = Schedule(steps=1, rows=2, window=6, prompt_weight=0.5)
    batches = list(windows([("one", " 1"), ("", "two")] * 20, checkpoint.tokenizer, schedule))
    assert {tuple(ids.shape) for ids, _ in batches} == {(2, 7)}
    stream = torch.cat([ids.flatten() for ids, _ in batches])
    assert checkpoint.tokenizer.decode(stream).startswith("one 1\n\ntwo\n\none 1")


def test_a_prompts_tokens_count_less(checkpoint):
    schedule = Schedule(steps=1, rows=1, window=6, prompt_weight=0.5)
    ids, weights = next(windows([("9 9 9", " 1 2")] * 5, checkpoint.tokenizer, schedule))
    assert checkpoint.tokenizer.decode(ids[0]) == "9 9 9 1 2\n\n"
    assert weights.tolist() == [[0.5, 0.5, 0.5, 1, 1, 1, 1]]


def test_epochs_show_every_text_before_any_again():
    seen = list(itertools.islice(epochs(["a", "b", "c"], seed=1), 9))
    assert [sorted(seen[i : i + 3]) for i in (0, 3, 6)] == [["a", "b", "c"]] * 3


def test_the_rate_warms_up_and_falls():
    schedule = Schedule(steps=100, warm_up=10, final=0.2)
    rates = [schedule.share_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.2, abs=0.01)


def test_training_learns_and_is_repeatable(checkpoint, examples):
    torch.set_num_threads(1)
    schedule = Schedule(steps=30, rows=4, window=64, warm_up=5)
    runs = []
    for _ in range(2):
        model = copy.deepcopy(checkpoint.model)
        runs.append((train(model, checkpoint.tokenizer, epochs(examples, 0), schedule), model))
    (losses, one), (again, other) = runs
    assert losses[-1] < losses[0] - 1
    assert losses == again
    assert all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


def test_the_fused_attention_is_the_models_own(checkpoint, examples):
    """Trained with the one, sampled with the other: they must agree."""
    ids = checkpoint.tokenizer(examples[0][0], return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        plain = checkpoint.model(ids).logits
        with fused_attention(checkpoint.model):
            fused = checkpoint.model(ids).logits
        again = checkpoint.model(ids).logits
    assert torch.allclose(plain, fused, atol=1e-5)
    assert torch.equal(plain, again)

"""A row's text is its own: padding, batch mates, order and batch size change nothing."""

import pytest
import torch

from generation.datasets.word_problems import make_problems
from generation.lm.sampling import PromptTooLong, Sampler, choose, uniforms
from generation.prompts.word_problems import zero_shot

PROMPTS = [zero_shot(p.question) for p in make_problems(12, seed=5)]
SEEDS = list(range(100, 112))


def sample(sampler, prompts, seeds, temperature=1.0, **settings):
    settings = {"max_new_tokens": 40, **settings}
    return sampler.generate(prompts, temperature=temperature, seeds=seeds, **settings)


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_a_left_padded_batch_equals_one_at_a_time(sampler, temperature):
    together = sample(sampler, PROMPTS, SEEDS, temperature)
    alone = [
        sample(sampler, [prompt], [seed], temperature)[0]
        for prompt, seed in zip(PROMPTS, SEEDS, strict=True)
    ]
    assert together == alone


def test_batch_mates_and_their_order_change_nothing(sampler):
    forwards = sample(sampler, PROMPTS, SEEDS)
    backwards = sample(sampler, PROMPTS[::-1], SEEDS[::-1])
    assert forwards == backwards[::-1]


def test_the_batch_size_changes_nothing(sampler, checkpoint):
    assert sample(Sampler(checkpoint, batch_size=3), PROMPTS, SEEDS) == sample(
        sampler, PROMPTS, SEEDS
    )


def test_the_seed_decides(sampler):
    one, same, other = sample(sampler, [PROMPTS[0]] * 3, [1, 1, 2])
    assert one == same != other


def test_greedy_asks_no_seed(sampler):
    assert sample(sampler, PROMPTS[:2], [1, 2], 0) == sample(sampler, PROMPTS[:2], [3, 4], 0)


def test_greedy_equals_transformers_own_generate(sampler, checkpoint):
    ids = checkpoint.tokenizer(PROMPTS[0], return_tensors="pt")["input_ids"]
    theirs = checkpoint.model.generate(ids, max_new_tokens=20, do_sample=False)
    ours = sample(sampler, PROMPTS[:1], [0], 0, max_new_tokens=20)[0]
    text = checkpoint.tokenizer.decode(theirs[0, ids.shape[1] :], skip_special_tokens=True)
    assert ours.text == text


def test_a_stop_ends_a_row_before_it_and_only_that_row(sampler):
    free = sample(sampler, PROMPTS, SEEDS)
    mark = free[0].text[5]
    for stopped, whole in zip(sample(sampler, PROMPTS, SEEDS, stop=[mark]), free, strict=True):
        assert stopped.text == whole.text.split(mark)[0]
        assert stopped.finished is (mark in whole.text or whole.finished)
        assert stopped.tokens <= whole.tokens


def test_an_unfinished_rationale_says_so(sampler):
    [cut] = sample(sampler, PROMPTS[:1], [1], max_new_tokens=5)
    assert (cut.finished, cut.tokens) == (False, 5)


def test_a_prompt_that_does_not_fit_names_the_lengths(sampler):
    with pytest.raises(PromptTooLong, match=r"\d+ tokens .* 560, but random holds 576"):
        sample(sampler, PROMPTS[:1], [1], max_new_tokens=560)


def test_every_prompt_needs_a_seed(sampler):
    with pytest.raises(ValueError, match="2 prompts need as many seeds, not 1"):
        sample(sampler, PROMPTS[:2], [1])


def test_progress_counts_what_is_done(sampler):
    heard: list[int] = []
    sample(sampler, PROMPTS, SEEDS, max_new_tokens=3, progress=heard.append)
    assert heard == [8, 12]


def test_a_draw_picks_the_token_under_it():
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0]]).repeat(3, 1)
    draws = torch.tensor([0.1, 0.6, 0.999], dtype=torch.float64)
    assert choose(logits, 1.0, draws).tolist() == [0, 2, 3]


def test_a_rows_draws_do_not_depend_on_how_many_are_asked():
    assert torch.equal(uniforms(7, 100)[:10], uniforms(7, 10))

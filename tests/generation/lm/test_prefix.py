"""What prompts share is read once, and nothing that is written changes by it."""

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTJForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from generation.datasets.word_problems import make_problems
from generation.lm import prefix
from generation.lm.checkpoints import Checkpoint, load_checkpoint, set_pad_token
from generation.lm.prefix import shared_ids
from generation.lm.sampling import Sampler
from generation.prompts.word_problems import STOP, few_shot, zero_shot
from tests.generation.lm.test_shipped import SHIPPED

ASKED = [few_shot(p.question) for p in make_problems(8, seed=5)]
LONG = "\n\n".join(f"{zero_shot(p.question)} {p.solution}" for p in make_problems(5, seed=2))


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shipped():
    return load_checkpoint(str(SHIPPED / "few-shot-base"))


@pytest.fixture(scope="module")
def long_gptj(checkpoint):
    """Random weights, and room for worked examples of several hundred tokens."""
    config = type(checkpoint.model.config)(
        **checkpoint.model.config.to_dict() | {"n_positions": 1024}
    )
    torch.manual_seed(3)
    model = GPTJForCausalLM(config).eval()
    set_pad_token(model, checkpoint.tokenizer)
    return Checkpoint(model, checkpoint.tokenizer, "long", "0")


def write(checkpoint, prompts, *, shares=True, temperature=0.0, rows=5, **settings):
    sampler = Sampler(checkpoint, batch_size=rows)
    sampler.shares = sampler.shares and shares
    settings = {"max_new_tokens": 40, "stop": STOP, **settings}
    seeds = range(len(prompts))
    return sampler.generate(prompts, temperature=temperature, seeds=seeds, **settings), sampler


def generated(checkpoint, prompts, longest=40):
    """What transformers' own `generate` writes greedily for the whole batch, padding left."""
    tokenizer = checkpoint.tokenizer
    given = tokenizer(prompts, return_tensors="pt", padding=True)
    given.pop("token_type_ids", None)
    made = checkpoint.model.generate(**given, max_new_tokens=longest, do_sample=False)
    return [
        tokenizer.decode(row, skip_special_tokens=True).split("\n")[0]
        for row in made[:, given["input_ids"].shape[1] :]
    ]


def test_greedily_the_shipped_model_writes_what_batched_generate_writes(shipped):
    written, sampler = write(shipped, ASKED)
    assert len(sampler.prefix.ids) > 100
    assert [w.text for w in written] == generated(shipped, ASKED)


def test_a_random_gptj_too_after_a_long_prefix(long_gptj):
    prompts = [f"{LONG}\n\n{zero_shot(p.question)}" for p in make_problems(9, seed=5)]
    written, sampler = write(long_gptj, prompts, rows=4)
    assert len(sampler.prefix.ids) > 500
    assert [w.text for w in written] == generated(long_gptj, prompts)


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_every_row_is_the_one_that_whole_prompts_give(shipped, temperature):
    shared, _ = write(shipped, ASKED, temperature=temperature)
    whole, sampler = write(shipped, ASKED, temperature=temperature, shares=False)
    assert sampler.prefix.ids == ()
    assert shared == whole


def other_model(name: str, tokenizer):
    size = {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 0}
    wide = {**size, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    torch.manual_seed(1)
    return {
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=2, **size)),
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**wide, **heads)),
        "mistral": lambda: MistralForCausalLM(MistralConfig(**wide, **heads, sliding_window=24)),
    }[name]().eval()


@pytest.mark.parametrize(("name", "shares"), [("gpt2", True), ("llama", True), ("mistral", False)])
def test_other_models_get_the_prefix_expanded_unless_a_window_slides_over_it(shipped, name, shares):
    model = other_model(name, shipped.tokenizer)
    set_pad_token(model, shipped.tokenizer)
    checkpoint = Checkpoint(model, shipped.tokenizer, name, "0")
    for temperature in (0.0, 0.8):
        settings = {"temperature": temperature, "max_new_tokens": 12, "stop": ()}
        written, sampler = write(checkpoint, ASKED[:4], **settings)
        assert bool(sampler.prefix.ids) is shares
        assert written == write(checkpoint, ASKED[:4], shares=False, **settings)[0]


def test_it_is_computed_once_for_all_batches_and_kept_for_the_next_prompts(shipped, monkeypatch):
    sampler = Sampler(shipped, batch_size=3)
    read: list[int] = []
    forward = shipped.model.forward

    def watched(tokens, **given):
        read.append(tokens.shape[0] * tokens.shape[1])
        return forward(tokens, **given)

    monkeypatch.setattr(shipped.model, "forward", watched)
    sampler.generate(ASKED, temperature=0, seeds=range(8), max_new_tokens=2)
    shared, kept = len(sampler.prefix.ids), sampler.prefix
    assert read[0] == shared
    assert max(read[1:]) < 3 * shared, "three batches, and none reads it again"
    sampler.generate(ASKED[::-1], temperature=0, seeds=range(8), max_new_tokens=2)
    assert sampler.prefix is kept
    assert read.count(shared) == 1


def test_the_model_is_left_as_it_was_even_by_a_failure(shipped):
    plain = shipped.model.forward(torch.tensor([[5, 6, 7]])).logits
    held = prefix.Prefix(shipped.model, tuple(range(20)))
    with pytest.raises(RuntimeError, match="stopped"), prefix.attending(shipped.model, held):
        raise RuntimeError("stopped")
    assert torch.equal(shipped.model.forward(torch.tensor([[5, 6, 7]])).logits, plain)


def test_what_is_shared_leaves_every_row_a_token_and_is_worth_the_trouble():
    long = list(range(100, 130))
    assert shared_ids([[*long, 1, 2], [*long, 3], [*long, 1]]) == tuple(long)
    assert shared_ids([long, long]) == tuple(long[:-1])
    assert shared_ids([long]) == ()
    assert shared_ids([[1, 2, 3, 4], [1, 2, 3, 5]]) == ()
    assert shared_ids([[7, *long], long]) == ()

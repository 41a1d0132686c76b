"""How fast rationales are written: the sampler against `model.generate`, greedy, the same texts.

The same questions in the same run, in turns, each way at the batch size that suits it best. Wanted
on a CPU, in tokens a second against batched `model.generate`: 3 times with 8 worked examples of 800
tokens or more, 1.5 times with 220. `make bench` prints the figures; nothing here fails on a slow
machine, but a text that is not the same does.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPTJForCausalLM

from generation.datasets.word_problems import make_problems
from generation.lm.checkpoints import Checkpoint, load_checkpoint, set_pad_token
from generation.lm.prefix import shared_ids
from generation.lm.sampling import Sampler
from generation.lm.tiny import Shape, make_model
from generation.prompts.word_problems import STOP, few_shot, zero_shot

SHIPPED = Path("generation/checkpoints/star-loop-2")
WIDE = Shape(width=512, layers=6, heads=8, rotary=64)
QUESTIONS, ONE_BY_ONE, LONGEST = 64, 8, 48
SIZES = (4, 8, 16, 32, 64)
POSITIONS = 1024
Written = list[list[int]]


def random_model(shape: Shape, device: str = "cpu") -> Checkpoint:
    """A GPT-J of no meaning, with room for long prompts and the shipped tokenizer."""
    tokenizer = load_checkpoint(str(SHIPPED)).tokenizer
    tokenizer.model_max_length = POSITIONS
    config = make_model(tokenizer, shape).config
    config.n_positions = POSITIONS
    torch.manual_seed(0)
    model = GPTJForCausalLM(config).to(device).eval()
    set_pad_token(model, tokenizer)
    return Checkpoint(model, tokenizer, "random", "0")


def prompts(examples: int, questions: int) -> list[str]:
    """So many worked examples, the same before every question."""
    worked = [
        f"{zero_shot(p.question)} {p.solution}" for p in make_problems(examples, 2, steps=[4])
    ]
    asked = [zero_shot(p.question) for p in make_problems(questions, 5, steps=[2, 3])]
    return ["\n\n".join([*worked, question]) for question in asked]


def by_generate(checkpoint: Checkpoint, asked: list[str], rows: int, longest: int) -> Written:
    """transformers' own, prompts of like length together; the line break ends a row."""
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    ends = [tokenizer.eos_token_id, *tokenizer("\n")["input_ids"]]
    order = sorted(range(len(asked)), key=lambda i: len(tokenizer(asked[i])["input_ids"]))
    written: dict[int, list[int]] = {}
    for start in range(0, len(order), rows):
        places = order[start : start + rows]
        given = tokenizer([asked[i] for i in places], return_tensors="pt", padding=True)
        given = given.to(model.device)
        made = model.generate(
            input_ids=given["input_ids"],
            attention_mask=given["attention_mask"],
            max_new_tokens=longest,
            do_sample=False,
            eos_token_id=ends,
            pad_token_id=tokenizer.pad_token_id,
        )[:, given["input_ids"].shape[1] :].tolist()
        for place, row in zip(places, made, strict=True):
            end = next((n for n, token in enumerate(row) if token in ends), len(row))
            written[place] = row[:end]
    return [written[i] for i in range(len(asked))]


def by_sampler(checkpoint: Checkpoint, asked: list[str], rows: int, longest: int) -> list[str]:
    made = Sampler(checkpoint, batch_size=rows).generate(
        asked, temperature=0, seeds=range(len(asked)), max_new_tokens=longest, stop=STOP
    )
    return [written.text for written in made]


def by_one(checkpoint: Checkpoint, asked: list[str], rows: int, longest: int) -> Written:
    return by_generate(checkpoint, asked[:ONE_BY_ONE], 1, longest)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    given = work()
    return time.perf_counter() - began, given


def compare(
    name: str, checkpoint: Checkpoint, asked: list[str], say: Callable[[str], None]
) -> None:
    shared = len(shared_ids([checkpoint.tokenizer(text)["input_ids"] for text in asked]))
    theirs, ours = {}, {}
    for rows in SIZES:  # in turns: what else runs on the machine slows both
        theirs[rows], expected = seconds(lambda n=rows: by_generate(checkpoint, asked, n, LONGEST))
        ours[rows], texts = seconds(lambda n=rows: by_sampler(checkpoint, asked, n, LONGEST))
        assert texts == [checkpoint.tokenizer.decode(row) for row in expected]
    alone, made = seconds(lambda: by_one(checkpoint, asked, 1, LONGEST))
    total, apart = sum(map(len, expected)), sum(map(len, made)) / alone
    at, their_at = min(ours, key=ours.get), min(theirs, key=theirs.get)
    fast, slow = total / ours[at], total / theirs[their_at]
    say(
        f"{name}, {shared} shared tokens, {total / len(asked):.0f} written a row: "
        f"{fast:,.0f} tokens/s at {at} rows; generate {slow:,.0f} at {their_at} rows "
        f"({fast / slow:.1f} times), one by one {apart:,.0f} ({fast / apart:.1f} times); rows for "
        f"rows {', '.join(f'{n}: {theirs[n] / ours[n]:.1f}' for n in SIZES)}"
    )


@pytest.fixture(autouse=True)
def _one_thread():
    """As a worker has it: GENERATION_THREADS is 1."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}\n")

    return write


@pytest.mark.parametrize("examples", [8, 2])
def test_the_tiny_shape_with_random_weights(examples, say):
    compare("tiny", random_model(Shape()), prompts(examples, QUESTIONS), say)


def test_the_shipped_model_with_its_own_prompt(say):
    asked = [few_shot(p.question) for p in make_problems(QUESTIONS, 5, steps=[2, 3])]
    compare("shipped", load_checkpoint(str(SHIPPED)), asked, say)


def test_a_wider_shape(say):
    compare("width 512", random_model(WIDE), prompts(8, QUESTIONS // 4), say)


def test_bfloat16_on_a_processor(say):
    """Not the same texts: what is rounded otherwise chooses otherwise."""
    checkpoint, asked = random_model(WIDE), prompts(8, QUESTIONS // 4)
    full, _ = seconds(lambda: by_sampler(checkpoint, asked, 16, LONGEST))
    checkpoint.model.to(torch.bfloat16)
    half, _ = seconds(lambda: by_sampler(checkpoint, asked, 16, LONGEST))
    say(f"width 512 in bfloat16 on the CPU: {full / half:.1f} times the speed of float32")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_on_a_gpu(say):
    shape = Shape(width=1024, layers=12, heads=16, rotary=64)
    compare("GPU, width 1,024", random_model(shape, "cuda"), prompts(8, QUESTIONS), say)

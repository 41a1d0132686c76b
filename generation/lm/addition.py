"""The paper's learning curve on n-digit addition, with a GPT-J of 0.34 M parameters from nothing.

    base      sums of one to five digits with and without the answer shown, a few hundred steps
    two arms  STaR (generation.star) from that base, with rationalization and without

Written with a line more a digit than the paper's scratchpad (`columns` of generation.datasets.
addition). Bit-reproducible at one thread on one machine. Figures: docs/star.md.
"""

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any, cast

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTJForCausalLM, PreTrainedTokenizerFast

from generation.answers import judge
from generation.datasets.addition import Addition, make_additions
from generation.prompts.addition import STOP, ask
from generation.star import Loop, Parts, Settings, star

from .checkpoints import Checkpoint, load_checkpoint, save_checkpoint, set_pad_token
from .sampling import Sampler
from .sft import Example, Schedule, epochs, train
from .tiny import Shape, make_model, one_thread, split_seed
from .tokenizer import END

POSITIONS, LONGEST = 256, 150
UNKNOWN = "?"
SIGNS = [
    END,
    UNKNOWN,
    "\n",
    "Input:",
    "Target:",
    "<scratch>",
    "</scratch>",
    "+",
    ",",
    "C:",
    "(",
    ")",
]


SMALL = Shape(layers=3, heads=3, rotary=32)
FROM_NOTHING = Schedule(steps=400, warm_up=20, final=1.0)
FINE_TUNE = Schedule(steps=0, rate=1e-3, muon_rate=0.01, warm_up=5)
FOUR_LOOPS = Settings(loops=4, first_steps=60)


@dataclass(frozen=True)
class Recipe:
    """Every number, beside the seed, that decides the curve."""

    shape: Shape = SMALL
    base: Schedule = FROM_NOTHING
    base_problems: int = 2000
    hinted: float = 0.3
    star: Schedule = FINE_TUNE
    settings: Settings = FOUR_LOOPS
    problems: int = 1000
    held_out: int = 500


RECIPE = Recipe()


@dataclass(frozen=True)
class Arm:
    """One curve: what each loop kept and how many held-out sums of each length it gets right."""

    seed: int
    rationalizes: bool
    loops: list[dict[str, Any]]
    cpu_seconds: float


def learning_curves(
    folder: Path,
    seeds: Sequence[int],
    *,
    recipe: Recipe = RECIPE,
    processes: int = 2,
    report: Callable[[str], None] = print,
) -> list[Arm]:
    """Every seed with and without rationalization, from the same base; a process an arm."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        bases = [pool.submit(train_base, folder, seed, recipe) for seed in seeds]
        for seed, base in zip(seeds, bases, strict=True):
            report(f"seed {seed}: base trained in {base.result():.0f} s of CPU")
        asked = [(seed, how) for seed in seeds for how in (True, False)]
        running = [pool.submit(run_arm, folder, seed, recipe, how) for seed, how in asked]
        arms = [each.result() for each in running]
        for arm in arms:
            how = "with" if arm.rationalizes else "without"
            means = " ".join(f"{loop['accuracy']:.1f}" for loop in arm.loops)
            report(f"seed {arm.seed} {how}: {means} ({arm.cpu_seconds:.0f} s of CPU)")
    return arms


def train_base(folder: Path, seed: int, recipe: Recipe) -> float:
    """The base of a seed, saved under its name; the CPU seconds it took."""
    started = process_time()
    with one_thread():
        tokenizer = word_tokenizer()
        torch.manual_seed(seed)
        model = make_model(tokenizer, recipe.shape)
        set_pad_token(model, tokenizer)
        problems = make_additions(recipe.base_problems, split_seed(seed, 0))
        train(model, tokenizer, base_examples(problems, seed, recipe.hinted), recipe.base)
        save_checkpoint(model, tokenizer, folder / base_name(seed))
    return process_time() - started


def base_examples(problems: Sequence[Addition], seed: int, hinted: float) -> Iterator[Example]:
    """As many of each length, though of short sums there are few; some with the answer shown."""
    rng = random.Random(f"base {seed}")
    lengths = sorted({problem.digits for problem in problems})
    by_length = {n: [p for p in problems if p.digits == n] for n in lengths}
    while True:
        problem = rng.choice(by_length[rng.choice(lengths)])
        written = problem.scratchpad(columns=True)
        yield prompt(problem, hint=rng.random() < hinted), f"\n{written}"


def run_arm(folder: Path, seed: int, recipe: Recipe, rationalizes: bool) -> Arm:
    """STaR from the seed's base, as `generation.star` has it."""
    started = process_time()
    lines: list[dict[str, Any]] = []
    with one_thread():
        base = load_checkpoint(str(folder / base_name(seed)))
        held_out = make_additions(recipe.held_out, 1)
        by_digits: list[dict[int, list[int]]] = []

        def measure(model: Checkpoint) -> float:
            by_digits.append(right_by_digits(held_out, write(model, held_out)))
            counts = by_digits[-1].values()
            return sum(100 * right / asked for right, asked in counts) / len(counts)

        def note(loop: Loop[Checkpoint]) -> None:
            kept = {"right": loop.right, "rationalized": loop.rationalized, "failed": loop.failed}
            lines.append(
                {"loop": loop.number, "steps": loop.steps, **kept}
                | {"accuracy": round(loop.accuracy, 2), "by_digits": by_digits[-1]}
            )

        parts: Parts[Checkpoint, Addition, str] = Parts(
            generate=lambda model, problems, _: write(model, problems),
            rationalize=lambda model, problems, _: write(model, problems, hint=True),
            is_right=is_right,
            is_reasoned=lambda problem, text: text.count("\n") > 2 * problem.digits,
            train=lambda base, kept, steps, loop: fine_tuned(base, kept, steps, seed, recipe.star),
            measure=measure,
        )
        star(
            base,
            lambda loop: make_additions(recipe.problems, split_seed(seed, loop)),
            parts,
            replace(recipe.settings, rationalizes=rationalizes),
            report=note,
        )
    return Arm(seed, rationalizes, lines, round(process_time() - started, 1))


def write(model: Checkpoint, problems: Sequence[Addition], *, hint: bool = False) -> list[str]:
    """Greedy, as the paper samples."""
    sampled = Sampler(model, batch_size=128).generate(
        [prompt(problem, hint=hint) for problem in problems],
        temperature=0,
        seeds=[0] * len(problems),
        max_new_tokens=LONGEST,
        stop=STOP,
    )
    return [each.text.strip() for each in sampled]


def fine_tuned(
    base: Checkpoint, kept: Sequence[tuple[Addition, str]], steps: int, seed: int, how: Schedule
) -> Checkpoint:
    model = cast(GPTJForCausalLM, copy.deepcopy(base.model))
    examples = [(prompt(problem, hint=False), f"\n{text}") for problem, text in kept]
    train(model, base.tokenizer, epochs(examples, seed), replace(how, steps=steps))
    return Checkpoint(model, base.tokenizer, base.name, revision="")


def right_by_digits(problems: Sequence[Addition], texts: Sequence[str]) -> dict[int, list[int]]:
    """Number of digits -> [right, asked]."""
    counts = {digits: [0, 0] for digits in sorted({problem.digits for problem in problems})}
    for problem, text in zip(problems, texts, strict=True):
        counts[problem.digits][0] += is_right(problem, text)
        counts[problem.digits][1] += 1
    return counts


def is_right(problem: Addition, text: str) -> bool:
    return judge(text, gold_answer=problem.gold_answer).verdict == "right"


def prompt(problem: Addition, *, hint: bool) -> str:
    return ask(problem.question, (), problem.gold_answer if hint else None)


def base_name(seed: int) -> str:
    return f"addition-base-{seed}"


def word_tokenizer() -> PreTrainedTokenizerFast:
    """A token a word, sign and digit; texts come back with the spaces that the format has."""
    words = {word: number for number, word in enumerate([*SIGNS, *"0123456789"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(" ", behavior="removed"),
            pre_tokenizers.Split(Regex(r"[\n()]"), behavior="isolated"),
        ]
    )
    spaces = [("\n ", "\n"), ("( ", "("), (" )", ")")]
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(Regex(r"^(?!\n)"), " "),
            decoders.Fuse(),
            *(decoders.Replace(found, instead) for found, instead in spaces),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        unk_token=UNKNOWN,
        padding_side="left",
        model_max_length=POSITIONS,
        clean_up_tokenization_spaces=False,
    )

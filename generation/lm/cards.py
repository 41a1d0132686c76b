"""The model cards of the tiny models, written with the figures that were just measured."""

from pathlib import Path

from .evaluation import Triples
from .measure import TEMPERATURE, Report

CARD = """\
---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags: [gptj, star, word-problems]
---
# Tiny GPT-J, word problems: {title}

{what}

A `GPTJForCausalLM` of 0.57 M parameters with a tokenizer of its own, trained from random weights
on generated English word problems (2-8 steps, whole numbers up to 100). It ships so that a first
start, the tests and the sample study run on a real model on a plain CPU. It knows nothing else.

## Made by

    .venv/bin/python manage.py train_tiny --seed {seed} --out generation/checkpoints

One thread; the same thread count on the same kind of machine gives the same bits (`SHA256SUMS`).
Data: `generation/datasets/word_problems`, seeds of the *train* split, which shares no question
with the held-out one. Prompts: `generation/prompts/word_problems.py`; a line break ends one.

## Figures

{n} held-out questions (seed 1), one sample each.

{table}

Right answers at temperature {temperature}, in per cent by number of steps:

{by_steps}

Triples (few-shot base, STaR, program-written reference; all three right, one sample each):

{triples}

At temperature {temperature} STaR is {gain} points above the base with the base's better prompt.

## Limits

The gain is mostly sharpening: STaR fine-tunes the base on its own right rationales, and at
temperature 0 the two are closer than at {temperature}. Right answers by wrong reasoning are
planted on purpose (the base learnt them from a noisy author who makes slips that cancel, skips
steps and jumps), so that there is something to judge; nothing here says how often large models do
so. Only stories of the generator's four families can be asked. Not for any use on people's sums.
"""

BASE = "the few-shot base: a careful phase, then the writing of a noisy author."
STAR = (
    "STaR, loop 2: the base fine-tuned on rationales that reached the right answer, sampled by "
    "loop 1, which was made in the same way from the base's own; without rationalization."
)


def write_card(folder: Path, report: Report, *, seed: int) -> None:
    is_star = folder.name.startswith("star")
    card = CARD.format(
        title="STaR" if is_star else "base",
        what=STAR if is_star else BASE,
        seed=seed,
        n=next(iter(report.runs.values())).n,
        temperature=TEMPERATURE,
        gain=report.gain,
        table=runs_table(report),
        by_steps=steps_table(report),
        triples=triples_table(report),
    )
    (folder / "README.md").write_text(card)


def runs_table(report: Report) -> str:
    head = ["model", "prompt", "decoding", "right %", "of the right: by wrong reasoning %"]
    head += ["jumps %", "off the reference's steps %"]
    rows = [
        [model, prompt, decoding(t), f.right, f.wrong_reasoning, f.jumps, f.off_route]
        for (model, prompt, t), f in report.runs.items()
    ]
    return table(head, rows)


def steps_table(report: Report) -> str:
    sampled = {(m, p): f for (m, p, t), f in report.runs.items() if t == TEMPERATURE}
    steps = list(next(iter(sampled.values())).by_steps)
    rows = [[model, prompt, *f.by_steps.values()] for (model, prompt), f in sampled.items()]
    return table(["model", "prompt", *map(str, steps)], rows)


def triples_table(report: Report) -> str:
    head = ["prompt", "triples", "any two differ %", "all differ %", "base / reference %"]
    head += ["STaR / reference %", "base / STaR %"]
    rows = [[prompt, *shares(found)] for prompt, found in report.triples.items()]
    return table(head, rows)


def shares(found: Triples) -> list[float]:
    pairs = [found.few_shot_reference, found.star_reference, found.few_shot_star]
    return [found.n, found.differ, found.all_differ, *pairs]


def decoding(temperature: float) -> str:
    return f"T {temperature}" if temperature else "greedy"


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

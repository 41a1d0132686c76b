"""Figures about rationales for generated word problems: how many are right, and how.

Takes texts, not models: whoever samples, samples. The verdict here knows only this project's own
closing sentence (`The answer is 13.`); other formats are the business of `generation.answers`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generation.datasets.word_problems import Problem
from generation.prompts.word_problems import stated_answer
from generation.steps import (
    differ_as_reasoning,
    is_jump,
    is_right_by_wrong_reasoning,
    step_sequence,
)


@dataclass(frozen=True)
class Figures:
    """Shares in per cent; `wrong_reasoning`, `jumps` and `off_route` are shares of the right."""

    n: int
    right: float
    unparsed: float
    wrong_reasoning: float
    jumps: float
    off_route: float
    by_steps: dict[int, float]


@dataclass(frozen=True)
class Triples:
    """Questions that all three sources got right; the share where any two differ as reasoning,
    where all three do, and where each pair does."""

    n: int
    differ: float
    all_differ: float
    few_shot_reference: float
    star_reference: float
    few_shot_star: float


def is_right(problem: Problem, text: str) -> bool:
    return stated_answer(text) == problem.gold_answer


def figures(problems: Sequence[Problem], texts: Sequence[str]) -> Figures:
    pairs = list(zip(problems, texts, strict=True))
    right = [(p, t) for p, t in pairs if is_right(p, t)]
    steps = sorted({problem.steps for problem in problems})
    return Figures(
        n=len(pairs),
        right=share(is_right(p, t) for p, t in pairs),
        unparsed=share(stated_answer(t) is None for _, t in pairs),
        wrong_reasoning=share(
            is_right_by_wrong_reasoning(t, p.question, right=True) for p, t in right
        ),
        jumps=share(is_jump(t) for _, t in right),
        off_route=share(differ_as_reasoning([t, p.solution]) for p, t in right),
        by_steps={k: share(is_right(p, t) for p, t in pairs if p.steps == k) for k in steps},
    )


def triples(problems: Sequence[Problem], few_shot: Sequence[str], star: Sequence[str]) -> Triples:
    """One sample a question and source."""
    found = [
        (step_sequence(a), step_sequence(b), step_sequence(p.solution))
        for p, a, b in zip(problems, few_shot, star, strict=True)
        if is_right(p, a) and is_right(p, b)
    ]
    return Triples(
        n=len(found),
        differ=share(len(set(three)) > 1 for three in found),
        all_differ=share(len(set(three)) == 3 for three in found),
        few_shot_reference=share(a != c for a, _, c in found),
        star_reference=share(b != c for _, b, c in found),
        few_shot_star=share(a != b for a, b, _ in found),
    )


def share(marks: Iterable[bool]) -> float:
    """Per cent, one decimal; 0 of nothing is 0."""
    values = list(marks)
    return round(100 * sum(values) / len(values), 1) if values else 0.0

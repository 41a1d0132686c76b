"""The two tiny models side by side on held-out questions: every prompt, sampled and greedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generation.datasets.word_problems import Problem, make_problems
from generation.prompts.word_problems import STOP, few_shot, zero_shot

from .evaluation import Figures, Triples, figures, triples
from .sampling import Sampler

HELD_OUT_SEED = 1
TEMPERATURE = 0.8
PROMPTS = {"zero-shot": zero_shot, "few-shot": few_shot}
Run = tuple[str, str, float]
"""Model, prompt, temperature."""


@dataclass(frozen=True)
class Report:
    """`runs` by model, prompt and temperature; `triples` by the prompt of both models."""

    runs: dict[Run, Figures]
    triples: dict[str, Triples]

    @property
    def gain(self) -> float:
        """Points that STaR, with the prompt that suits the base better, is above the base."""
        prompt = max(PROMPTS, key=lambda name: self.runs["base", name, TEMPERATURE].right)
        star, base = (self.runs[model, prompt, TEMPERATURE].right for model in ("STaR", "base"))
        return round(star - base, 1)


def measure(base: Sampler, star: Sampler, n: int, report: Callable[[str], None] = print) -> Report:
    """The same questions and seeds for all; a sample a question."""
    problems = make_problems(n, HELD_OUT_SEED)
    texts: dict[Run, list[str]] = {}
    runs: dict[Run, Figures] = {}
    for model, sampler in (("base", base), ("STaR", star)):
        for prompt in PROMPTS:
            for temperature in (TEMPERATURE, 0.0):
                run = (model, prompt, temperature)
                texts[run] = answer(sampler, problems, prompt, temperature)
                runs[run] = figures(problems, texts[run])
                report(f"{model} {prompt} at temperature {temperature}: {runs[run].right} % right")
    found = {
        prompt: triples(
            problems, texts["base", prompt, TEMPERATURE], texts["STaR", prompt, TEMPERATURE]
        )
        for prompt in PROMPTS
    }
    return Report(runs, found)


def answer(
    sampler: Sampler, problems: Sequence[Problem], prompt: str, temperature: float
) -> list[str]:
    asked = [PROMPTS[prompt](problem.question) for problem in problems]
    seeds = range(len(problems))
    written = sampler.generate(asked, temperature=temperature, seeds=seeds, stop=STOP)
    return [rationale.text for rationale in written]

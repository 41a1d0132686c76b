"""How often a source is right on a question set, by number of steps. Writes nothing.

Waits for a model, so only commands import it.
"""

from collections import Counter
from dataclasses import dataclass

from generation import prompts
from generation.models import Question, QuestionSet, Source
from generation.services.asking import source_prompt
from generation.services.backends import source_backend
from generation.services.chunks import judged, row_seed
from generation.steps import is_right_by_wrong_reasoning, split_steps


@dataclass(frozen=True)
class Accuracy:
    """Shares are of `n` questions; `wrong_reasoning` is of the right ones."""

    n: int
    right: int
    unparsed: int
    wrong_reasoning: int
    by_steps: dict[int, tuple[int, int]]


def source_evaluate(
    *,
    source: Source,
    question_set: QuestionSet,
    temperature: float,
    seed: int,
    max_new_tokens: int = 256,
    limit: int | None = None,
) -> Accuracy:
    """One sample a question. `by_steps`: number of steps of the solution -> (right, asked)."""
    questions = list(question_set.questions.order_by("key")[:limit])
    sampled = source_backend(source).generate(
        [source_prompt(source, question) for question in questions],
        temperature=temperature,
        seeds=[row_seed(seed, question.key, 0, False) for question in questions],
        max_new_tokens=max_new_tokens,
        stop=prompts.stops(source.style),
    )
    right: Counter[int] = Counter()
    total: Counter[int] = Counter()
    unparsed = wrong_reasoning = 0
    for question, written in zip(questions, sampled, strict=True):
        verdict = judged(question, written).verdict
        steps = _steps(question)
        total[steps] += 1
        unparsed += verdict == "unparsed"
        if verdict == "right":
            right[steps] += 1
            wrong_reasoning += is_right_by_wrong_reasoning(written.text, question.text, right=True)
    return Accuracy(
        n=len(questions),
        right=right.total(),
        unparsed=unparsed,
        wrong_reasoning=wrong_reasoning,
        by_steps={steps: (right[steps], total[steps]) for steps in sorted(total)},
    )


def _steps(question: Question) -> int:
    return len(split_steps(question.solution)) if question.solution else 0

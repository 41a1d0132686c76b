"""STaR, the Self-Taught Reasoner, as its paper has it (Zelikman et al. 2022, Algorithm 1).

    M_0 is the original model
    for each loop n:
        generate      a rationale for every question with M_(n-1); keep those with the gold answer
        rationalize   the others, with the answer shown; keep those that are now right
        train         M_n is the ORIGINAL model, fine-tuned on what was kept, without hints

What the parts do is given as functions, so the loop knows no model, file or database. Each part is
named before it is done: whoever remembers what the parts gave goes on after the last finished one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Model = TypeVar("Model")
Question = TypeVar("Question")
Text = TypeVar("Text")


class NothingToLearn(Exception):
    """Not one rationale of a loop was right: the model is no better than chance."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The paper's: 40 steps in the first loop and a fifth more in each; with rationalization."""

    loops: int = 16
    rationalizes: bool = True
    first_steps: int = 40
    growth: float = 1.2
    patience: int | None = None
    """End after so many loops in a row that brought nothing better; None: all `loops` are run."""

    def steps(self, loop: int) -> int:
        return round(self.first_steps * self.growth ** (loop - 1))


@dataclass(frozen=True, slots=True)
class Parts(Generic[Model, Question, Text]):
    """How it is done. `loop` is there to seed by; texts come in the order of the questions."""

    generate: Callable[[Model, Sequence[Question], int], Sequence[Text]]
    rationalize: Callable[[Model, Sequence[Question], int], Sequence[Text]]
    is_right: Callable[[Question, Text], bool]
    is_reasoned: Callable[[Question, Text], bool]
    """Asked of a right text that saw the answer: whether it does more than jump to it."""
    train: Callable[[Model, Sequence[tuple[Question, Text]], int, int], Model]
    """From the original model, on (question, hint-free text), in so many steps, of a loop."""
    measure: Callable[[Model], float]
    """Accuracy on questions held out."""


@dataclass(frozen=True, slots=True)
class Loop(Generic[Model]):
    """What came of one loop. `right`, `rationalized` and `failed` add up to its questions."""

    number: int
    model: Model
    accuracy: float
    right: int = 0
    rationalized: int = 0
    failed: int = 0
    steps: int = 0


def afresh(name: str, part: Callable[[], Any]) -> Any:
    """Remembers nothing, so every part is done."""
    return part()


def star(
    base: Model,
    questions_of: Callable[[int], Sequence[Question]],
    parts: Parts[Model, Question, Text],
    settings: Settings,
    *,
    remember: Callable[[str, Callable[[], Any]], Any] = afresh,
    report: Callable[[Loop[Model]], None] = lambda loop: None,
) -> list[Loop[Model]]:
    """Every loop, beginning with loop 0, the original model as it is.

    `questions_of` gives a loop's questions; `remember(name, part)` does a part, or gives what it
    gave when it was done before; `report` hears of each loop as it ends.
    """
    loops = [Loop(0, base, remember("0 measure", lambda: parts.measure(base)))]
    report(loops[0])
    while len(loops) <= settings.loops and not has_settled(loops, settings.patience):
        n = len(loops)
        loops.append(_loop(n, base, loops[-1].model, questions_of(n), parts, settings, remember))
        report(loops[-1])
    return loops


def _loop(
    n: int,
    base: Model,
    model: Model,
    questions: Sequence[Question],
    parts: Parts[Model, Question, Text],
    settings: Settings,
    remember: Callable[[str, Callable[[], Any]], Any],
) -> Loop[Model]:
    written = remember(f"{n} generate", lambda: parts.generate(model, questions, n))
    pairs = list(zip(questions, written, strict=True))
    right = [pair for pair in pairs if parts.is_right(*pair)]
    failed = [question for question, text in pairs if not parts.is_right(question, text)]

    rationalized: list[tuple[Question, Text]] = []
    if settings.rationalizes and failed:
        told = remember(f"{n} rationalize", lambda: parts.rationalize(model, failed, n))
        rationalized = [
            pair
            for pair in zip(failed, told, strict=True)
            if parts.is_right(*pair) and parts.is_reasoned(*pair)
        ]

    kept, steps = [*right, *rationalized], settings.steps(n)
    if not kept:
        raise NothingToLearn(
            f"None of {len(questions)} rationales of loop {n} was right: the method needs a model "
            "that is above chance."
        )
    trained = remember(f"{n} train", lambda: parts.train(base, kept, steps, n))
    accuracy = remember(f"{n} measure", lambda: parts.measure(trained))
    missed = len(questions) - len(kept)
    return Loop(n, trained, accuracy, len(right), len(rationalized), missed, steps)


def has_settled(loops: Sequence[Loop[Model]], patience: int | None) -> bool:
    """Whether the last so many loops brought nothing better."""
    best = max(loops, key=lambda loop: (loop.accuracy, -loop.number)).number
    return patience is not None and len(loops) - 1 - best >= patience

"""Grade-school word problems from a seed: question, gold answer, careful reference solution.

    Mia has 12 shells. She finds 5 more. She gives 4 to Tom. How many shells are left?
    With the 5 found she has 12 + 5 = 17 shells. Without the 4 for Tom she has 17 - 4 = 13 shells.
    The answer is 13.

Here is what a problem is and how a set of them is drawn. `stories` has the English, `routes` the
ways to solve a story, `author` the writers, careful and noisy. Knows nothing of models or prompts.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generation.steps import numbers_in

from .author import careful
from .routes import routes_of
from .stories import FAMILIES, Story, make_story

SPLITS = ("train", "held-out", "sample")
STEPS = range(2, 9)


@dataclass(frozen=True)
class Problem:
    """A question with its gold answer and the careful author's solution."""

    key: str
    question: str
    gold_answer: str
    solution: str
    steps: int
    story: Story


def split_of(seed: int) -> str:
    """Seeds 0, 3, 6 ... train; 1, 4, 7 ... are held out; 2, 5, 8 ... are for samples and demos."""
    return SPLITS[seed % len(SPLITS)]


def belongs(question: str, split: str) -> bool:
    """Whether a question may appear in a split. Its own text decides, so that no two splits can
    share a question, whatever seeds and sizes they are drawn with."""
    digest = hashlib.sha256(question.encode()).digest()
    return SPLITS[digest[0] % len(SPLITS)] == split


def make_problems(n: int, seed: int, steps: Sequence[int] = STEPS) -> list[Problem]:
    """`n` different problems with their numbers of steps in rotation."""
    problems: dict[str, Problem] = {}
    for story in stories(seed, steps):
        if len(problems) == n:
            break
        key = f"word-problems-{seed}-{len(problems):05d}"
        problem = Problem(
            key, story.question, str(story.answer), careful(story), story.steps, story
        )
        problems.setdefault(story.question, problem)
    return list(problems.values())


def stories(seed: int, steps: Sequence[int] = STEPS) -> Iterator[Story]:
    """An endless stream; the same seed gives the same stories."""
    rng = random.Random(f"word problems {seed}")
    while True:
        for count in steps:
            story = make_story(rng.choice(FAMILIES), count, rng)
            while not (belongs(story.question, split_of(seed)) and is_fair(story)):
                story = make_story(rng.choice(FAMILIES), count, rng)
            yield story


def is_fair(story: Story) -> bool:
    """Its numbers stay positive and small, and its answer does not stand in the question."""
    return bool(routes_of(story)) and story.answer not in numbers_in(story.question)

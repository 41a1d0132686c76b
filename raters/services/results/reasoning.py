"""Steps of reasoning: whether preference goes with difficulty, and who takes how many steps.

Reads the shown texts of the triples with ratings that count; a step is a sentence, as
generation.steps has it. Knows no table but the kinds of the sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generation.models import Source
from generation.steps import split_steps
from raters.models import Study
from raters.services.results.counted import Counted, Ints
from raters.services.results.texts import Shown, rated
from raters.statistics import AtDifficulty, StepCounts, share_by_steps, step_counts


@dataclass(frozen=True, slots=True)
class ByDifficulty:
    """Share best of one source, by how many steps the question takes."""

    source: str
    bins: tuple[AtDifficulty, ...]


@dataclass(frozen=True, slots=True)
class AgainstHuman:
    source: str
    counts: StepCounts


@dataclass(frozen=True, slots=True)
class Reasoning:
    """`human` is the source that people wrote, "" without exactly one of that kind.

    Difficulty is the number of steps that people take, or without them the mean of all sources.
    """

    human: str
    difficulty: tuple[ByDifficulty, ...]
    against_human: tuple[AgainstHuman, ...]


def reasoning(
    counted: Counted, shown: Shown, names: tuple[str, ...], human: int | None
) -> Reasoning:
    """`human` is the position of the source that people wrote, if it is one (`written_by`)."""
    texts = rated(shown, counted)
    steps = np.array(
        [[len(split_steps(text)) for text in of_triple] for of_triple in texts], dtype=np.intp
    ).reshape(len(texts), len(names))
    return Reasoning(
        human="" if human is None else names[human],
        difficulty=_difficulty(counted, steps, names, human),
        against_human=tuple(
            AgainstHuman(name, step_counts(steps[:, human], steps[:, a]))
            for a, name in enumerate(names)
            if human is not None and a != human
        ),
    )


def source_kinds(study: Study) -> list[str]:
    """By position."""
    sources = study.study_sources.order_by("position")
    return list(sources.values_list("source__kind", flat=True))


def written_by_people(kinds: Sequence[str]) -> int | None:
    """The one source of these kinds that people wrote; None where it is none, or several."""
    people = [at for at, kind in enumerate(kinds) if kind == Source.Kind.HUMAN]
    return people[0] if len(people) == 1 else None


def _difficulty(
    counted: Counted, steps: Ints, names: tuple[str, ...], human: int | None
) -> tuple[ByDifficulty, ...]:
    if not len(counted.triple):
        return ()
    hard = np.floor(steps.mean(axis=1) + 0.5).astype(np.intp) if human is None else steps[:, human]
    return tuple(
        ByDifficulty(
            name,
            share_by_steps(
                counted.rater, counted.question, counted.best == a, hard[counted.triple]
            ),
        )
        for a, name in enumerate(names)
    )

"""Steps of reasoning: whether preference goes with difficulty, and who takes how many steps.

And the questions to look at by hand: flagged by raters, a model preferred to people by all, texts
that state different answers. Reads the shown texts and what each states; a step is a sentence, as
generation.steps has it. What counts is as everywhere in this package (counted.py).
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef

from generation.answers import Choice, extract, same_answer
from generation.models import Source
from generation.steps import split_steps
from raters.models import Flag, Place, Study, TripleRationale
from raters.services.results.counted import Counted, Ints
from raters.statistics import (
    AtDifficulty,
    StepCounts,
    share_by_steps,
    step_counts,
    suspect_questions,
)


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
class SuspectLine:
    """`question` is its key in the set."""

    question: str
    reasons: tuple[str, ...]
    ratings: int
    flags: int


@dataclass(frozen=True, slots=True)
class Reasoning:
    """`human` is the source that people wrote, "" without exactly one of that kind.

    Difficulty is the number of steps that people take, or without them the mean of all sources.
    """

    human: str
    difficulty: tuple[ByDifficulty, ...]
    against_human: tuple[AgainstHuman, ...]
    suspects: tuple[SuspectLine, ...]


@dataclass(frozen=True, slots=True)
class _Texts:
    """Row by row a triple of the study: `steps[i, a]` of source a, whether its answers differ."""

    at: dict[int, int]
    question: list[str]
    steps: Ints
    differ: list[bool]


def reasoning(study: Study, counted: Counted, names: tuple[str, ...]) -> Reasoning:
    texts = _texts(study, len(names))
    people = [
        position
        for position, kind in study.study_sources.order_by("position").values_list(
            "position", "source__kind"
        )
        if kind == Source.Kind.HUMAN
    ]
    human = people[0] if len(people) == 1 else None
    return Reasoning(
        human="" if human is None else names[human],
        difficulty=_difficulty(counted, texts, names, human),
        against_human=tuple(
            AgainstHuman(name, step_counts(texts.steps[:, human], texts.steps[:, a]))
            for a, name in enumerate(names)
            if human is not None and a != human
        ),
        suspects=_suspects(study, counted, texts, human),
    )


def _texts(study: Study, sources: int) -> _Texts:
    places = Place.objects.filter(triple=OuterRef("triple"))  # checks have none
    members = (
        TripleRationale.objects.filter(Exists(places), triple__study=study)
        .order_by("triple__number", "position")
        .values_list(
            "triple_id", "triple__question__key", "triple__question__choices", "position",
            "shown_text", "rationale__text",
        )
    )  # fmt: skip
    at: dict[int, int] = {}
    question: list[str] = []
    steps: list[list[int]] = []
    stated: list[list[str]] = []
    for triple, key, choices, position, shown, text in members.iterator():
        if triple not in at:
            at[triple] = len(at)
            question.append(key)
            steps.append([0] * sources)
            stated.append([])
        steps[-1][position] = len(split_steps(shown))
        stated[-1] += _stated(text, choices)
    return _Texts(
        at=at,
        question=question,
        steps=np.array(steps, dtype=np.intp).reshape(len(steps), sources),
        differ=[any(not same_answer(each, one[0]) for each in one) for one in stated],
    )


def _stated(text: str, choices: list[dict[str, str]]) -> list[str]:
    """The answer that a text names in so many words, if it does."""
    found = extract(text, [Choice(**each) for each in choices], explicit_only=True)
    return [] if found.answer is None else [found.answer]


def _difficulty(
    counted: Counted, texts: _Texts, names: tuple[str, ...], human: int | None
) -> tuple[ByDifficulty, ...]:
    if not len(counted.triple):
        return ()
    rows = np.array([texts.at[triple] for triple in counted.triple.tolist()], dtype=np.intp)
    hard = (
        np.floor(texts.steps.mean(axis=1) + 0.5).astype(np.intp)
        if human is None
        else texts.steps[:, human]
    )
    return tuple(
        ByDifficulty(
            name, share_by_steps(counted.rater, counted.question, counted.best == a, hard[rows])
        )
        for a, name in enumerate(names)
    )


def _suspects(
    study: Study, counted: Counted, texts: _Texts, human: int | None
) -> tuple[SuspectLine, ...]:
    compared, above = _models_above(counted, human)
    of_key: dict[str, list[int]] = defaultdict(list)
    for triple, row in texts.at.items():
        of_key[texts.question[row]].append(triple)
    flagged = dict(_flags(study))
    keys = sorted(of_key)
    found = suspect_questions(
        keys,
        flags=[flagged.get(key, 0) for key in keys],
        model_above=[sum(above[triple] for triple in of_key[key]) for key in keys],
        compared=[sum(compared[triple] for triple in of_key[key]) for key in keys],
        answers_differ=[any(texts.differ[texts.at[t]] for t in of_key[key]) for key in keys],
    )
    return tuple(
        SuspectLine(str(one.question), one.reasons, one.ratings, one.flags) for one in found
    )


def _models_above(counted: Counted, human: int | None) -> tuple[dict[int, int], dict[int, int]]:
    """By triple: ratings that compare people with the models, and those with a model on top.

    Every rating compares; *too close* and *none good* prefer nothing to people.
    """
    compared, above = defaultdict[int, int](int), defaultdict[int, int](int)
    if human is None:
        return compared, above
    for triple, best in zip(counted.triple.tolist(), counted.best.tolist(), strict=True):
        compared[triple] += 1
        above[triple] += best >= 0 and best != human
    return compared, above


def _flags(study: Study) -> Any:
    return (
        Flag.objects.filter(assignment__study=study)
        .order_by()
        .values_list("assignment__triple__question__key")
        .annotate(Count("pk"))
    )

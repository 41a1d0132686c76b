"""Questions to look at by hand: flagged by raters, a model preferred to people by all, answers that
differ between texts. Of every question of the study, whether it was rated or not.

Reads what the texts as written state. Leaves nothing out: a suspect question counts.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef

from generation.answers import extract, read_choices, same_answer
from raters.models import Flag, Place, Study, TripleRationale
from raters.services.results.counted import Counted
from raters.statistics import suspect_questions


@dataclass(frozen=True, slots=True)
class SuspectLine:
    """`question` is its key in the set."""

    question: str
    reasons: tuple[str, ...]
    ratings: int
    flags: int


def suspects(study: Study, counted: Counted, human: int | None) -> tuple[SuspectLine, ...]:
    compared, above = _models_above(counted, human)
    stated, flagged = _stated(study), dict(_flags(study))
    keys = sorted(stated)
    found = suspect_questions(
        keys,
        flags=[flagged.get(key, 0) for key in keys],
        model_above=[above[key] for key in keys],
        compared=[compared[key] for key in keys],
        answers_differ=[
            any(not same_answer(each, one[0]) for one in stated[key] for each in one)
            for key in keys
        ],
    )
    return tuple(
        SuspectLine(str(one.question), one.reasons, one.ratings, one.flags) for one in found
    )


def _stated(study: Study) -> dict[str, list[list[str]]]:
    """By question: of each of its triples, the answers that texts name in so many words."""
    places = Place.objects.filter(triple=OuterRef("triple"))  # checks have none
    members = (
        TripleRationale.objects.filter(Exists(places), triple__study=study)
        .order_by("triple__number", "position")
        .values_list(
            "triple__number", "triple__question__key", "triple__question__choices",
            "rationale__text",
        )
    )  # fmt: skip
    by_triple: dict[tuple[str, int], list[str]] = defaultdict(list)
    for number, key, choices, text in members.iterator():
        found = extract(text, read_choices(choices), explicit_only=True)
        by_triple[key, number] += [] if found.answer is None else [found.answer]
    stated: dict[str, list[list[str]]] = defaultdict(list)
    for (key, _), answers in by_triple.items():
        stated[key].append(answers)
    return stated


def _models_above(counted: Counted, human: int | None) -> tuple[Counter[str], Counter[str]]:
    """By question: ratings that compare people with the models, and those with a model on top.

    Every rating compares; *too close* and *none good* prefer nothing to people.
    """
    compared, above = Counter[str](), Counter[str]()
    if human is None:
        return compared, above
    for question, best in zip(counted.question.tolist(), counted.best.tolist(), strict=True):
        compared[counted.questions[question]] += 1
        above[counted.questions[question]] += best >= 0 and best != human
    return compared, above


def _flags(study: Study) -> Any:
    return (
        Flag.objects.filter(assignment__study=study)
        .order_by()
        .values_list("assignment__triple__question__key")
        .annotate(Count("pk"))
    )

"""Makes word problems and sums into question sets, the program's own solution as a source.

Knows: that what a program wrote is shown as program-written, never as human. Does not know: how
problems are made (generation.datasets) or how lines are imported (imports.py).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from json import dumps

from django.contrib.auth.models import User

from generation.datasets.addition import DIGITS, Addition, make_additions
from generation.datasets.word_problems import STEPS, Problem, make_problems
from generation.models import Source
from generation.services.imports import RationalesImported, rationales_import
from generation.services.sources import SourceRefused, source_create

REFERENCE = "reference"


def problems_make(
    *,
    number: int,
    seed: int,
    set_name: str,
    now: datetime,
    user: User | None = None,
    steps: Sequence[int] = STEPS,
) -> RationalesImported:
    """Add `number` problems to the named set; the same arguments again add nothing."""
    _check_reference(now)
    return rationales_import(
        lines=_lines(make_problems(number, seed, steps)),
        format="jsonl",
        set_name=set_name,
        user=user,
        now=now,
    )


def additions_make(
    *,
    number: int,
    seed: int,
    set_name: str,
    now: datetime,
    user: User | None = None,
    digits: Sequence[int] = DIGITS,
    columns: bool = False,
    backwards: bool = False,
) -> RationalesImported:
    """Add `number` sums to the named set; the same arguments again add nothing."""
    _check_reference(now)
    return rationales_import(
        lines=_addition_lines(make_additions(number, seed, digits), columns, backwards),
        format="jsonl",
        set_name=set_name,
        user=user,
        now=now,
    )


def _check_reference(now: datetime) -> None:
    reference = Source.objects.filter(name=REFERENCE).first()
    if reference is None:
        source_create(name=REFERENCE, kind=Source.Kind.PROGRAM, now=now)
    elif reference.kind != Source.Kind.PROGRAM:
        raise SourceRefused(
            f"The source '{REFERENCE}' is of kind {reference.kind}; what a program wrote needs "
            "one of kind program: give yours another name."
        )


def _lines(problems: list[Problem]) -> Iterator[str]:
    for problem in problems:
        yield _line(problem.key, problem.question, problem.gold_answer, problem.solution)


def _addition_lines(additions: list[Addition], columns: bool, backwards: bool) -> Iterator[str]:
    for made in additions:
        solution = made.scratchpad(columns=columns, backwards=backwards)
        yield _line(made.key, made.question, made.gold_answer, solution)


def _line(key: str, question: str, answer: str, solution: str) -> str:
    return dumps(
        {
            "id": key,
            "question": question,
            "answer": answer,
            "solution": solution,
            "rationales": [{"source": REFERENCE, "text": solution}],
        }
    )

"""Makes word problems into a question set, with the program's own solution as a source.

Knows: that what a program wrote is shown as program-written, never as human. Does not know: how
problems are made (generation.datasets.word_problems) or how lines are imported (imports.py).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from json import dumps

from django.contrib.auth.models import User

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
    reference = Source.objects.filter(name=REFERENCE).first()
    if reference is None:
        source_create(name=REFERENCE, kind=Source.Kind.PROGRAM, now=now)
    elif reference.kind != Source.Kind.PROGRAM:
        raise SourceRefused(
            f"The source '{REFERENCE}' is of kind {reference.kind}; what a program wrote needs "
            "one of kind program: give yours another name."
        )
    return rationales_import(
        lines=_lines(make_problems(number, seed, steps)),
        format="jsonl",
        set_name=set_name,
        user=user,
        now=now,
    )


def _lines(problems: list[Problem]) -> Iterator[str]:
    for problem in problems:
        yield dumps(
            {
                "id": problem.key,
                "question": problem.question,
                "answer": problem.gold_answer,
                "solution": problem.solution,
                "rationales": [{"source": REFERENCE, "text": problem.solution}],
            }
        )

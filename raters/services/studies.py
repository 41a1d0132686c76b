"""Makes studies: a draft with its triples and places, or the reason why not.

Knows: what a study needs to be made. Does not know: which settings go together (protocols.py), how
triples are drawn (services/drawing.py), how their places are made (services/places.py), or what
happens to a study once it is made (services/study_states.py).
"""

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from generation.models import QuestionSet, Source
from raters.models import Study, StudySource, Triple, TripleRationale
from raters.protocols import Size, StudyRefused, StudySettings
from raters.services.drawing import Drawing, NothingDrawn, draw_triples
from raters.services.places import Plan, places_design, places_write

ROWS_AT_ONCE = 1000
FEWEST_SOURCES, MOST_SOURCES = 2, 6
MOST_PLACES = 1_000_000
LONGEST_NAME = 200
SEEDS = range(-(2**63), 2**63)  # what the column holds


def study_create(
    *,
    owner: User,
    name: str,
    question_set: QuestionSet,
    sources: list[Source],
    now: datetime,
    questions: int | None = None,
    seed: int | None = None,
    **settings: Any,
) -> Study:
    """A draft with its triples and places: one triple a question that every source got right.

    `settings` are those of StudySettings. Without a seed one is drawn that nobody can guess, and
    kept: orders follow from it.
    """
    name = name.strip()
    seed = secrets.randbelow(2**62) if seed is None else seed
    asked = StudySettings(**settings)
    study_name_check(name=name)
    drawing = _draw(asked, question_set, sources, questions, seed)
    drawn = drawing.funnel.drawn
    study = Study(
        owner=owner,
        name=name,
        question_set=question_set,
        triple_count=drawn,
        seed=seed,
        last_question=question_set.questions.aggregate(last=Max("pk"))["last"],
        funnel=asdict(drawing.funnel),
        created_at=now,
        **asked.columns(triples=drawn),
    )
    _write(study, drawing, places_design(study=study, slots=len(sources)))
    return study


def study_size(
    *,
    question_set: QuestionSet,
    sources: list[Source],
    questions: int | None = None,
    **settings: Any,
) -> Size:
    """What `study_create` would make of the same arguments, or why it would refuse them."""
    asked = StudySettings(**settings)
    drawing = _draw(asked, question_set, sources, questions, seed=0)
    return asked.size(triples=drawing.funnel.drawn)


def study_name_check(*, name: str) -> None:
    """Refuse a name that no new study can have."""
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise StudyRefused(f"A study needs a name of 1 to {LONGEST_NAME} printable characters.")
    if Study.objects.filter(name=name).exists():
        raise StudyRefused(f"There is a study named '{name}' already; choose another name.")


def _draw(
    asked: StudySettings,
    question_set: QuestionSet,
    sources: list[Source],
    questions: int | None,
    seed: int,
) -> Drawing:
    """The triples of a study whose numbers all make sense."""
    _check_sources(sources)
    asked.check(slots=len(sources))
    if questions is not None and questions < 1:
        raise StudyRefused(f"The number of questions is {questions}; it has to be 1 or more.")
    if seed not in SEEDS:
        raise StudyRefused(f"The seed {seed} is too large; use one of at most 18 digits.")
    try:
        drawing = draw_triples(
            question_set=question_set, sources=sources, wanted=questions, seed=seed
        )
    except NothingDrawn as problem:
        raise StudyRefused(str(problem)) from None
    drawn, each = drawing.funnel.drawn, asked.triples_per_rater
    if each and each > drawn:
        raise StudyRefused(f"A rater cannot rate {each} triples: there are {drawn}.")
    if asked.raters_per_triple * drawn > MOST_PLACES:
        raise StudyRefused(
            f"{drawn} triples with {asked.raters_per_triple} raters each are more than "
            f"{MOST_PLACES:,} ratings; ask for fewer of either."
        )
    return drawing


def _check_sources(sources: list[Source]) -> None:
    if not FEWEST_SOURCES <= len(sources) <= MOST_SOURCES:
        raise StudyRefused(
            f"A study compares {FEWEST_SOURCES} to {MOST_SOURCES} sources, not {len(sources)}."
        )
    if len({source.pk for source in sources}) < len(sources):
        raise StudyRefused("A source is named twice; the sources of a study are distinct.")


def _write(study: Study, drawing: Drawing, plans: list[Plan]) -> None:
    """All rows of a new study in one transaction, for which everything was worked out before."""
    try:
        with transaction.atomic():
            study.save()
            StudySource.objects.bulk_create(
                StudySource(study=study, source=source, position=position)
                for position, source in enumerate(drawing.sources)
            )
            triples = _write_triples(study, drawing)
            places_write(study=study, triples=[triple.pk for triple in triples], plans=plans)
    except IntegrityError:
        raise StudyRefused(
            f"'{study.name}' could not be made: a study of this name, or a change of its "
            "rationales, came in between. Try again."
        ) from None


def _write_triples(study: Study, drawing: Drawing) -> list[Triple]:
    triples, members = [], []
    for number, drawn in enumerate(drawing.triples):
        triple = Triple(
            study=study,
            question=drawn.question,
            number=number,
            has_identical_texts=drawn.has_identical_texts,
            has_identical_shown=drawn.has_identical_shown,
        )
        triples.append(triple)
        members += [
            TripleRationale(
                triple=triple,
                position=position,
                rationale=rationale,
                source_id=rationale.source_id,
                shown_text=text.text,
                changes=list(text.changes),
            )
            for position, (rationale, text) in enumerate(
                zip(drawn.rationales, drawn.shown, strict=True)
            )
        ]
    Triple.objects.bulk_create(triples, batch_size=ROWS_AT_ONCE)
    TripleRationale.objects.bulk_create(members, batch_size=ROWS_AT_ONCE)
    return triples

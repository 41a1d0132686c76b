"""Makes workshops: which questions a room will see, and in which slot each rationale stands.

Two ways: triples of a closed study, with the texts as its raters saw them; or questions of a set
with sources to compare, drawn and normalised by the same code as a study's triples. What the room
sees depends on the seed and on the texts alone, never on names, ids or the order of creation.

What blinding allows: a question that a running study asks (anyone's, open or paused) is in no
workshop, since a rater of that study may sit in the room. moving.py looks again before it shows
one.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from generation.models import Question, QuestionSet, Source
from raters.assignment.squares import design_orders
from raters.models import (
    AuditEntry,
    Study,
    Triple,
    Workshop,
    WorkshopItem,
    WorkshopText,
)
from raters.services.drawing import NothingDrawn, draw_triples

# Consonants that neither look alike nor make words: 17 ** 6 codes, 24 million.
LETTERS, LETTERS_IN_CODE = "BCDFGHJKMNPQRTWXZ", 6
MOST_QUESTIONS, LONGEST_NAME, MOST_TRIES = 100, 200, 20
RUNNING = (Study.State.OPEN, Study.State.PAUSED)


class WorkshopRefused(Exception):
    """Why a workshop cannot be made or moved, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A rationale and its text, before it has a slot."""

    rationale: int
    source: int
    text: str


Chosen = list[tuple[Question, list[Shown]]]


def running_questions() -> QuerySet[Triple, int]:
    """The questions that a running study asks, by primary key."""
    running = Triple.objects.filter(study__state__in=RUNNING)
    return running.order_by().values_list("question", flat=True)


def workshop_create_of_study(
    *,
    user: User,
    study: Study,
    name: str,
    now: datetime,
    numbers: Sequence[int] = (),
    count: int | None = None,
    seed: int | None = None,
) -> Workshop:
    """Triples of a closed study: those with these numbers, or `count` of them by the seed."""
    if study.state != Study.State.CLOSED:
        raise WorkshopRefused(
            f"'{study.name}' is {study.get_state_display()}: a workshop tells who wrote what, so "
            "only a closed study can be shown."
        )
    seed = _seed(seed)
    triples = study.triples.filter(kind=Triple.Kind.STUDY).exclude(question__in=running_questions())
    wanted = triples.filter(number__in=numbers) if numbers else triples
    found = list(wanted.order_by("number").values_list("number", flat=True))
    if numbers and len(found) < len(set(numbers)):
        gone = sorted(set(numbers) - set(found))
        raise WorkshopRefused(
            f"Triple {gone[0]} is not one of '{study.name}' or is asked by a running study; "
            "leave it out."
        )
    if not numbers and count is not None:
        found = Random(seed).sample(found, min(count, len(found)))
    chosen = list(_of_triples(triples, found))
    workshop = Workshop(owner=user, name=name, study=study, seed=seed, created_at=now)
    with transaction.atomic():
        _write(workshop, chosen)
        detail = f"{len(chosen)} questions of it"
        AuditEntry.objects.create(
            study=study, user=user, action="put into a workshop", detail=detail, at=now
        )
    return workshop


def workshop_create_of_set(
    *,
    user: User,
    question_set: QuestionSet,
    sources: list[Source],
    name: str,
    now: datetime,
    questions: Sequence[int] = (),
    count: int | None = None,
    seed: int | None = None,
) -> Workshop:
    """Questions of a set, as compared between these sources: the given ones, or `count` of them."""
    if not 2 <= len({source.pk for source in sources}) == len(sources) <= 6:
        raise WorkshopRefused("A workshop compares 2 to 6 different sources; three is usual.")
    seed = _seed(seed)
    free = question_set.questions.exclude(pk__in=running_questions())
    wanted = free.filter(pk__in=questions) if questions else free
    among = set(wanted.values_list("pk", flat=True))
    if questions and len(among) < len(set(questions)):
        raise WorkshopRefused(
            "One of the questions is asked by a running study, or is none of "
            f"'{question_set.name}'; leave it out."
        )
    try:
        drawing = draw_triples(
            question_set=question_set,
            sources=sources,
            wanted=None if questions else count,
            seed=seed,
            among=among,
        )
    except NothingDrawn as problem:
        raise WorkshopRefused(
            f"{problem} Questions that a running study asks are left out."
        ) from None
    chosen: Chosen = [
        (
            drawn.question,
            [
                Shown(rationale.pk, rationale.source_id, shown.text)
                for rationale, shown in zip(drawn.rationales, drawn.shown, strict=True)
            ],
        )
        for drawn in drawing.triples
    ]
    workshop = Workshop(owner=user, name=name, seed=seed, created_at=now)
    with transaction.atomic():
        _write(workshop, chosen)
    return workshop


def _seed(seed: int | None) -> int:
    """Nobody can guess in which slot whose text stands, unless the seed was named."""
    return secrets.randbelow(2**62) if seed is None else seed


def _of_triples(
    triples: QuerySet[Triple], numbers: list[int]
) -> Iterator[tuple[Question, list[Shown]]]:
    found = triples.filter(number__in=numbers).select_related("question")
    by_number = {triple.number: triple for triple in found.prefetch_related("members")}
    for number in numbers:
        triple = by_number[number]
        members = sorted(triple.members.all(), key=lambda member: member.position)
        yield (
            triple.question,
            [Shown(each.rationale_id, each.source_id, each.shown_text) for each in members],
        )


def _write(workshop: Workshop, chosen: Chosen) -> None:
    """All rows of a workshop; every source stands in every slot equally often, nearly."""
    workshop.name = workshop.name.strip()
    if not workshop.name or not workshop.name.isprintable() or len(workshop.name) > LONGEST_NAME:
        raise WorkshopRefused(f"A workshop needs a name of 1 to {LONGEST_NAME} printable letters.")
    if not chosen:
        raise WorkshopRefused(
            "There is no question to show: running studies ask them all, or no triple was made. "
            "Close the study, or choose another."
        )
    if len(chosen) > MOST_QUESTIONS:
        raise WorkshopRefused(
            f"{len(chosen)} questions are too many for a workshop; choose at most {MOST_QUESTIONS}."
        )
    _save_with_code(workshop)
    items = [
        WorkshopItem(workshop=workshop, position=position, question=question)
        for position, (question, _) in enumerate(chosen)
    ]
    WorkshopItem.objects.bulk_create(items)
    orders = _orders(len(chosen[0][1]), workshop.seed)
    WorkshopText.objects.bulk_create(
        WorkshopText(
            item=item,
            slot=slot,
            rationale_id=shown[place].rationale,
            source_id=shown[place].source,
            shown_text=shown[place].text,
        )
        for item, (_, shown) in zip(items, chosen, strict=True)
        for slot, place in enumerate(next(orders))
    )


def _orders(slots: int, seed: int) -> Iterator[tuple[int, ...]]:
    """The orders of a study's squares, in a sequence that the last one does not tell."""
    rng = Random(seed)
    while True:
        orders = list(design_orders(slots=slots, seed=seed))
        rng.shuffle(orders)
        yield from orders


def _save_with_code(workshop: Workshop) -> None:
    for _ in range(MOST_TRIES):
        workshop.join_code = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE))
        try:
            with transaction.atomic():
                return workshop.save()
        except IntegrityError:  # another workshop has this code
            workshop.pk = None
    raise WorkshopRefused("No free code was found; end workshops that are over, and try again.")

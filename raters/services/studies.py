"""Makes, opens and closes studies, and adds their raters.

Knows: what a study needs to be made, and who may do what to it when. Does not know: how triples
are drawn (services/drawing.py), the design of their places (raters.assignment), or how they are
handed out (services/assigning.py).
"""

import itertools
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count

from generation.models import QuestionSet, Source
from raters import assignment as design
from raters import blinding
from raters.models import (
    AuditEntry,
    Place,
    Rater,
    Study,
    StudySource,
    Triple,
    TripleRationale,
    new_code,
)
from raters.services import assigning
from raters.services.drawing import Drawing, NothingDrawn, draw_triples

ROWS_AT_ONCE = 1000
FEWEST_SOURCES, MOST_SOURCES = 2, 6
MOST_PLACES = 1_000_000
MOST_RATERS_AT_ONCE = 1000
LONGEST_NAME = 200
LONGEST_INSTRUCTIONS = 10_000
LONGEST_LEASE = 7 * 24 * 60  # minutes
SEEDS = range(-(2**63), 2**63)  # what the column holds


class StudyRefused(Exception):
    """Why a study cannot be made or moved, as a sentence that says what to do."""


@dataclass(frozen=True)
class Fill:
    """How full a study is: counts of places and raters, nothing about sources."""

    places: int
    filled: int
    held: int
    open: int
    raters: int


def study_create(
    *,
    owner: User,
    name: str,
    question_set: QuestionSet,
    sources: list[Source],
    raters_per_triple: int,
    now: datetime,
    questions: int | None = None,
    triples_per_rater: int | None = None,
    seed: int | None = None,
    instructions: str = "",
    shows_gold_answer: bool = True,
    allows_none_good: bool = True,
    allows_too_close: bool = True,
    lease_minutes: int = 20,
) -> Study:
    """A draft with its triples and places: one triple a question that every source got right.

    Without a seed one is drawn that nobody can guess, and kept: orders follow from it.
    """
    name = name.strip()
    seed = secrets.randbelow(2**62) if seed is None else seed
    _check(name, sources, raters_per_triple, questions, triples_per_rater)
    _check_settings(instructions, lease_minutes)
    if seed not in SEEDS:
        raise StudyRefused(f"The seed {seed} is too large; use one of at most 18 digits.")
    try:
        drawing = draw_triples(
            question_set=question_set, sources=sources, wanted=questions, seed=seed
        )
    except NothingDrawn as problem:
        raise StudyRefused(str(problem)) from None
    drawn = drawing.funnel.drawn
    if triples_per_rater and triples_per_rater > drawn:
        raise StudyRefused(f"A rater cannot rate {triples_per_rater} triples: there are {drawn}.")
    if raters_per_triple * drawn > MOST_PLACES:
        raise StudyRefused(
            f"{drawn} triples with {raters_per_triple} raters each are more than "
            f"{MOST_PLACES:,} ratings; ask for fewer of either."
        )
    study = Study(
        owner=owner,
        name=name,
        question_set=question_set,
        raters_per_triple=raters_per_triple,
        triples_per_rater=triples_per_rater,
        triple_count=drawn,
        seed=seed,
        instructions=instructions.strip(),
        shows_gold_answer=shows_gold_answer,
        allows_none_good=allows_none_good,
        allows_too_close=allows_too_close,
        lease_minutes=lease_minutes,
        funnel=asdict(drawing.funnel),
        created_at=now,
    )
    places = design.design_places(
        triples=drawn, places_per_triple=raters_per_triple, slots=len(sources), seed=seed
    )
    _write(study, drawing, places)
    return study


def study_open(*, study: Study, user: User, now: datetime) -> None:
    with transaction.atomic():
        moved = Study.objects.filter(pk=study.pk, state=Study.State.DRAFT).update(
            state=Study.State.OPEN, opened_at=now
        )
        if not moved:
            raise StudyRefused(f"'{study.name}' is {_state(study)}: only a draft can be opened.")
        _note(study, user, "opened", now)
    study.refresh_from_db()


def study_close(*, study: Study, user: User, now: datetime) -> None:
    """No new triples from here on; what is in hand goes back, and comes in late if it comes.

    Two transactions, so that none holds the study while it waits for those who rate just now.
    """
    with transaction.atomic():
        moved = Study.objects.filter(pk=study.pk, state=Study.State.OPEN).update(
            state=Study.State.CLOSED, closed_at=now
        )
        if not moved:
            raise StudyRefused(f"'{study.name}' is {_state(study)}: only an open one can close.")
        _note(study, user, "closed", now)
    assigning.assignments_lapse(study=study, now=now, everyone=True)
    study.refresh_from_db()


def study_unblind_note(*, study: Study, user: User | None, page: str, now: datetime) -> None:
    """Write down that this person has seen who wrote what; None is whoever ran a command."""
    _note(study, user, "un-blinded", now, page)


def raters_add(*, study: Study, count: int, now: datetime, invited: bool = False) -> list[Rater]:
    """New raters with personal links, named by their number in the study."""
    if not 1 <= count <= MOST_RATERS_AT_ONCE:
        raise StudyRefused(f"{count} raters cannot be added; 1 to {MOST_RATERS_AT_ONCE} can.")
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.state == Study.State.CLOSED:
            raise StudyRefused(f"'{locked.name}' is closed: it takes no more raters.")
        taken = set(locked.raters.values_list("name", flat=True))
        names = (f"Rater {n}" for n in itertools.count(len(taken) + 1))
        free = itertools.islice((name for name in names if name not in taken), count)
        return Rater.objects.bulk_create(
            Rater(study=study, name=name, is_invited=invited, created_at=now) for name in free
        )


def invitation_switch(*, study: Study, user: User, on: bool, now: datetime) -> None:
    """Let anyone who has the invitation join, or nobody. One that was switched off stays dead."""
    with transaction.atomic():
        moved = (
            Study.objects.filter(pk=study.pk, invitation_code__isnull=on)
            .exclude(state=Study.State.CLOSED)
            .update(invitation_code=new_code() if on else None)
        )
        if moved:
            _note(study, user, f"invitation {'on' if on else 'off'}", now)
    study.refresh_from_db()


def study_fill(*, study: Study) -> Fill:
    counts = dict(
        study.places.order_by().values("state").annotate(n=Count("id")).values_list("state", "n")
    )
    return Fill(
        places=sum(counts.values()),
        filled=counts.get(Place.State.FILLED, 0),
        held=counts.get(Place.State.HELD, 0),
        open=counts.get(Place.State.OPEN, 0),
        raters=study.raters.count(),
    )


def _check_settings(instructions: str, lease_minutes: int) -> None:
    if len(instructions) > LONGEST_INSTRUCTIONS or "\0" in instructions:
        raise StudyRefused(
            f"Instructions are plain text of at most {LONGEST_INSTRUCTIONS:,} characters."
        )
    if not 1 <= lease_minutes <= LONGEST_LEASE:
        raise StudyRefused(f"A triple can be in hand for 1 to {LONGEST_LEASE:,} minutes.")


def _check(
    name: str,
    sources: list[Source],
    raters_per_triple: int,
    questions: int | None,
    triples_per_rater: int | None,
) -> None:
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise StudyRefused(f"A study needs a name of 1 to {LONGEST_NAME} printable characters.")
    if Study.objects.filter(name=name).exists():
        raise StudyRefused(f"There is a study named '{name}' already; choose another name.")
    if not FEWEST_SOURCES <= len(sources) <= MOST_SOURCES:
        raise StudyRefused(
            f"A study compares {FEWEST_SOURCES} to {MOST_SOURCES} sources, not {len(sources)}."
        )
    if len({source.pk for source in sources}) < len(sources):
        raise StudyRefused("A source is named twice; the sources of a study are distinct.")
    for what, number in (
        ("raters per triple", raters_per_triple),
        ("questions", questions),
        ("triples per rater", triples_per_rater),
    ):
        if number is not None and number < 1:
            raise StudyRefused(f"The number of {what} is {number}; it has to be 1 or more.")


def _write(study: Study, drawing: Drawing, places: list[design.PlannedPlace]) -> None:
    """All rows of a new study in one transaction, for which everything was worked out before."""
    try:
        with transaction.atomic():
            study.save()
            StudySource.objects.bulk_create(
                StudySource(study=study, source=source, position=position)
                for position, source in enumerate(drawing.sources)
            )
            triples = _write_triples(study, drawing)
            Place.objects.bulk_create(
                (
                    Place(
                        study=study,
                        triple=triples[place.triple],
                        number=place.number,
                        order=blinding.order_text(place.order),
                        queue=place.queue,
                    )
                    for place in places
                ),
                batch_size=ROWS_AT_ONCE,
            )
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


def _note(study: Study, user: User | None, action: str, now: datetime, detail: str = "") -> None:
    AuditEntry.objects.create(study=study, user=user, action=action, detail=detail, at=now)


def _state(study: Study) -> str:
    return Study.objects.only("state").get(pk=study.pk).get_state_display()

"""Makes, opens and closes studies, and adds their raters.

Knows: the funnel from questions to triples, and that everything drawn depends on the seed and the
texts alone, never on names, ids or the order of creation. Does not know: the design of places
(raters.assignment), how texts are made alike (raters.normalisation), how triples are handed out.
"""

import itertools
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count

from generation.answers import Choice, display_answer
from generation.models import Question, QuestionSet, Rationale, Source
from raters import assignment as design
from raters import blinding
from raters.models import AuditEntry, Place, Rater, Study, StudySource, Triple, TripleRationale
from raters.normalisation import normalise
from raters.services import assigning

ROWS_AT_ONCE = 1000
FEWEST_SOURCES, MOST_SOURCES = 2, 6
MOST_PLACES = 1_000_000
MOST_RATERS_AT_ONCE = 1000
LONGEST_NAME = 200
SEEDS = range(-(2**63), 2**63)  # what the column holds


class StudyRefused(Exception):
    """Why a study cannot be made or moved, as a sentence that says what to do."""


@dataclass
class Funnel:
    """From all questions to the triples drawn; per source by its name. For researchers only.

    `identical` counts triples of which two texts are the same as written, `identical_shown` those
    that also, or only, are the same once normalised. Neither gives a pair between the two.
    """

    questions: int = 0
    parsed: dict[str, int] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    all_right: int = 0
    drawn: int = 0
    identical: int = 0
    identical_shown: int = 0


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
    seed: int = 0,
    instructions: str = "",
) -> Study:
    """A draft with its triples and places: one triple a question that every source got right."""
    name = name.strip()
    _check(name, sources, raters_per_triple, questions, triples_per_rater)
    if seed not in SEEDS:
        raise StudyRefused(f"The seed {seed} is too large; use one of at most 18 digits.")
    with transaction.atomic():
        funnel, drawn = _draw(question_set, sources, questions, Random(seed))
        if triples_per_rater and triples_per_rater > len(drawn):
            raise StudyRefused(
                f"A rater cannot rate {triples_per_rater} triples: the study has {len(drawn)}."
            )
        if raters_per_triple * len(drawn) > MOST_PLACES:
            raise StudyRefused(
                f"{len(drawn)} triples with {raters_per_triple} raters each are more than "
                f"{MOST_PLACES:,} ratings; ask for fewer of either."
            )
        study = Study.objects.create(
            owner=owner,
            name=name,
            question_set=question_set,
            raters_per_triple=raters_per_triple,
            triples_per_rater=triples_per_rater,
            triple_count=len(drawn),
            seed=seed,
            instructions=instructions,
            created_at=now,
        )
        StudySource.objects.bulk_create(
            StudySource(study=study, source=source, position=position)
            for position, source in enumerate(sources)
        )
        triples = _write_triples(study, drawn)
        funnel.identical = sum(triple.has_identical_texts for triple in triples)
        funnel.identical_shown = sum(triple.has_identical_shown for triple in triples)
        _write_places(study, triples, len(sources))
        study.funnel = asdict(funnel)
        study.save(update_fields=["funnel"])
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


def study_unblind_note(*, study: Study, user: User, page: str, now: datetime) -> None:
    """Write down that this person has seen who wrote what."""
    _note(study, user, "un-blinded", now, page)


def raters_add(*, study: Study, count: int, now: datetime, simulated: bool = False) -> list[Rater]:
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
            Rater(study=study, name=name, is_simulated=simulated, created_at=now) for name in free
        )


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


Drawn = list[tuple[Question, list[Rationale]]]


def _draw(
    question_set: QuestionSet, sources: list[Source], wanted: int | None, rng: Random
) -> tuple[Funnel, Drawn]:
    """Questions that every source got right, and the sample of each source, by the seed."""
    funnel = Funnel(questions=question_set.questions.count())
    right: list[dict[int, list[int]]] = []
    for source in sources:
        own = Rationale.objects.filter(
            source=source, question__question_set=question_set, hinted=False
        )
        parsed = own.exclude(verdict=Rationale.Verdict.UNPARSED)
        funnel.parsed[source.name] = parsed.values("question").distinct().count()
        samples: dict[int, list[int]] = {}
        # By text, not by id: what is drawn must not depend on the order of creation.
        rows = own.reaching_gold().values_list("text", "pk", "question")
        for _, pk, question in sorted(rows.iterator()):
            samples.setdefault(question, []).append(pk)
        funnel.right[source.name] = len(samples)
        right.append(samples)
    everywhere = set.intersection(*(set(samples) for samples in right))
    funnel.all_right = len(everywhere)
    if not everywhere:
        raise StudyRefused(
            f"No question of '{question_set.name}' was answered right by every one of "
            f"{', '.join(source.name for source in sources)}; choose other sources or add samples."
        )
    questions = sorted(
        (q for q in question_set.questions.defer("solution") if q.pk in everywhere), key=_content
    )
    if wanted and wanted > len(questions):
        raise StudyRefused(
            f"{wanted} questions were asked for, but every source is right on {len(questions)} "
            f"of '{question_set.name}' only."
        )
    questions = rng.sample(questions, wanted or len(questions))
    chosen = [[rng.choice(samples[question.pk]) for samples in right] for question in questions]
    rationales = Rationale.objects.in_bulk([pk for row in chosen for pk in row])
    funnel.drawn = len(questions)
    return funnel, [
        (question, [rationales[pk] for pk in row])
        for question, row in zip(questions, chosen, strict=True)
    ]


def _content(question: Question) -> tuple[str, ...]:
    """What questions are sorted by, alike on every database: their key comes last."""
    return question.text, str(question.choices), question.gold_answer, question.key


def _write_triples(study: Study, drawn: Drawn) -> list[Triple]:
    triples, members = [], []
    for number, (question, rationales) in enumerate(drawn):
        triple = Triple(study=study, question=question, number=number)
        choices = tuple(Choice(**choice) for choice in question.choices)
        gold = display_answer(question.gold_answer, choices)
        shown = [
            normalise(rationale.text, gold_display=gold, choices=choices)
            for rationale in rationales
        ]
        triple.has_identical_texts = _some_alike([rationale.text for rationale in rationales])
        triple.has_identical_shown = _some_alike([text.text for text in shown])
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
            for position, (rationale, text) in enumerate(zip(rationales, shown, strict=True))
        ]
    Triple.objects.bulk_create(triples, batch_size=ROWS_AT_ONCE)
    TripleRationale.objects.bulk_create(members, batch_size=ROWS_AT_ONCE)
    return triples


def _some_alike(texts: list[str]) -> bool:
    return len(set(texts)) < len(texts)


def _write_places(study: Study, triples: list[Triple], slots: int) -> None:
    planned: Iterable[design.PlannedPlace] = design.design_places(
        triples=len(triples),
        places_per_triple=study.raters_per_triple,
        slots=slots,
        seed=study.seed,
    )
    Place.objects.bulk_create(
        (
            Place(
                study=study,
                triple=triples[place.triple],
                number=place.number,
                order=blinding.order_text(place.order),
                queue=place.queue,
            )
            for place in planned
        ),
        batch_size=ROWS_AT_ONCE,
    )


def _note(study: Study, user: User, action: str, now: datetime, detail: str = "") -> None:
    AuditEntry.objects.create(study=study, user=user, action=action, detail=detail, at=now)


def _state(study: Study) -> str:
    return Study.objects.only("state").get(pk=study.pk).get_state_display()

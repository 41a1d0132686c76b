"""What a researcher may know of a study at any time: what it was made from, and how it fills.

Counts places, raters and their pace. Never reads a pick: nothing here can tell one source from
another, so a running study stays blind to the person who runs it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from generation.access import sets_of
from generation.models import QuestionSet, Rationale
from raters.models import Assignment, Place, Rater, Rating, Study
from raters.services.study_states import study_fill

PACE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StudyLine:
    code: str
    name: str
    state: str
    question_set: str
    triples: int
    places: int
    filled: int
    created_at: datetime
    owner: str


@dataclass(frozen=True, slots=True)
class SetLine:
    pk: int
    name: str
    questions: int
    sources: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What a source wrote for one question set without a hint, as a study may draw it.

    `right` counts questions, not texts.
    """

    pk: int
    name: str
    texts: int
    questions: int
    right: int


@dataclass(frozen=True, slots=True)
class RaterLine:
    name: str
    code: str
    is_simulated: bool
    rated: int
    late: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class FunnelSource:
    name: str
    parsed: int
    right: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """From the questions of the set to the triples of the study."""

    questions: int
    sources: tuple[FunnelSource, ...]
    all_right: int
    drawn: int
    identical: int
    identical_shown: int


@dataclass(frozen=True, slots=True)
class StudyProgress:
    code: str
    name: str
    state: str
    question_set: str
    sources: tuple[str, ...]
    triples: int
    raters_per_triple: int
    triples_per_rater: int | None
    seed: int
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    funnel: Funnel | None
    places: int
    filled: int
    unfilled: int
    held: int
    open: int
    last_hour: int
    hours_left: float | None
    late: int
    raters: tuple[RaterLine, ...]
    invitation: str | None
    invited: int


def study_lines(*, user: Any) -> list[StudyLine]:
    studies = Study.objects.of(user).select_related("question_set", "owner").order_by("-pk")
    places = dict(
        Place.objects.filter(study__in=studies.values("pk"), state=Place.State.FILLED)
        .order_by()
        .values_list("study")
        .annotate(Count("pk"))
    )
    return [
        StudyLine(
            code=study.code,
            name=study.name,
            state=study.state,
            question_set=study.question_set.name,
            triples=study.triple_count,
            places=study.triple_count * study.raters_per_triple,
            filled=places.get(study.pk, 0),
            created_at=study.created_at,
            owner=study.owner.get_username(),
        )
        for study in studies
    ]


def set_lines(*, user: Any) -> list[SetLine]:
    """The question sets that this person may make a study of."""
    sets = sets_of(user).order_by("name")
    bare = sets.order_by().values_list("pk")
    questions = dict(bare.annotate(Count("questions")))
    sources = dict(bare.annotate(Count("batches__source", distinct=True)))
    return [SetLine(each.pk, each.name, questions[each.pk], sources[each.pk]) for each in sets]


def source_lines(*, question_set: QuestionSet) -> list[SourceLine]:
    reaching = Q(verdict__in=[Rationale.Verdict.RIGHT, Rationale.Verdict.DECLARED])
    rows = (
        Rationale.objects.filter(question__question_set=question_set, hinted=False)
        .order_by("source__name")
        .values_list("source_id", "source__name")
        .annotate(
            texts=Count("pk"),
            questions=Count("question", distinct=True),
            right=Count("question", distinct=True, filter=reaching),
        )
    )
    return [SourceLine(*row) for row in rows]


def study_progress(*, study: Study, now: datetime) -> StudyProgress:
    fill = study_fill(study=study)
    left = fill.places - fill.filled
    last_hour = Rating.objects.filter(
        assignment__study=study,
        assignment__state=Assignment.State.RATED,
        assignment__kind=Assignment.Kind.STUDY,
        is_current=True,
        submitted_at__gt=now - PACE_WINDOW,
    ).count()
    raters = _rater_lines(study)
    running = study.state == Study.State.OPEN and left > 0
    return StudyProgress(
        code=study.code,
        name=study.name,
        state=study.state,
        question_set=study.question_set.name,
        sources=tuple(study.study_sources.values_list("source__name", flat=True)),
        triples=study.triple_count,
        raters_per_triple=study.raters_per_triple,
        triples_per_rater=study.triples_per_rater,
        seed=study.seed,
        created_at=study.created_at,
        opened_at=study.opened_at,
        closed_at=study.closed_at,
        funnel=study_funnel(study=study),
        places=fill.places,
        filled=fill.filled,
        unfilled=left,
        held=fill.held,
        open=fill.open,
        last_hour=last_hour,
        hours_left=left / last_hour if running and last_hour else None,
        late=sum(rater.late for rater in raters),
        raters=raters,
        invitation=study.invitation_code,
        invited=study.raters.filter(is_invited=True).count(),
    )


def study_funnel(*, study: Study) -> Funnel | None:
    kept = study.funnel
    if not kept:
        return None
    return Funnel(
        questions=kept["questions"],
        sources=tuple(
            FunnelSource(name, parsed, kept["right"][name])
            for name, parsed in kept["parsed"].items()
        ),
        all_right=kept["all_right"],
        drawn=kept["drawn"],
        identical=kept["identical"],
        identical_shown=kept["identical_shown"],
    )


def _rater_lines(study: Study) -> tuple[RaterLine, ...]:
    in_study = Q(assignments__kind=Assignment.Kind.STUDY)
    counted = in_study & Q(assignments__state=Assignment.State.RATED)
    late = in_study & Q(assignments__state=Assignment.State.LATE)
    rows = (
        Rater.objects.filter(study=study)
        .order_by("pk")
        .annotate(
            rated=Count("assignments", filter=counted, distinct=True),
            late=Count("assignments", filter=late, distinct=True),
            last_at=Max("assignments__ratings__submitted_at"),
        )
        .values_list("name", "code", "is_simulated", "rated", "late", "last_at")
    )
    return tuple(RaterLine(*row) for row in rows)

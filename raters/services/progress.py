"""What a researcher may know of a study at any time: what it was made from, and how it fills.

Counts places, raters and their pace. Never reads a pick: nothing here can tell one source from
another, so a running study stays blind to the person who runs it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from generation.access import sets_of
from generation.models import QuestionSet, Rationale
from raters.models import Assignment, Place, Rating, Study
from raters.services.study_states import study_fill
from raters.services.watching import (
    BundleFill,
    FlaggedQuestion,
    RaterLine,
    bundle_fill,
    flagged_questions,
    rater_lines,
    study_terms,
)

PACE_WINDOW, SHORTEST_FOR_A_PACE = timedelta(hours=1), timedelta(minutes=5)
FEWEST_FOR_A_PACE = 10


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
    repeated: int
    drawn: int
    identical: int
    identical_shown: int

    @property
    def different(self) -> int:
        """Those that could be drawn: what two questions ask alike is asked once."""
        return self.all_right - self.repeated


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
    terms: tuple[str, ...]
    asks_repeats: bool
    asks_checks: bool
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
    partial: int
    bundles: BundleFill | None
    flagged: tuple[FlaggedQuestion, ...]
    raters: tuple[RaterLine, ...]
    invitation: str | None
    invited: int


def study_lines(*, user: Any) -> list[StudyLine]:
    studies = Study.objects.of(user).select_related("question_set", "owner").order_by("-pk")
    uncounted = [study.pk for study in studies if study.filled_count is None]
    places = dict(
        Place.objects.filter(study__in=uncounted, state=Place.State.FILLED)
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
            filled=places.get(study.pk, study.filled_count or 0),
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
    raters = rater_lines(study=study)
    return StudyProgress(
        code=study.code,
        name=study.name,
        state=study.state,
        question_set=study.question_set.name,
        sources=tuple(study.study_sources.values_list("source__name", flat=True)),
        triples=study.triple_count,
        raters_per_triple=study.raters_per_triple,
        triples_per_rater=study.triples_per_rater,
        terms=study_terms(study=study),
        asks_repeats=study.repeat_percent > 0,
        asks_checks=study.check_percent > 0,
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
        hours_left=_hours_left(study, left, last_hour, now),
        late=sum(rater.late for rater in raters),
        partial=sum(rater.partial for rater in raters),
        bundles=bundle_fill(study=study),
        flagged=flagged_questions(study=study),
        raters=raters,
        invitation=study.invitation_code,
        invited=study.raters.filter(is_invited=True).count(),
    )


def _hours_left(study: Study, left: int, last_hour: int, now: datetime) -> float | None:
    """At the pace of the last hour, or of the time since it opened; None while that says little."""
    since = min(now - study.opened_at, PACE_WINDOW) if study.opened_at else timedelta(0)
    if study.state != Study.State.OPEN or not left:
        return None
    if last_hour < FEWEST_FOR_A_PACE or since < SHORTEST_FOR_A_PACE:
        return None
    return left / last_hour * (since / PACE_WINDOW)


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
        repeated=kept.get("repeated", 0),  # not counted of studies that were drawn before it was
        drawn=kept["drawn"],
        identical=kept["identical"],
        identical_shown=kept["identical_shown"],
    )

"""What a running study shows of its raters, their bundles, and the questions they call broken.

Reads who did how much and how fast, and what was said of a question. Never reads a pick, an order
or a source: what stands here un-blinds nobody.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from django.db.models import Count, Exists, Max, OuterRef, Q

from raters.models import Assignment, Bundle, Flag, Place, Rater, Rating, Study, Triple
from raters.services.places import places_counted

TIMES_READ = 5000  # the latest ratings that tell a rater's pace; a study may have a million


@dataclass(frozen=True, slots=True)
class RaterLine:
    """`pace` is the median of seconds on the screen, `late` and `partial` fill no place."""

    name: str
    code: str
    is_simulated: bool
    rated: int
    late: int
    partial: int
    repeats: int
    checks: int
    pace: float | None
    returned_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class BundleFill:
    free: int
    in_hand: int
    complete: int
    given_back: int


@dataclass(frozen=True, slots=True)
class Change:
    """What other raters per triple would do: `over` places are in use, and stay beyond it."""

    raters: int
    added: int
    removed: int
    over: int


@dataclass(frozen=True, slots=True)
class FlagLine:
    reason: str
    comment: str
    rater: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FlaggedQuestion:
    number: int
    question: str
    gold: str
    is_void: bool
    flags: tuple[FlagLine, ...]


def rater_lines(*, study: Study) -> tuple[RaterLine, ...]:
    paces = _paces(study)
    kinds, states = Assignment.Kind, Assignment.State
    raters = (
        Rater.objects.filter(study=study)
        .order_by("pk")
        .annotate(
            rated=_count(kinds.STUDY, states.RATED),
            late=_count(kinds.STUDY, states.LATE),
            partial=_count(kinds.STUDY, states.PARTIAL),
            repeats=_count(kinds.REPEAT, states.RATED),
            checks=_count(kinds.CHECK, states.RATED),
            last_at=Max("assignments__ratings__submitted_at"),
        )
    )
    return tuple(
        RaterLine(
            name=rater.name,
            code=rater.code,
            is_simulated=rater.is_simulated,
            rated=rater.rated,
            late=rater.late,
            partial=rater.partial,
            repeats=rater.repeats,
            checks=rater.checks,
            pace=paces.get(rater.pk),
            returned_at=rater.returned_at,
            last_at=rater.last_at,
        )
        for rater in raters
    )


def bundle_fill(*, study: Study) -> BundleFill | None:
    """None where no bundles are kept."""
    counts = Bundle.objects.filter(study=study).aggregate(
        free=Count("pk", filter=Q(state=Bundle.State.OPEN)),
        in_hand=Count("pk", filter=Q(held_until__isnull=False, state=Bundle.State.HELD)),
        complete=Count("pk", filter=Q(held_until=None, state=Bundle.State.HELD)),
    )
    if not any(counts.values()):
        return None
    handed = Assignment.objects.filter(rater=OuterRef("pk"), kind=Assignment.Kind.STUDY)
    parted = Rater.objects.filter(Exists(handed), study=study, bundle=None)
    return BundleFill(**counts, given_back=parted.count())


def change_of_raters(*, study: Study, raters: int) -> Change:
    """What `raters_per_triple_change` would do just now, before anybody asks for it."""
    further = raters - study.raters_per_triple
    if further > 0 and study.triples_per_rater:
        return Change(raters, added=further * study.triple_count, removed=0, over=0)
    free = Q(bundle=None) | Q(bundle__state=Bundle.State.OPEN)
    triples = (
        places_counted(study=study)
        .order_by()
        .values_list("triple")
        .annotate(have=Count("pk"), free=Count("pk", filter=free & Q(state=Place.State.OPEN)))
        .values_list("have", "free")
    )
    if further > 0:
        return Change(raters, sum(max(0, raters - have) for have, _ in triples), 0, 0)
    surplus = [(max(0, have - raters), open_places) for have, open_places in triples if further]
    removed = sum(min(each) for each in surplus)
    return Change(raters, added=0, removed=removed, over=sum(n for n, _ in surplus) - removed)


def flagged_questions(*, study: Study) -> tuple[FlaggedQuestion, ...]:
    """The questions that raters called broken, those with most flags first."""
    flags = (
        Flag.objects.filter(assignment__study=study)
        .select_related("assignment__rater", "assignment__triple__question")
        .defer("assignment__triple__question__solution")
        .order_by("pk")
    )
    by_question = defaultdict(list)
    for flag in flags:
        by_question[flag.assignment.triple].append(flag)
    lines = [
        FlaggedQuestion(
            number=triple.number,
            question=triple.question.text,
            gold=triple.question.gold_shown,
            is_void=triple.kind == Triple.Kind.VOID,
            flags=tuple(
                FlagLine(
                    flag.get_reason_display(), flag.comment, flag.assignment.rater.name, flag.at
                )
                for flag in said
            ),
        )
        for triple, said in by_question.items()
    ]
    return tuple(sorted(lines, key=lambda line: -len(line.flags)))


def study_terms(*, study: Study) -> tuple[str, ...]:
    """What the study asks and how it hands out, a phrase each."""
    return tuple(_asked(study)) + tuple(_handed(study))


def _asked(study: Study) -> Iterator[str]:
    yield f"answer: {study.get_protocol_display()}" + (", ties allowed" * study.allows_ties)
    if study.allows_none_good:
        yield "“none good” can be said"
    if study.allows_too_close:
        yield "“too close to call” can be said"
    if not study.shows_gold_answer:
        yield "the correct answer is hidden"
    if study.reasons:
        yield "reasons: " + ", ".join(f"{each['name']} ({each['key']})" for each in study.reasons)
    if study.asks_step_marks:
        yield "every step is marked up to the first error"
    for each in study.criteria:
        yield f"{each['name']}: 1 to {each['points']}"
    if study.asks_comment:
        yield "room for a comment"


def _handed(study: Study) -> Iterator[str]:
    if study.triples_per_rater:
        counts = "count" if study.counts_partial else "do not count"
        yield f"{study.triples_per_rater} triples a rater, kept for {study.bundle_hours} hours"
        yield f"ratings of a bundle that was given back {counts}"
    elif study.most_per_rater:
        yield f"at most {study.most_per_rater} ratings a rater"
    if study.repeat_percent:
        yield f"{study.repeat_percent} % repeats"
    if study.check_percent:
        checks = study.triples.filter(kind=Triple.Kind.CHECK).count()
        yield f"{study.check_percent} % checks, of {checks} written"
    yield f"{study.lease_minutes} minutes for a triple in hand"


def _count(kind: str, state: str) -> Count:
    found = Q(assignments__kind=kind, assignments__state=state)
    return Count("assignments", filter=found, distinct=True)


def _paces(study: Study) -> dict[int, float]:
    times = defaultdict(list)
    latest = (
        Rating.objects.filter(assignment__study=study, is_current=True, visible_ms__isnull=False)
        .order_by("-pk")
        .values_list("assignment__rater", "visible_ms")
    )
    for rater, visible_ms in latest[:TIMES_READ]:
        times[rater].append((visible_ms or 0) / 1000)
    return {rater: median(seconds) for rater, seconds in times.items()}

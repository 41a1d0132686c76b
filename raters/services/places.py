"""Designs and writes the places of a study, more of them or fewer while it runs, and its checks.

Knows: how a design (raters.assignment) becomes rows. Does not know: how places are handed out
(turns) or whose bundle is whose (bundles). Designs are worked out before anything is locked, so
that nobody who rates waits for them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from generation.models import Question, Rationale
from raters import assignment as design
from raters import blinding
from raters.models import (
    Assignment,
    AuditEntry,
    Bundle,
    Exclusion,
    Place,
    Rater,
    Study,
    Triple,
    TripleRationale,
)
from raters.normalisation import normalise
from raters.protocols import StudyRefused
from raters.services.bundles import bundle_return
from raters.services.freezing import deviations_note

ROWS_AT_ONCE = 1000
MOST_PLACES = 1_000_000
REFILLED = "refilled"

Plan = Sequence[design.PlannedPlace]


@dataclass(frozen=True)
class Check:
    """A question on which one of the rationales is plainly the one to pick (0 is the first)."""

    question: Question
    rationales: Sequence[Rationale]
    expected: int
    why: str = ""


def places_design(*, study: Study, slots: int) -> list[Plan]:
    """All places of a new study: a plan for each bundle, one for all where none are kept."""
    if study.triples_per_rater is None:
        return [
            design.design_places(
                triples=study.triple_count,
                places_per_triple=study.raters_per_triple,
                slots=slots,
                seed=study.seed,
            )
        ]
    return _bundles(study, study.raters_per_triple, slots)


def places_write(
    *, study: Study, triples: Sequence[int], plans: Iterable[Plan], queue: int = 0, bundle: int = 0
) -> None:
    """Write designed places; `triples` are primary keys by number.

    `queue` and `bundle` are where to count on from.
    """
    plans, bundles = list(plans), []
    if study.triples_per_rater is not None:
        bundles = Bundle.objects.bulk_create(
            (Bundle(study=study, number=bundle + n) for n in range(len(plans))),
            batch_size=ROWS_AT_ONCE,
        )
    Place.objects.bulk_create(
        (
            Place(
                study=study,
                triple_id=triples[place.triple],
                number=place.number,
                order=blinding.order_text(place.order),
                queue=queue + place.queue,
                bundle=bundles[n] if bundles else None,
            )
            for n, plan in enumerate(plans)
            for place in plan
        ),
        batch_size=ROWS_AT_ONCE,
    )


def raters_per_triple_change(
    *, study: Study, user: User | None, raters: int, now: datetime, why: str = ""
) -> int:
    """Ask for more raters a triple, or fewer; how many places that added or took away.

    More are designed by the seed, with bundles as further bundles. Fewer take away places that are
    open, and none that somebody has in hand, was promised or has filled. Of a frozen plan it is a
    deviation, with `why`.
    """
    _check_raters(study, raters)
    before = study.raters_per_triple
    plans = _further(study, raters) if raters > before else []
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.state == Study.State.CLOSED or locked.raters_per_triple != before:
            raise StudyRefused(f"'{study.name}' was closed or changed meanwhile; look again.")
        Study.objects.filter(pk=study.pk).update(raters_per_triple=raters)
        changed = _add(study, plans) if raters > before else _remove(study, raters)
        AuditEntry.objects.create(
            study=study,
            user=user,
            action="raters per triple",
            detail=f"{before} to {raters}: {changed} places {'more' if plans else 'fewer'}",
            at=now,
        )
        deviations_note(study=study, user=user, why=why, now=now)
    study.refresh_from_db()
    return changed


def places_refill(*, rater: Rater, user: User | None, now: datetime) -> int:
    """Ask others once for what this rater, who is excluded, rated; how many places.

    Each shows the order that the rater saw, so balance stays as designed. The rater leaves the
    study with it: an unfinished bundle of theirs goes to others as any that is given back.
    """
    _check_refill(rater)
    if not _counted(rater).exists():
        return 0
    bundle_return(rater=rater, now=now)
    study = rater.study
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        _check_refill(rater)
        triples, plan = [], []
        last = study.places.aggregate(last=Max("number"))["last"]
        rated = _counted(rater).order_by("place__queue")
        for n, (triple, order) in enumerate(rated.values_list("triple", "order")):
            triples.append(triple)
            plan.append(design.PlannedPlace(n, last + 1, tuple(map(int, order)), n))
        if plan:
            _append(study, triples, [plan])
            AuditEntry.objects.create(
                study=study, user=user, action=REFILLED, detail=_refilled(rater.name), at=now
            )
    return len(plan)


def places_counted(*, study: Study) -> QuerySet[Place]:
    """The study's places but those of excluded raters whose ratings others were asked for again."""
    refilled = raters_refilled(study=study) & Exclusion.objects.rules(study).keys()
    return study.places.exclude(assignments__rater__in=refilled) if refilled else study.places.all()


def is_refilled(*, rater: Rater) -> bool:
    """Whether others were asked for what this rater rated."""
    return rater.pk in raters_refilled(study=rater.study)


def raters_refilled(*, study: Study) -> set[int]:
    """Whose ratings others were asked for, by primary key."""
    details = set(study.audit.filter(action=REFILLED).values_list("detail", flat=True))
    names = study.raters.values_list("pk", "name") if details else ()
    return {pk for pk, name in names if _refilled(name) in details}


def checks_add(*, study: Study, checks: Sequence[Check]) -> int:
    """Triples whose answer is known, mixed in at the study's rate; they never count.

    Refused for a question that the study asks itself: a rater would judge it twice.
    """
    slots = study.study_sources.count()
    own = set(study.triples.filter(kind=Triple.Kind.STUDY).values_list("question", flat=True))
    for check in checks:
        if check.question.pk in own:
            raise StudyRefused(
                f"'{study.name}' asks '{check.question.text[:60]}' itself; "
                "a check needs a question of its own."
            )
        if len(check.rationales) != slots or not 0 <= check.expected < slots:
            raise StudyRefused(
                f"A check of '{study.name}' has {slots} texts and expects one of them: "
                f"'{check.question.text[:60]}' has {len(check.rationales)}."
            )
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        last = study.triples.aggregate(last=Max("number"))["last"]
        first = study.triple_count if last is None else last + 1
        for number, check in enumerate(checks, start=first):
            _write_check(study, number, check)
    return len(checks)


# --- again ---------------------------------------------------------------------------------------
def _refilled(name: str) -> str:
    return f"what {name} rated"


def _counted(rater: Rater) -> QuerySet[Assignment]:
    return rater.assignments.filter(kind=Assignment.Kind.STUDY, state=Assignment.State.RATED)


def _check_refill(rater: Rater) -> None:
    study = Study.objects.get(pk=rater.study_id)
    if study.state == Study.State.CLOSED:
        raise StudyRefused(f"'{study.name}' is closed: its places stay as they are.")
    if not Exclusion.objects.active(study).filter(rater=rater).exists():
        raise StudyRefused(f"{rater.name} is not excluded: what they rated counts.")
    if is_refilled(rater=rater):
        raise StudyRefused(f"What {rater.name} rated was given to others already.")


# --- more and fewer places -----------------------------------------------------------------------
def _check_raters(study: Study, raters: int) -> None:
    if study.state == Study.State.CLOSED:
        raise StudyRefused(f"'{study.name}' is closed: its places stay as they are.")
    if raters < 1 or raters == study.raters_per_triple:
        raise StudyRefused(f"{raters} raters per triple change nothing; name another number.")
    if raters * study.triple_count > MOST_PLACES:
        raise StudyRefused(
            f"{study.triple_count} triples with {raters} raters each are more than "
            f"{MOST_PLACES:,} ratings; ask for fewer."
        )


def _bundles(study: Study, rounds: int, slots: int, before: int = 0) -> list[Plan]:
    bundles: list[Plan] = []
    bundles += design.design_bundles(
        triples=study.triple_count,
        places_per_triple=rounds,
        per_bundle=study.triples_per_rater or 1,
        slots=slots,
        seed=study.seed,
        before=before,
    )
    return bundles


def _further(study: Study, raters: int) -> list[Plan]:
    """Places beyond those there are: further bundles, or the same queue designed for more."""
    slots = study.study_sources.count()
    if study.triples_per_rater is not None:
        last = study.places.aggregate(last=Max("number"))["last"]
        return _bundles(study, raters - study.raters_per_triple, slots, before=last + 1)
    have: dict[int, set[int]] = {}
    for triple, number in study.places.order_by().values_list("triple__number", "number"):
        have.setdefault(triple, set()).add(number)
    counted = Counter(
        places_counted(study=study).order_by().values_list("triple__number", flat=True)
    )
    # A place that does not count keeps its number, so the design goes as much further.
    idle = max((len(numbers) - counted[triple] for triple, numbers in have.items()), default=0)
    plan: list[design.PlannedPlace] = []
    for place in design.design_places(
        triples=study.triple_count, places_per_triple=raters + idle, slots=slots, seed=study.seed
    ):
        numbers = have.setdefault(place.triple, set())
        if counted[place.triple] < raters and place.number not in numbers:
            numbers.add(place.number)
            counted[place.triple] += 1
            plan.append(place._replace(queue=len(plan)))
    return [plan]


def _add(study: Study, plans: list[Plan]) -> int:
    """A void triple keeps its number in the design, and gets no place."""
    kinds = [Triple.Kind.STUDY, Triple.Kind.VOID]
    triples = study.triples.filter(kind__in=kinds, expected=None).order_by("number")
    rows = list(triples.values_list("pk", "kind"))
    plans = [[each for each in plan if rows[each.triple][1] == "study"] for plan in plans]
    _append(study, [pk for pk, _ in rows], plans)
    return sum(len(plan) for plan in plans)


def _append(study: Study, triples: list[int], plans: list[Plan]) -> None:
    """Write designed places after those there are."""
    last = study.places.aggregate(last=Max("queue"))["last"]
    bundle = study.bundles.aggregate(last=Max("number"))["last"]
    places_write(
        study=study,
        triples=triples,
        plans=plans,
        queue=0 if last is None else last + 1,
        bundle=0 if bundle is None else bundle + 1,
    )


def _remove(study: Study, raters: int) -> int:
    """The last places of every triple that has too many; a bundle without any is removed too."""
    kept = dict(places_counted(study=study).order_by().values_list("triple").annotate(Count("pk")))
    # Bundles first: nobody reserves one whose places are about to go. What others have locked may
    # be somebody's by the time that it could be deleted, so only what is locked here ever is.
    free = study.bundles.select_for_update(skip_locked=True).filter(state=Bundle.State.OPEN)
    bundles = {None, *free.values_list("pk", flat=True)}
    removable = (
        study.places.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Place.State.OPEN)
        .filter(Q(bundle=None) | Q(bundle__state=Bundle.State.OPEN))
        .order_by("-bundle__number", "-number", "-queue")
    )
    gone, emptied = [], set()
    for place, triple, bundle in removable.values_list("pk", "triple", "bundle"):
        if bundle in bundles and kept.get(triple, 0) > raters:
            kept[triple] -= 1
            gone.append(place)
            emptied.add(bundle)
    for places in _batched(gone):
        Place.objects.filter(pk__in=places).delete()
    for keys in _batched(sorted(emptied - {None})):
        Bundle.objects.filter(pk__in=keys, places=None).delete()
    return len(gone)


def _batched(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + ROWS_AT_ONCE] for start in range(0, len(keys), ROWS_AT_ONCE))


# --- checks --------------------------------------------------------------------------------------
def _write_check(study: Study, number: int, check: Check) -> None:
    gold, choices = check.question.gold_shown, check.question.offered
    triple = Triple.objects.create(
        study=study,
        question=check.question,
        kind=Triple.Kind.CHECK,
        number=number,
        expected=check.expected,
        why=check.why,
    )
    for position, rationale in enumerate(check.rationales):
        shown = normalise(rationale.text, gold_display=gold, choices=choices)
        TripleRationale.objects.create(
            triple=triple,
            kind=Triple.Kind.CHECK,
            position=position,
            rationale=rationale,
            source_id=rationale.source_id,
            shown_text=shown.text,
            changes=list(shown.changes),
        )

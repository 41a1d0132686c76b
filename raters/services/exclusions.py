"""Leaves raters out by the rules of the study's plan, or as they ask, and lets them in again.

Whoever falls under a rule is listed before anything is done; then all of them are excluded or none,
so that nobody chooses among them. Reads times, checks and counts, never a pick of a study triple:
while a study runs nothing here un-blinds. Which ratings count is decided by services/results/
counted.py and exports/reading.py; places are asked for again by services/places.py.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from raters.exclusion import ASKED, Facts, falls_under, rule_words
from raters.exports.reading import pseudonyms
from raters.models import Assignment, Exclusion, Rater, Rating, Study, StudyPlan
from raters.protocols import StudyRefused
from raters.services.freezing import deviations_note
from raters.services.places import raters_refilled
from raters.services.results.counted import countable
from raters.services.results.people import best_slot

LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class RaterFacts:
    """A rater beside the rules. `under` are the rules they fall under, each with its figure;
    `counting` are the ratings that would count no more."""

    pk: int
    code: str
    name: str
    pseudonym: str
    facts: Facts
    under: dict[str, str]
    counting: int
    is_excluded: bool

    @property
    def is_due(self) -> bool:
        return bool(self.under) and not self.is_excluded


@dataclass(frozen=True, slots=True)
class ExclusionLine:
    """`words` and `set_at`: what its rules said then, and since when. `is_late`: one of them came
    after the first rating; `is_after_end`: results could be read; `is_refilled`: others were asked
    for the same."""

    rater: str
    name: str
    code: str
    rule: str
    detail: str
    words: tuple[str, ...]
    set_at: datetime | None
    ratings: int
    is_late: bool
    is_after_end: bool
    by: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lifted_why: str
    is_refilled: bool


def rater_facts(*, study: Study) -> tuple[RaterFacts, ...]:
    """Every rater with what the rules know of them, and the rules they fall under now.

    But for programs that count no more.
    """
    plan = StudyPlan.objects.filter(study=study).first()
    seconds, checks, counting = _seconds(study), _checks(study), _counting(study)
    excluded, names = Exclusion.objects.rules(study), pseudonyms(study)
    is_over = study.state == Study.State.CLOSED
    found = []
    rehearsing = Rater.objects.rehearsing(study)
    for rater in Rater.objects.filter(study=study).exclude(pk__in=rehearsing).order_by("pk"):
        facts = Facts(
            ratings=counting[rater.pk],
            seconds=tuple(seconds[rater.pk]),
            checks=tuple(checks[rater.pk]),
            is_done=is_over or rater.returned_at is not None,
        )
        under = falls_under(plan.rules, facts) if plan else {}
        found.append(
            RaterFacts(
                rater.pk, rater.code, rater.name, names[rater.pk], facts, under,
                counting[rater.pk], rater.pk in excluded,
            )
        )  # fmt: skip
    return tuple(found)


def exclusions_apply(*, study: Study, user: User, now: datetime) -> list[Exclusion]:
    """Exclude all who fall under a rule of the plan and are not excluded yet."""
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        plan = StudyPlan.objects.filter(study=study).first()
        made = Exclusion.objects.bulk_create(
            Exclusion(
                study=study,
                rater_id=one.pk,
                rule=next(iter(one.under)),
                detail="; ".join(one.under.values())[:LONGEST_DETAIL],
                words=[rule_words(kind, plan.rules[kind]) for kind in one.under],
                set_at=max(
                    datetime.fromisoformat(plan.rules[kind]["set_at"]) for kind in one.under
                ),
                is_late=any(plan.rules[kind]["is_late"] for kind in one.under),
                user=user,
                at=now,
            )
            for one in rater_facts(study=locked)
            if plan and one.is_due
        )
        deviations_note(study=study, user=user, why="raters left out by a rule", now=now)
        return made


def exclusion_asked(
    *, study: Study, rater: Rater, user: User, reason: str, now: datetime
) -> Exclusion:
    """By hand, of a rater who asked to withdraw: the only one that no rule decides."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_DETAIL:
        raise StudyRefused(
            f"Say in 1 to {LONGEST_DETAIL} characters why and how {rater.name} asked to withdraw."
        )
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if Exclusion.objects.active(study).filter(rater=rater).exists():
            raise StudyRefused(f"{rater.name} is excluded already.")
        made = Exclusion.objects.create(
            study=study, rater=rater, rule=ASKED, detail=reason, user=user, at=now
        )
        deviations_note(study=study, user=user, why="a rater asked to be left out", now=now)
        return made


def exclusion_lift(*, exclusion: Exclusion, user: User, why: str, now: datetime) -> None:
    """The rater's ratings count again; the row stays, with who lifted it and why."""
    why = why.strip()
    if not why or len(why) > LONGEST_DETAIL:
        raise StudyRefused(
            f"Say in 1 to {LONGEST_DETAIL} characters why the exclusion is lifted; it is listed."
        )
    moved = Exclusion.objects.filter(pk=exclusion.pk, lifted_at=None).update(
        lifted_at=now, lifted_by=user, lifted_why=why
    )
    if not moved:
        raise StudyRefused("That exclusion was lifted already.")
    deviations_note(study=exclusion.study, user=user, why=f"let in again: {why}", now=now)


def exclusion_lines(*, study: Study) -> tuple[ExclusionLine, ...]:
    """Every exclusion there was, those that hold first."""
    names, counting = pseudonyms(study), _counting(study)
    refilled = raters_refilled(study=study)
    rows = Exclusion.objects.filter(study=study).select_related("rater", "user", "lifted_by")
    lines = [
        ExclusionLine(
            rater=names[row.rater_id],
            name=row.rater.name,
            code=row.rater.code,
            rule=row.rule,
            detail=row.detail,
            words=tuple(row.words),
            set_at=row.set_at,
            ratings=counting[row.rater_id],
            is_late=row.is_late,
            is_after_end=bool(study.closed_at and row.at >= study.closed_at),
            by=row.user.get_username() if row.user else "",
            at=row.at,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by.get_username() if row.lifted_by else "",
            lifted_why=row.lifted_why,
            is_refilled=row.rater_id in refilled,
        )
        for row in rows
    ]
    return tuple(sorted(lines, key=lambda line: (line.lifted_at is not None, line.rater)))


def excluded_count(*, study: Study) -> int:
    return Exclusion.objects.active(study).count()


# --- what the rules know -------------------------------------------------------------------------
def _given(study: Study, kind: str) -> Any:
    """Current ratings of a kind, late ones and those of bundles given back too, in their order."""
    given = {"assignment__study": study, "assignment__kind": kind, "is_current": True}
    return Rating.objects.filter(**given).order_by("pk")


def _seconds(study: Study) -> defaultdict[int, list[float]]:
    found: defaultdict[int, list[float]] = defaultdict(list)
    rows = _given(study, Assignment.Kind.STUDY)
    for rater, visible, elapsed in rows.values_list(
        "assignment__rater", "visible_ms", "elapsed_ms"
    ):
        known = elapsed if visible is None else visible
        if known is not None:
            found[rater].append(known / 1000)
    return found


def _checks(study: Study) -> defaultdict[int, list[bool]]:
    found: defaultdict[int, list[bool]] = defaultdict(list)
    rows = _given(study, Assignment.Kind.CHECK).values_list(
        "assignment__rater",
        "assignment__triple__expected",
        "assignment__order",
        "outcome",
        "slot",
        "ranks",
    )
    for rater, expected, order, *said in rows:
        best = best_slot(*said)
        found[rater].append(best >= 0 and int(order[best]) == expected)
    return found


def _counting(study: Study) -> Counter[int]:
    """Ratings that count, or would were their rater not excluded."""
    return Counter(countable(study).values_list("assignment__rater", flat=True))

"""What raters of a study are paid for: their time, what it comes to an hour, what is still owed.

A rater's time begins when they agree or are handed their first triple and ends with their last
answer; a pause of more than ten minutes between two answers counts as ten. Reads who was here and
when, and never what anybody said. Whom a crowd platform calls what is read from its one table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from raters.models import (
    Assignment,
    AuditEntry,
    Consent,
    CrowdIdentity,
    Rater,
    Rating,
    Study,
    StudyPath,
)
from raters.services.freezing import deviations_note

LONGEST_PAUSE = timedelta(minutes=10)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Payment:
    """A rater. `identity` is the crowd platform's id while it is kept; `minutes` None: nothing yet.

    `is_done`: they rated all that was theirs, or left with nothing more for them to do.
    """

    name: str
    identity: str
    answers: int
    way_out: str
    is_done: bool
    minutes: float | None
    hourly: Decimal | None
    owed: Decimal | None


@dataclass(frozen=True, slots=True)
class Payments:
    """`owed` is the sum of top-ups; `hourly` what the reward comes to at the median time."""

    raters: tuple[Payment, ...]
    done: int
    median_minutes: float | None
    hourly: Decimal | None
    owed: Decimal | None
    identities: int
    currency: str
    expected: int | None
    reward: Decimal | None
    least_hourly: Decimal | None


def path_save(
    *,
    study: Study,
    user: User,
    now: datetime,
    exits: dict[str, str],
    minutes: int | None,
    reward: Decimal | None,
    currency: str,
    least_hourly: Decimal | None,
    **more: Any,
) -> None:
    """Keep how raters are paid and which codes they leave with; `more` of StudyPath's own columns
    that say who comes in and how it ends: rater_limit, qualification_percent, asks_guesses,
    debrief, reveals. What is not named stays as it is."""
    said = {"exits": exits, "minutes": minutes, "reward": reward, "currency": currency}
    said |= {"least_hourly": least_hourly, **more}
    with transaction.atomic():
        path, _ = StudyPath.objects.select_for_update().get_or_create(study=study)
        for name, value in said.items():
            setattr(path, name, value)
        path.save(update_fields=list(said))
        AuditEntry.objects.create(study=study, user=user, action="people and payment", at=now)
        deviations_note(study=study, user=user, now=now)


def payments(*, study: Study) -> Payments:
    path = StudyPath.objects.filter(study=study).first() or StudyPath(study=study)
    spent = _minutes(study)
    kept = CrowdIdentity.objects.filter(study=study).values_list("digest", "participant")
    identities = dict(kept)
    lines = []
    for rater in study.raters.filter(is_simulated=False).order_by("pk"):
        minutes = spent.get(rater.pk)
        is_done = minutes is not None and _is_done(study, rater)
        lines.append(
            Payment(
                name=rater.name,
                identity=identities.get(rater.crowd_digest, ""),
                answers=rater.rated_count + rater.aside_count,
                way_out=rater.way_out or ("done" if is_done else ""),
                is_done=is_done,
                minutes=minutes,
                hourly=_hourly(path.reward, minutes) if is_done else None,
                owed=_owed(path, minutes) if is_done else None,
            )
        )
    times = [line.minutes for line in lines if line.is_done and line.minutes is not None]
    middle = median(times) if times else None
    top_ups = [line.owed for line in lines if line.owed is not None]
    return Payments(
        raters=tuple(lines),
        done=len(times),
        median_minutes=middle,
        hourly=_hourly(path.reward, middle),
        owed=sum(top_ups, Decimal(0)) if top_ups else None,
        identities=len(identities),
        currency=path.currency,
        expected=path.minutes,
        reward=path.reward,
        least_hourly=path.least_hourly,
    )


def payment_rows(*, study: Study) -> Iterator[tuple[str, ...]]:
    """As a sheet has it; the platform's ids stand in it while they are kept."""
    yield ("rater", "platform id", "way out", "answers", "minutes", "per hour", "top-up owed")
    for line in payments(study=study).raters:
        numbers = (line.minutes and f"{line.minutes:.1f}", line.hourly, line.owed)
        shown = tuple("" if each is None else str(each) for each in numbers)
        yield (line.name, line.identity, line.way_out, str(line.answers), *shown)


def time_spent(begun: datetime, answers: list[datetime]) -> float:
    """Minutes from the beginning over every answer to the last."""
    gaps = (min(later - earlier, LONGEST_PAUSE) for earlier, later in pairwise([begun, *answers]))
    return sum((max(gap, timedelta(0)) for gap in gaps), timedelta(0)) / timedelta(minutes=1)


def _minutes(study: Study) -> dict[int, float]:
    """Of every rater who answered anything."""
    begun: dict[int, datetime] = {}
    agreed = Consent.objects.filter(rater__study=study).values_list("rater", "given_at")
    handed = Assignment.objects.filter(study=study).values_list("rater", "claimed_at")
    for rater, at in [*agreed, *handed]:
        begun[rater] = min(begun.get(rater, at), at)
    given: dict[int, list[datetime]] = {}
    rows = Rating.objects.filter(assignment__study=study).order_by("submitted_at", "pk")
    for rater, at in rows.values_list("assignment__rater", "submitted_at"):
        given.setdefault(rater, []).append(at)
    return {rater: time_spent(begun[rater], answers) for rater, answers in given.items()}


def _is_done(study: Study, rater: Rater) -> bool:
    """Whether nothing that was promised or offered to them is left, as far as their row says."""
    if rater.way_out:
        return False
    if study.triples_per_rater:
        return rater.rated_count >= study.triples_per_rater or _has_complete_bundle(rater)
    return rater.rated_count >= min(study.most_per_rater or study.triple_count, study.triple_count)


def _has_complete_bundle(rater: Rater) -> bool:
    """A bundle that is kept for good is one of which all is rated, the shorter last one too."""
    bundle = getattr(rater, "bundle", None)
    return bundle is not None and bundle.held_until is None


def _hourly(reward: Decimal | None, minutes: float | None) -> Decimal | None:
    if reward is None or not minutes:
        return None
    return (reward * 60 / Decimal(minutes)).quantize(CENT)


def _owed(path: StudyPath, minutes: float | None) -> Decimal | None:
    """What is missing to the least an hour, rounded up to a whole cent."""
    if path.least_hourly is None or path.reward is None or minutes is None:
        return None
    due = path.least_hourly * Decimal(minutes) / 60
    return max(Decimal(0), due - path.reward).quantize(CENT, rounding=ROUND_CEILING)

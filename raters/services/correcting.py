"""What a corrected gold answer does to the studies that show the question.

A study's triple whose rationales all reach the corrected answer keeps its ratings. Any other is
void: it compares texts that are not all right, so its ratings count nowhere, are kept and named as
what they are, and its places go. A check stands while the text that it expects is right. Closed
studies keep what they have. Does not know: how texts are judged (the other app says which reach).
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from generation.models import Question
from raters.models import (
    Assignment,
    AuditEntry,
    Bundle,
    Deviation,
    Place,
    Study,
    Triple,
    TripleRationale,
)
from raters.services.export_files import study_exports_drop
from raters.services.freezing import deviations_note, is_frozen

State, Kind = Assignment.State, Triple.Kind


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of one triple: of `ratings` that count and places in hand or open."""

    study: str
    code: str
    owner: str
    is_running: bool
    is_check: bool
    is_kept: bool
    ratings: int
    in_hand: int
    open: int


def triples_with(*, question: Question) -> QuerySet[Triple]:
    """Triples of studies that show this question and are not void already."""
    shown = Triple.objects.filter(question=question, kind__in=[Kind.STUDY, Kind.CHECK])
    return shown.select_related("study__owner").order_by("study", "number")


def consequences(*, question: Question, reaching: Set[int]) -> list[Consequence]:
    """What `triples_settle` would do just now; `reaching` are rationales by primary key."""
    return [_consequence(triple, reaching) for triple in triples_with(question=question)]


def triples_settle(
    *, question: Question, reaching: Set[int], before: str, user: User, why: str, now: datetime
) -> list[Consequence]:
    """Void or keep every triple of the question, and write it down in each of its studies."""
    done = []
    with transaction.atomic():
        for triple in triples_with(question=question):
            # A study may have closed, or another correction come first, before the lock was had.
            studies = Study.objects.select_for_update(no_key=True, of=("self",))
            triple.study = studies.select_related("owner").get(pk=triple.study_id)
            triple.refresh_from_db(fields=["kind"])
            if triple.kind == Kind.VOID:
                continue
            found = _consequence(triple, reaching)
            if found.is_running and not found.is_kept:
                _void(triple)
            _note(triple, found, f"{before} to {question.gold_answer}", user, why, now)
            study_exports_drop(study=triple.study, now=now)
            done.append(found)
    return done


def _consequence(triple: Triple, reaching: Set[int]) -> Consequence:
    study = triple.study
    own = triple.assignments.filter(kind__in=[Kind.STUDY, Kind.CHECK])
    places = triple.places.filter(state=Place.State.OPEN)
    return Consequence(
        study=study.name,
        code=study.code,
        owner=study.owner.get_username(),
        is_running=study.state != Study.State.CLOSED,
        is_check=triple.kind == Kind.CHECK,
        is_kept=_is_kept(triple, reaching),
        ratings=own.filter(state=State.RATED).count(),
        in_hand=own.filter(state=State.HELD).count(),
        open=places.count(),
    )


def _is_kept(triple: Triple, reaching: Set[int]) -> bool:
    members = triple.members.all()
    if triple.kind == Kind.CHECK and triple.expected is not None:
        members = members.filter(position=triple.expected)
    return set(members.values_list("rationale", flat=True)) <= reaching


def _void(triple: Triple) -> None:
    """Locks as assigning does: assignments, then places. What is in hand comes in late, as void."""
    own = Assignment.objects.filter(triple=triple)
    list(own.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    places = list(triple.places.select_for_update().order_by("pk"))
    void = {"kind": Kind.VOID, "place": None}
    own.filter(state=State.HELD).update(**void, state=State.LAPSED, lease_until=None)
    own.update(**void)
    Place.objects.filter(pk__in=[each.pk for each in places]).delete()
    Triple.objects.filter(pk=triple.pk).update(kind=Kind.VOID)
    TripleRationale.objects.filter(triple=triple).update(kind=Kind.VOID)
    # Who has rated all that is left of their bundle has it for good.
    left = Place.objects.filter(bundle=OuterRef("pk")).exclude(state=Place.State.FILLED)
    held = Bundle.objects.filter(pk__in={each.bundle_id for each in places if each.bundle_id})
    held.filter(~Exists(left), state=Bundle.State.HELD).update(held_until=None)
    # A bundle of which nothing is left is nobody's: who had rated nothing may have another.
    any_left = Place.objects.filter(bundle=OuterRef("pk"))
    unbegun = Q(state=Bundle.State.OPEN) | Q(rater__rated_count=0)
    held.filter(~Exists(any_left), unbegun).delete()


def _note(
    triple: Triple, found: Consequence, change: str, user: User, why: str, now: datetime
) -> None:
    study, key = triple.study, triple.question.key
    became = "kept" if found.is_kept or not found.is_running else "void"
    detail = f"{key[:80]}: {change}; triple {triple.number} {became}, {found.ratings} ratings"
    AuditEntry.objects.create(
        study=study, user=user, action=AuditEntry.CORRECTED, detail=f"{detail}. {why}"[:300], at=now
    )
    if is_frozen(study=study):
        before, _, after = change.partition(" to ")
        Deviation.objects.create(
            study=study,
            what=f"gold answer of {key}"[:100],
            before=before,
            after=f"{after}: {found.ratings} ratings {became}",
            why=why,
            user=user,
            at=now,
        )
        deviations_note(study=study, user=user, why=why, now=now)

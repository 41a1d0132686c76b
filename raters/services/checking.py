"""The checks of a study, as its researcher writes, reads and drops them.

Knows: that a check which a rater has met stays, and that one asks a question of its own. Does not
know: how they are mixed in (turns), or how its texts come to be rows (an import).
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from generation.models import QuestionSet, Rationale
from raters.models import AuditEntry, Study, Triple
from raters.protocols import StudyRefused
from raters.services.freezing import deviations_note
from raters.services.places import Check, checks_add


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as its study's page shows it: its texts by position, never their sources."""

    number: int
    question: str
    gold: str
    texts: tuple[str, ...]
    expected: int
    why: str
    met: int


def checks_of_set(*, question_set: QuestionSet, sources: list[str]) -> list[Check]:
    """One for each question of a set; the first source wrote the text to pick. A source that wrote
    twice is taken by its first text."""
    texts: dict[tuple[int, str], Rationale] = {}
    for rationale in (
        Rationale.objects.filter(question__question_set=question_set, source__name__in=sources)
        .select_related("source")
        .order_by("-pk")
    ):
        texts[rationale.question_id, rationale.source.name] = rationale
    checks = []
    for question in question_set.questions.order_by("pk"):
        missing = [name for name in sources if (question.pk, name) not in texts]
        if missing:
            raise StudyRefused(f"'{missing[0]}' wrote nothing for '{question.text[:60]}'.")
        rationales = [texts[question.pk, name] for name in sources]
        checks.append(Check(question=question, rationales=rationales, expected=0))
    return checks


def checks_write(
    *, study: Study, checks: list[Check], user: User | None, now: datetime, why: str = ""
) -> int:
    """Add checks to a study and write it down; of a frozen plan it is a deviation."""
    if study.state == Study.State.CLOSED:
        raise StudyRefused(f"'{study.name}' is closed: nobody would meet another check.")
    with transaction.atomic():
        added = checks_add(study=study, checks=checks)
        _note(study, user, f"{added} added", why, now)
    return added


def check_drop(*, triple: Triple, user: User, now: datetime, why: str = "") -> None:
    """Take a check away that no rater has met."""
    study = triple.study
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if triple.assignments.exists():
            raise StudyRefused("A rater has met this check already, so it stays.")
        triple.delete()
        _note(study, user, "1 dropped", why, now)


def check_lines(*, study: Study) -> list[CheckLine]:
    triples = study.triples.filter(kind=Triple.Kind.CHECK).select_related("question")
    return [
        CheckLine(
            number=triple.number,
            question=triple.question.text,
            gold=triple.question.gold_shown,
            texts=tuple(each.shown_text for each in triple.members.order_by("position")),
            expected=triple.expected or 0,
            why=triple.why,
            met=triple.assignments.count(),
        )
        for triple in triples.order_by("number")
    ]


def _note(study: Study, user: User | None, what: str, why: str, now: datetime) -> None:
    AuditEntry.objects.create(study=study, user=user, action="checks", detail=what, at=now)
    deviations_note(study=study, user=user, why=why or f"checks: {what}", now=now)

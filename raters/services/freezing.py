"""A study's plan, frozen with a digest, and every later change of what was frozen, noted.

Knows what a frozen plan consists of: the plan and whatever column of the study decides its design,
flat, a term each. A new column of a study is frozen unless MOVING names it. Services that change
one note it, with who and why. Does not know what all of it comes to (services/conduct.py), nor what
any term means for a result.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from raters.exclusion import Rules, numbers, rule_problems, rule_words
from raters.models import (
    Assignment,
    AuditEntry,
    Deviation,
    Exclusion,
    Place,
    Rating,
    Study,
    StudyFreeze,
    StudyPath,
    StudyPlan,
    Triple,
)
from raters.protocols import StudyRefused

FORM = 1
# The seed is left out: a digest of a number that can be guessed would tell the orders while raters
# rate, and a keyed one would change with the site's key.
MOVING = {
    "id", "code", "invitation_code", "owner", "name", "state", "funnel", "seed", "question_set",
    "last_question", "created_at", "opened_at", "closed_at", "filled_count",
}  # fmt: skip
PATH_MOVING = {"id", "study", "crowd_code", "exits"}
USUAL_STOPPING = (
    "The study is closed once every rating that it asks for is given. Nobody looks at results "
    "before; there are none to look at."
)
WRITTEN = ("hypothesis", "sides", "headline", "ratings", "raters", "stopping")
RULE = "rule "  # before the kind of a rule, as the name of a term
WITHDREW = "a rater withdrew, and what they gave was deleted"


def plan_save(
    *,
    study: Study,
    user: User,
    rules: Rules,
    now: datetime,
    why: str = "",
    **written: Any,
) -> StudyPlan:
    """Write the plan down, or change it; `written` are WRITTEN. `why` is kept of a frozen one."""
    for problem in rule_problems(rules):
        raise StudyRefused(problem)
    with transaction.atomic():
        locked = _running(study, "its results can be read, so its plan stays as it is")
        plan = StudyPlan.objects.filter(study=study).first() or StudyPlan(study=study)
        before = plan_terms(locked, plan) if plan.pk else {}
        for name in WRITTEN:
            setattr(plan, name, written[name])
        plan.rules = _dated(plan.rules, rules, now, is_late=has_ratings(study))
        plan.changed_at = now
        plan.save()
        if changed := [what for what, *_ in differences(before, plan_terms(locked, plan))]:
            detail = ", ".join(changed)[:300]
            _note(study, user, "plan written" if not before else "plan changed", detail, now)
        deviations_note(study=study, user=user, why=why, now=now)
    return plan


def study_freeze(*, study: Study, user: User, now: datetime) -> StudyFreeze:
    """Fix the plan and the protocol for good: canonical JSON, its SHA-256, the time and who."""
    with transaction.atomic():
        locked = _running(study, "its results can be read, so a plan promises nothing any more")
        if not StudyPlan.objects.filter(study=study).exists():
            raise StudyRefused(f"'{study.name}' has no plan yet; save one, then freeze it.")
        if StudyFreeze.objects.filter(study=study).exists():
            raise StudyRefused(f"The plan of '{study.name}' is frozen already, once and for all.")
        given = ratings_given(study)
        terms = study_terms(locked)
        text = canonical(
            {
                "form": FORM,
                "study": study.code,
                "frozen_at": now.isoformat(),
                "ratings_before": given,
                "terms": terms,
            }
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        _note(study, user, "plan frozen", digest, now)
        return StudyFreeze.objects.create(
            study=study, text=text, sha256=digest, seen=terms, ratings=given, user=user, at=now
        )


def deviations_note(*, study: Study, user: User | None, now: datetime, why: str = "") -> None:
    """Write down what is no more as it was frozen or last noted; nothing where nothing changed."""
    with transaction.atomic():
        found = StudyFreeze.objects.filter(study_id=study.pk)
        freeze = found.select_for_update(no_key=True).first()
        if freeze is None:
            return
        today = study_terms(Study.objects.get(pk=study.pk))
        Deviation.objects.bulk_create(
            Deviation(
                study=study, what=what, before=before, after=after, why=why, user=user, at=now
            )
            for what, before, after in differences(freeze.seen, today)
        )
        found.update(seen=today)


def closing_deviates(*, study: Study) -> str:
    """In words, how many ratings and raters closing now has otherwise than a frozen plan."""
    plan = StudyPlan.objects.filter(study=study).first()
    return _otherwise(study, plan) if is_frozen(study=study) else ""


def is_frozen(*, study: Study) -> bool:
    return StudyFreeze.objects.filter(study=study).exists()


def has_ratings(study: Study) -> bool:
    return _given(study).exists()


def ratings_given(study: Study) -> int:
    return int(_given(study).count())


def canonical(value: Any) -> str:
    """The one way to write a value: keys sorted, no space, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [
        (what, before.get(what), after.get(what))
        for what in sorted(before.keys() | after.keys())
        if before.get(what) != after.get(what)
    ]


# --- what is frozen ------------------------------------------------------------------------------
def study_terms(study: Study) -> dict[str, Any]:
    """All that a frozen plan fixes, as it is today."""
    columns = {field.name: getattr(study, field.name) for field in study._meta.concrete_fields}
    plan = StudyPlan.objects.filter(study=study).first()
    checks = study.triples.filter(kind=Triple.Kind.CHECK)
    return {
        **{name: value for name, value in columns.items() if name not in MOVING},
        "question set": study.question_set.name,
        "sources": source_names(study),
        "checks": checks.count(),
        **_path(study),
        "end": _end(study, plan),
        **(plan_terms(study, plan) if plan else {}),
    }


def _path(study: Study) -> dict[str, Any]:
    """What raters agree to and are promised, where the study says any of it."""
    found = StudyPath.objects.filter(study=study).select_related("consent").first()
    path = found or StudyPath(study=study)
    columns = {field.name for field in StudyPath._meta.concrete_fields} - PATH_MOVING
    values = {name: getattr(path, name) for name in sorted(columns - {"consent"})}
    return {
        "consent text, its SHA-256": path.consent.sha256 if path.consent else "",
        **{name: "" if value is None else str(value) for name, value in values.items()},
    }


def plan_terms(study: Study, plan: StudyPlan) -> dict[str, Any]:
    written = {name: getattr(plan, name) for name in WRITTEN}
    rules = {f"{RULE}{kind}": rule_words(kind, rule) for kind, rule in numbers(plan.rules).items()}
    return written | {"headline": headline_words(plan.headline, source_names(study))} | rules


def headline_words(key: str, names: list[str] | tuple[str, ...]) -> str:
    """What the plan calls its headline: one source above another, or of picks one source's share.

    None named: whatever comes out first.
    """
    if not key:
        return "none named: whatever comes out first"
    first, _, second = key.partition(">")
    one = names[int(first)]
    return f"{one} above {names[int(second)]}" if second else f"share best of {one}"


def source_names(study: Study) -> list[str]:
    return list(study.study_sources.order_by("position").values_list("source__name", flat=True))


def _end(study: Study, plan: StudyPlan | None) -> str:
    """How the study came to its end, where that is not as it was to."""
    if study.state != Study.State.CLOSED:
        return ""
    found = _otherwise(study, plan)
    return f"closed with {found}" if found else ""


def _otherwise(study: Study, plan: StudyPlan | None) -> str:
    """Ratings, and raters where the plan names a number, that are not as many as wanted."""
    filling = _filling(study)
    wanted = [("ratings", filling.count(), ratings_wanted(study, plan))]
    if plan and plan.raters:
        raters = filling.order_by().values("rater").distinct().count()
        wanted.append(("raters", raters, plan.raters))
    return ", ".join(
        f"{n} of {of} {what}" if n < of else f"{n} {what} where {of} were planned"
        for what, n, of in wanted
        if n != of
    )


def ratings_wanted(study: Study, plan: StudyPlan | None) -> int:
    return (plan and plan.ratings) or study.triple_count * study.raters_per_triple


def _filling(study: Study) -> Any:
    """What fills a place, of raters who are not excluded."""
    rated = {"state": Assignment.State.RATED, "place__state": Place.State.FILLED}
    excluded = Exclusion.objects.active(study).values("rater")
    return Assignment.objects.filter(study=study, **rated).exclude(rater__in=excluded)


def _dated(kept: Rules, rules: Rules, now: datetime, *, is_late: bool) -> dict[str, Any]:
    """The rules with when each was set; one whose numbers did not change keeps its time."""
    before = numbers(kept)
    return {
        kind: kept[kind]
        if before.get(kind) == rule
        else {**rule, "set_at": now.isoformat(), "is_late": is_late}
        for kind, rule in numbers(rules).items()
    }


def _given(study: Study) -> Any:
    return Rating.objects.filter(
        assignment__study=study, assignment__kind="study", is_current=True
    ).order_by()


def _running(study: Study, why_not: str) -> Study:
    """The study, locked; refused once it is closed."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state == Study.State.CLOSED:
        raise StudyRefused(f"'{study.name}' is closed: {why_not}.")
    return locked


def _note(study: Study, user: User, action: str, detail: str, now: datetime) -> None:
    AuditEntry.objects.create(study=study, user=user, action=action, detail=detail, at=now)

"""A study's plan, frozen with a digest, and every later change of what was frozen.

Knows what a frozen plan consists of: the plan and whatever column of the study decides its design,
flat, a term each. A new column of a study is frozen unless MOVING names it. No change is missed:
today's terms are compared with those last noted. Services that change one note it, with who and
why; a change that came by another road is listed all the same, as nobody's. Says no word about what
any term means for a result.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
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
    "created_at", "opened_at", "closed_at",
}  # fmt: skip
PATH_MOVING = {"id", "study", "crowd_code", "exits"}
USUAL_STOPPING = (
    "The study is closed once every rating that it asks for is given. Nobody looks at results "
    "before; there are none to look at."
)
WRITTEN = ("hypothesis", "sides", "headline", "ratings", "raters", "stopping")
RULE = "rule "  # before the kind of a rule, as the name of a term
UNKNOWN = "not noted by whom"
WITHDREW = "a rater withdrew, and what they gave was deleted"


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """`who` is UNKNOWN and `at` None where the change came by no service."""

    what: str
    before: Any
    after: Any
    who: str
    at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Conduct:
    """How far a study is held to a plan.

    `written` is what the plan says, a term and its words; `rules` each with whether it came after
    the first rating; `sha256` is empty until it is frozen.
    """

    written: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, bool], ...]
    sha256: str
    frozen_at: datetime | None
    frozen_by: str
    ratings_before: int
    deviations: tuple[DeviationLine, ...]

    @property
    def is_planned(self) -> bool:
        return bool(self.written)


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


def deviations(*, study: Study) -> tuple[DeviationLine, ...]:
    """Every change since the plan was frozen, the first one first; none without a frozen plan."""
    freeze = StudyFreeze.objects.filter(study=study).first()
    if freeze is None:
        return ()
    noted = Deviation.objects.filter(study=study).select_related("user").order_by("pk")
    unnoted = differences(freeze.seen, study_terms(Study.objects.get(pk=study.pk)))
    return (
        *(
            DeviationLine(
                one.what,
                one.before,
                one.after,
                _who(one),
                one.at,
                one.why,
            )
            for one in noted
        ),
        *(DeviationLine(*change, UNKNOWN, None, "") for change in unnoted),
    )


def _who(one: Deviation) -> str:
    if one.user:
        return one.user.get_username()
    return "the rater" if one.why == WITHDREW else UNKNOWN


def conduct(*, study: Study) -> Conduct:
    """The plan, whether it is frozen, and what was done otherwise."""
    plan = StudyPlan.objects.filter(study=study).first()
    freeze = StudyFreeze.objects.filter(study=study).select_related("user").first()
    rules = plan.rules.items() if plan else ()
    return Conduct(
        written=_written(study, plan) if plan else (),
        rules=tuple((rule_words(kind, rule), rule["is_late"]) for kind, rule in rules),
        sha256=freeze.sha256 if freeze else "",
        frozen_at=freeze.at if freeze else None,
        frozen_by=freeze.user.get_username() if freeze and freeze.user else "",
        ratings_before=freeze.ratings if freeze else 0,
        deviations=deviations(study=study),
    )


def plan_in_short(*, study: Study) -> dict[str, Any]:
    """For manifests: which figure is the headline, the digest, how many deviations."""
    plan = StudyPlan.objects.filter(study=study).first()
    found, names = conduct(study=study), source_names(study)
    positions = plan.headline.split(">") if plan and plan.headline else []
    return {
        "headline": [names[int(at)] for at in positions],
        "sha256": found.sha256 or None,
        "frozen_at": found.frozen_at and found.frozen_at.isoformat(),
        "ratings_before": found.ratings_before if found.sha256 else None,
        "deviations": len(found.deviations),
    }


def closing_deviates(*, study: Study) -> bool:
    """Whether to close now is to close before a frozen plan's ratings are there."""
    plan = StudyPlan.objects.filter(study=study).first()
    return is_frozen(study=study) and _filled(study) < _wanted(study, plan)


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
    """How the study came to its end, where that is earlier than it was to."""
    if study.state != Study.State.CLOSED:
        return ""
    wanted, filled = _wanted(study, plan), _filled(study)
    return f"closed with {filled} of {wanted} ratings" if filled < wanted else ""


def _wanted(study: Study, plan: StudyPlan | None) -> int:
    return (plan and plan.ratings) or study.triple_count * study.raters_per_triple


def _filled(study: Study) -> int:
    excluded = Exclusion.objects.active(study).values("rater")
    filled = study.places.filter(state=Place.State.FILLED)
    return filled.exclude(
        assignments__in=Assignment.objects.filter(
            study=study, state=Assignment.State.RATED, rater__in=excluded
        )
    ).count()


def _written(study: Study, plan: StudyPlan) -> tuple[tuple[str, str], ...]:
    said = {
        "Hypothesis": plan.hypothesis,
        "Test": plan.sides,
        "Headline": headline_words(plan.headline, source_names(study)),
        "Ratings wanted": str(_wanted(study, plan)),
        "Raters wanted": str(plan.raters or ""),
        "It ends": plan.stopping,
    }
    return tuple((what, words or "not said") for what, words in said.items())


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

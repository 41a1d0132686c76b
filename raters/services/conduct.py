"""How a study was held to its plan: what is frozen, and everything that was done otherwise.

No deviation is missed: a frozen term that is not as it was last noted is listed though nobody noted
it, and so is a rule of the plan that raters fall under who count all the same once the study is
over. Reads alone; what is frozen, and noted when it changes, is for services/freezing.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from raters.exclusion import numbers, rule_words
from raters.models import Deviation, Exclusion, Study, StudyFreeze, StudyPlan
from raters.services.exclusions import RaterFacts, rater_facts
from raters.services.freezing import (
    RULE,
    WITHDREW,
    differences,
    headline_words,
    ratings_wanted,
    source_names,
    study_terms,
)

UNKNOWN = "not noted by whom"
NOBODY = "nobody applied it"
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """`who` is UNKNOWN and `at` None where the change came by no service, or NOBODY where nothing
    was done that the plan asked for."""

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

    hypothesis: str
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


def deviations(*, study: Study) -> tuple[DeviationLine, ...]:
    """Every change since the plan was frozen, the first one first; none without a frozen plan."""
    freeze = StudyFreeze.objects.filter(study=study).first()
    if freeze is None:
        return ()
    today = Study.objects.get(pk=study.pk)
    noted = Deviation.objects.filter(study=study).select_related("user").order_by("pk")
    return (
        *(
            DeviationLine(one.what, one.before, one.after, _who(one), one.at, one.why)
            for one in noted
        ),
        *(
            DeviationLine(*change, UNKNOWN, None, "")
            for change in differences(freeze.seen, study_terms(today))
        ),
        *_not_applied(today),
    )


def _not_applied(study: Study) -> Iterator[DeviationLine]:
    """Rules of the plan that raters fall under who are not left out, once no more can come."""
    plan = StudyPlan.objects.filter(study=study).first()
    if study.state != Study.State.CLOSED or not plan or not plan.rules:
        return
    due = [one for one in rater_facts(study=study) if one.is_due]
    let_in = {
        row.rater_id: row
        for row in Exclusion.objects.filter(study=study, rater__in=[one.pk for one in due])
        .select_related("lifted_by")
        .order_by("pk")
    }
    for kind, rule in numbers(plan.rules).items():  # in one order, whatever the database keeps
        what, says = f"{RULE}{kind}, not applied", rule_words(kind, rule)
        under = [one for one in due if kind in one.under]
        if never := [one for one in under if one.pk not in let_in]:
            yield DeviationLine(what, says, _counting(never), NOBODY, None, "")
        for one in under:
            if row := let_in.get(one.pk):
                who = row.lifted_by.get_username() if row.lifted_by else UNKNOWN
                after = _counting([one])
                yield DeviationLine(what, says, after, who, row.lifted_at, row.lifted_why)


def _counting(raters: list[RaterFacts]) -> str:
    ratings, more = sum(one.counting for one in raters), len(raters) - MOST_NAMED
    named = ", ".join(one.pseudonym for one in raters[:MOST_NAMED])
    named += f" and {more} more" if more > 0 else ""
    one = len(raters) == 1
    return (
        f"{named} {'falls' if one else 'fall'} under it and {'counts' if one else 'count'}, with "
        f"{ratings} rating{'' if ratings == 1 else 's'}"
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
        hypothesis=plan.hypothesis if plan else "",
        written=_written(study, plan) if plan else (),
        rules=tuple((rule_words(kind, rule), rule["is_late"]) for kind, rule in rules),
        sha256=freeze.sha256 if freeze else "",
        frozen_at=freeze.at if freeze else None,
        frozen_by=freeze.user.get_username() if freeze and freeze.user else "",
        ratings_before=freeze.ratings if freeze else 0,
        deviations=deviations(study=study),
    )


def plan_in_short(*, study: Study) -> dict[str, Any]:
    """For manifests: which figure is the headline, how it is tested, the digest, the deviations."""
    plan = StudyPlan.objects.filter(study=study).first()
    found, names = conduct(study=study), source_names(study)
    positions = plan.headline.split(">") if plan and plan.headline else []
    return {
        "headline": [names[int(at)] for at in positions],
        "sides": plan.sides if plan else None,
        "sha256": found.sha256 or None,
        "frozen_at": found.frozen_at and found.frozen_at.isoformat(),
        "ratings_before": found.ratings_before if found.sha256 else None,
        "deviations": len(found.deviations),
    }


def _written(study: Study, plan: StudyPlan) -> tuple[tuple[str, str], ...]:
    said = {
        "Hypothesis": plan.hypothesis,
        "Test": plan.sides,
        "Headline": headline_words(plan.headline, source_names(study)),
        "Ratings wanted": str(ratings_wanted(study, plan)),
        "Raters wanted": str(plan.raters or ""),
        "It ends": plan.stopping,
    }
    return tuple((what, words or "not said") for what, words in said.items())

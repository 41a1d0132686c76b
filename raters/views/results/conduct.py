"""The plan, its deviations, and who was left out with what effect: as the results print them."""

from typing import Any

from raters.exclusion import ASKED, KINDS
from raters.exports.cells import csv_line
from raters.models import Study, StudyReport
from raters.services.conduct import Conduct, conduct
from raters.services.exclusions import ExclusionLine, exclusion_lines
from raters.services.freezing import headline_words
from raters.services.reports import report_results
from raters.services.results import StudyResults
from raters.services.results.exclusions import Effects
from raters.statistics import Estimate
from raters.views import plan
from raters.views.results.figures import counted, interval, listed, percent

COLUMNS = (
    "rater", "rule", "detail", "ratings", "rule_set_after_first_rating", "excluded_at", "lifted_at",
    "lifted_why", "headline", "value", "low", "high",
)  # fmt: skip
NAMES = {
    "too-fast": "too fast", "often-fast": "too often too fast", "failed-checks": "failed checks",
    "too-few": "too few ratings", "asked": "asked to withdraw",
}  # fmt: skip


def page(study: Study, results: StudyResults, held: Conduct) -> dict[str, Any]:
    effects, lines = results.effects, exclusion_lines(study=study)
    let_in = {one.rater: figure(one.let_in) for one in effects.each} if effects else {}
    return {
        **plan.words(study, held),
        "lines": [
            {**words, "effect": "" if words["lifted_at"] else let_in.get(words["rater"], "")}
            for words in line_words(lines)
        ],
        "has_effects": bool(effects),
        "effect": _effect(effects, results.sources) if effects else "",
    }


def line_words(lines: tuple[ExclusionLine, ...]) -> list[dict[str, Any]]:
    """Exclusions as pages, the report and the file print them."""
    return [
        {
            "rater": line.rater,
            "name": line.name,
            "code": line.code,
            "rule": NAMES[line.rule],
            "detail": line.detail,
            "ratings": line.ratings,
            "marks": [
                *(["rule set after the first rating"] if line.is_late else []),
                *(["decided once results could be read"] if line.is_after_end else []),
                *([] if line.rule in KINDS else ["by hand"]),
            ],
            "by": line.by,
            "at": line.at,
            "lifted_at": line.lifted_at,
            "lifted_by": line.lifted_by,
            "lifted_why": line.lifted_why,
            "is_refilled": line.is_refilled,
        }
        for line in lines
    ]


def figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return "undefined"
    reached = interval(estimate)["text"]
    return f"{percent(estimate.value)} ({reached or 'no interval'})"


def sentence(study: Study) -> str:
    """For a methods paragraph: who was excluded, by which rules, fixed when; and how planned."""
    held = [line for line in exclusion_lines(study=study) if not line.lifted_at]
    return " ".join(filter(None, (_excluded(held), _planned(study))))


def frozen_words(study: Study) -> str:
    """What a datasheet says of a preregistration; empty without a frozen plan."""
    found = conduct(study=study)
    if not found.frozen_at:
        return ""
    given = found.ratings_before
    before = f"after {counted(given)}" if given else "before the first rating"
    return (
        f"the plan was frozen on {_day(found.frozen_at)}, {before} (SHA-256 {found.sha256}); "
        f"{counted(len(found.deviations), 'deviation')}"
    )


def exclusions_csv(study: Study, report: StudyReport) -> bytes:
    """Every exclusion with the headline were its rater let in; first, as it is and with all."""
    results = report_results(report)
    effects = results.effects
    name = headline_words(effects.key, results.sources) if effects else ""
    rows = [csv_line(COLUMNS)]
    if effects:
        for what, whole in (("as it is", effects.as_is), ("everyone", effects.everyone)):
            rows.append(csv_line(["", "", what, *[None] * 5, name, *_digits(whole)]))
    let_in = {one.rater: one.let_in for one in effects.each} if effects else {}
    for line in exclusion_lines(study=study):
        found = None if line.lifted_at else let_in.get(line.rater)
        at, lifted = line.at.isoformat(), line.lifted_at and line.lifted_at.isoformat()
        about = [line.rater, line.rule, line.detail, line.ratings, line.is_late, at, lifted]
        rows.append(csv_line([*about, line.lifted_why, name, *_digits(found)]))
    return b"".join(rows)


def _effect(effects: Effects, sources: tuple[str, ...]) -> str:
    named = headline_words(effects.key, sources)
    whose = "the plan's headline" if effects.is_planned else "what comes out first"
    return (
        f"{counted(len(effects.each), 'rater')} with {counted(effects.ratings)} left out. "
        f"{named[0].upper()}{named[1:]} ({whose}): "
        f"{figure(effects.as_is)} as it is, {figure(effects.everyone)} with everyone let in."
    )


def _excluded(held: list[ExclusionLine]) -> str:
    by_rule = [one for one in held if one.rule in KINDS]
    asked = [one for one in held if one.rule == ASKED]
    said = []
    if by_rule:
        rules = listed(dict.fromkeys(words for one in by_rule for words in one.words), "or")
        said.append(
            f"{_raters(by_rule)} excluded by rules {_since(by_rule)}, blind to what they "
            f"preferred{_after_end(by_rule)}: {rules}."
        )
    if asked:
        said.append(f"{_raters(asked)} excluded as they asked{_after_end(asked)}.")
    return " ".join(said) or "Nobody was excluded."


def _since(by_rule: list[ExclusionLine]) -> str:
    """Since when the rules held that these were excluded by, whatever the plan says today."""
    if any(one.is_late for one in by_rule):
        return "of which at least one was set after the first rating"
    days = [one.set_at for one in by_rule if one.set_at]
    return "fixed before the first rating" + (f", on {_day(max(days))}" if days else "")


def _after_end(lines: list[ExclusionLine]) -> str:
    late = sum(one.is_after_end for one in lines)
    if not late:
        return ""
    which = "" if late == len(lines) else f" of {late} of them"
    return f", which was decided{which} after the study had closed, when results could be read"


def _raters(lines: list[ExclusionLine]) -> str:
    n = len({line.rater for line in lines})
    ratings = counted(sum(line.ratings for line in lines))
    return f"{counted(n, 'rater')} with {ratings} {'was' if n == 1 else 'were'}"


def _planned(study: Study) -> str:
    said = frozen_words(study)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _digits(found: Estimate | None) -> list[float | None]:
    return [found.value, found.low, found.high] if found else [None] * 3


def _day(at: Any) -> str:
    return f"{at.day} {at:%B %Y}"

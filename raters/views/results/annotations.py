"""What was said beside the answer, in tables: reasons, step marks, scores, and the raters."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.people import People, RaterLine
from raters.statistics import Estimate
from raters.views.results import figures
from raters.views.results.figures import PERCENT, between, interval, percent


def page(results: StudyResults) -> dict[str, Any]:
    said = results.annotations
    return {
        "reasons": [
            {
                "name": reason.name,
                "cells": [
                    {"count": count, **_share(share, results.ratings and count / results.ratings)}
                    for count, share in zip(reason.counts, reason.shares, strict=True)
                ],
            }
            for reason in said.reasons
        ],
        "marks": [
            {
                "source": each.source,
                "number": number,
                "marked": each.marked,
                **_share(each.free_of_errors, _free(each.marked, each.first_errors)),
                "first_errors": each.first_errors,
            }
            for number, each in enumerate(said.marks, start=1)
        ],
        "error_steps": range(
            1, 1 + max((len(each.first_errors) for each in said.marks), default=0)
        ),
        "marks_why_none": figures.why_none(
            (each.source, each.free_of_errors) for each in said.marks
        ),
        "criteria": [
            {
                "name": criterion.name,
                "points": criterion.points,
                "cells": [
                    {"mean": figures.signed(average) or "undefined", "interval": between(mean)}
                    for average, mean in zip(criterion.averages, criterion.means, strict=True)
                ],
                "why_none": figures.why_none(zip(results.sources, criterion.means, strict=True)),
            }
            for criterion in said.scores
        ],
        "people": _people(results.people),
    }


def _share(found: Estimate, value: float | None) -> dict[str, str]:
    return {"share": percent(value) or "undefined", "interval": interval(found)["text"]}


def _free(marked: int, first_errors: tuple[int, ...]) -> float | None:
    return (marked - sum(first_errors)) / marked if marked else None


def _people(people: People) -> dict[str, Any]:
    found = people.consistency
    said = ""
    if people.repeats:
        same = sum(line.repeats_same for line in people.lines)
        text = interval(found)["text"]
        reached = (
            f"95{PERCENT} interval for raters like these {text}"
            if text
            else f"no interval for raters like these: {found.undefined}"
        )
        said = (
            f"Of {figures.counted(people.repeats, 'triple')} shown to the same rater again in "
            f"another order, {same} got the same best "
            f"({percent(same / people.repeats)}; {reached})."
        )
    return {
        "lines": [_line(line) for line in people.lines],
        "slots": len(people.lines[0].slots) if people.lines else 0,
        "why_not_right": people.why_not_right,
        "consistency": said,
        "checks": (
            f"Raters passed {people.checks_passed} of {figures.counted(people.checks, 'check')}."
            if people.checks
            else ""
        ),
    }


def _line(line: RaterLine) -> dict[str, Any]:
    return {
        "rater": line.rater,
        "ratings": line.ratings,
        "seconds": "not known" if line.median_seconds is None else f"{line.median_seconds:.0f}",
        "slots": line.slots,
        "others": line.others,
        "agreement": percent(line.agreement.value) or "undefined",
        "interval": interval(line.agreement)["text"],
        "expected": percent(line.expected) or "undefined",
        "right": percent(line.right) or "undefined",
        "checks": f"{line.checks_passed} of {line.checks}",
        "repeats": f"{line.repeats_same} of {line.repeats}",
    }

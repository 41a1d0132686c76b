"""A running study in words: how precise it is, and when its interval will be narrow enough.

By counts and the precision of all sources together: nothing here names a source or a share.
"""

from datetime import datetime
from typing import Any

from raters.models import Study
from raters.services.planning import Outlook, study_reach
from raters.services.reports import precision_ask, report_precision
from raters.views.results import figures
from raters.views.results.figures import counted


def running(study: Study, now: datetime) -> dict[str, Any]:
    """For the pages of a study that is open or paused; elsewhere there is nothing to reach."""
    if study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return {"precision": None, "reach": []}
    found = report_precision(precision_ask(study=study, now=now))
    outlook = found and study_reach(study=study, precision=found, now=now)
    return {
        "precision": figures.precision(found),
        "reach": outlook_sentences(outlook) if outlook else [],
    }


def outlook_sentences(outlook: Outlook) -> list[str]:
    wanted = f"{100 * outlook.width:.0f} points"
    if outlook.needed is None:
        return [
            f"With these raters and questions an interval {wanted} wide is not reached by more "
            "ratings: more raters or more questions are needed."
        ]
    if outlook.needed <= outlook.done:
        return [f"An interval {wanted} wide is reached already, with {counted(outlook.done)}."]
    said = [
        f"About {counted(outlook.needed)} are needed for an interval {wanted} wide; "
        f"{outlook.done} are there."
    ]
    if outlook.needed > outlook.places:
        said.append(
            f"The study asks for {outlook.places}: raise the ratings per triple, or draw more."
        )
    if outlook.days is not None:
        said.append(f"At the pace since it opened that takes {_days(outlook.days)} more.")
    return said


def _days(days: float) -> str:
    if days < 1:
        return f"{max(1, round(24 * days))} hours"
    return f"{days:.0f} days"

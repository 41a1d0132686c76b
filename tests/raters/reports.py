"""A worker for reports, in this process: pages show figures that somebody has computed."""

from contextlib import nullcontext
from unittest.mock import patch

from raters.charts import Drawn
from raters.models import Study, StudyReport
from raters.services import reports
from tests.factories import NOW

BLANK = Drawn('<svg xmlns="http://www.w3.org/2000/svg"></svg>', b"\x89PNG")


def make_report(study: Study, *, draws: bool = False) -> StudyReport:
    """The report of this study, as its page would ask for it, made; charts blank unless drawn."""
    study.refresh_from_db()
    is_closed = study.state == Study.State.CLOSED
    report = (reports.report_ask if is_closed else reports.precision_ask)(study=study, now=NOW)
    blank = patch.object(reports, "draw", lambda asked: {each.name: BLANK for each in asked})
    with nullcontext() if draws else blank:
        reports.report_make(report_id=report.pk)
    report.refresh_from_db()
    assert report.state == StudyReport.State.MADE, report.problem
    return report

"""A worker for reports, in this process: pages show figures that somebody has computed."""

from raters.models import Study, StudyReport
from raters.services.reports import precision_ask, report_ask, report_make
from tests.factories import NOW


def make_report(study: Study) -> StudyReport:
    """The report of this study, as its page would ask for it, made."""
    study.refresh_from_db()
    is_closed = study.state == Study.State.CLOSED
    report = (report_ask if is_closed else precision_ask)(study=study, now=NOW)
    report_make(report_id=report.pk)
    report.refresh_from_db()
    assert report.state == StudyReport.State.MADE, report.problem
    return report

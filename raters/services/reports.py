"""Figures of a study, computed by a worker, kept as a row and read by pages. Never in a request.

A report is asked for when somebody wants to see it. Its key says what of the study it was computed
from, so new ratings, a revision or another name of a source make a new report and nothing has to
be told. Asking again is safe: a report made twice is the same.

Knows when to compute. What is computed is for services.results, how it is drawn for charts.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from raters.charts import NotDrawn, Picture, draw
from raters.exports.cells import csv_line
from raters.models import (
    Assignment,
    AuditEntry,
    Exclusion,
    Flag,
    Guess,
    Rater,
    Rating,
    ReportFigure,
    Study,
    StudyPlan,
    StudyReport,
    Withdrawal,
)
from raters.services.results import StudyResults, study_results
from raters.services.results.pictures import pictures
from raters.services.results.plain import plain, restored
from raters.services.results.precision import Precision, study_precision

log = logging.getLogger(__name__)
TASK = "raters.tasks.make_report"
FORM = 5  # of the figures kept: another one, and what is kept is computed anew
MOST_ATTEMPTS = 3
PRECISION_HOLDS = timedelta(minutes=5)
GIVEN_UP = timedelta(minutes=15)  # by then a report that a worker began is made, or its worker gone
State, Kind = StudyReport.State, StudyReport.Kind


def report_ask(*, study: Study, now: datetime, anew: bool = False) -> StudyReport:
    """The figures of a closed study, or the promise of them; `anew`: whatever is kept."""
    report, _ = StudyReport.objects.get_or_create(
        study=study, kind=Kind.RESULTS, key=study_key(study), defaults={"asked_at": now}
    )
    if anew:
        StudyReport.objects.filter(pk=report.pk).exclude(state=State.QUEUED).update(
            state=State.QUEUED, attempts=0, sent_at=None
        )
        report.refresh_from_db()
    _send_where_due(report, now)
    return report


def precision_ask(*, study: Study, now: datetime) -> StudyReport:
    """How precise a running study is: as computed last, and on its way anew where that is old."""
    kept = StudyReport.objects.filter(study=study, kind=Kind.PRECISION).first()
    if kept is None:
        kept, _ = StudyReport.objects.get_or_create(
            study=study, kind=Kind.PRECISION, key="", defaults={"asked_at": now}
        )
    elif kept.state != State.QUEUED and kept.asked_at < now - PRECISION_HOLDS:
        StudyReport.objects.filter(pk=kept.pk, state=kept.state).update(
            state=State.QUEUED, attempts=0, asked_at=now, sent_at=None
        )
        kept.refresh_from_db()
    _send_where_due(kept, now)
    return kept


def report_make(*, report_id: int) -> None:
    """Compute and draw. What goes wrong is kept as a sentence; a worker that dies is counted."""
    mine = StudyReport.objects.filter(pk=report_id, state=State.QUEUED)
    if mine.update(attempts=F("attempts") + 1):
        _make(report_id)


def _make(report_id: int) -> None:
    report = StudyReport.objects.select_related("study").get(pk=report_id)
    if report.attempts > MOST_ATTEMPTS:
        _failed(report, f"The worker that computes it ended {MOST_ATTEMPTS} times.")
        return
    try:
        if report.kind == Kind.PRECISION:
            _store(report, plain(study_precision(study=report.study)), ())
        else:
            results = study_results(study=report.study)
            _store(report, plain(results), pictures(results))
    except NotDrawn as problem:
        log.exception("The charts of report %s", report_id)
        _failed(report, f"Its charts could not be drawn: {problem}.")
    except Exception as problem:
        log.exception("Report %s", report_id)
        _failed(report, f"It could not be computed: {type(problem).__name__}: {problem}")


def report_results(report: StudyReport) -> StudyResults:
    """What a report that is made holds."""
    found: StudyResults = restored(StudyResults, report.figures)
    return found


def report_precision(report: StudyReport) -> Precision | None:
    """None until it was computed for the first time, or where it is kept in a shape of old."""
    try:
        return restored(Precision, report.figures or None)
    except KeyError:
        return None


def _store(report: StudyReport, figures: Any, drawn: Sequence[Picture]) -> None:
    made = draw(drawn)
    with transaction.atomic():
        report.drawn.all().delete()
        ReportFigure.objects.bulk_create(
            ReportFigure(
                report=report,
                name=each.name,
                svg=made[each.name].svg,
                png=made[each.name].png,
                csv=_csv(each),
            )
            for each in drawn
        )
        others = StudyReport.objects.filter(study=report.study, kind=report.kind)
        others.filter(pk__lt=report.pk).delete()  # of ratings as they are no more
        StudyReport.objects.filter(pk=report.pk).update(
            state=State.MADE, figures=figures, problem="", attempts=0, made_at=timezone.now()
        )


def _failed(report: StudyReport, problem: str) -> None:
    StudyReport.objects.filter(pk=report.pk).update(state=State.FAILED, problem=problem[:300])


def _csv(picture: Picture) -> str:
    lines = [csv_line(picture.columns), *(csv_line(row) for row in picture.numbers)]
    return b"".join(lines).decode()


def study_key(study: Study) -> str:
    """Everything that the figures of a closed study could change with."""
    of_study = Q(assignment__study=study)
    said = Rating.objects.filter(of_study).aggregate(n=Count("pk"), last=Max("pk"))
    given = Assignment.objects.filter(study=study)
    states = given.order_by("kind", "state").values_list("kind", "state")
    raters = Rater.objects.filter(study=study)
    about = [
        FORM,
        study.protocol,
        study.closed_at and study.closed_at.isoformat(),
        said,
        list(states.annotate(Count("pk"))),
        raters.aggregate(n=Count("pk"), simulated=Count("pk", filter=Q(is_simulated=True))),
        Flag.objects.filter(of_study).count(),
        Guess.objects.filter(of_study).count(),
        AuditEntry.objects.filter(study=study, action=AuditEntry.CORRECTED).count(),
        Withdrawal.objects.filter(rater__study=study).count(),
        sorted(Exclusion.objects.rules(study).items()),
        list(StudyPlan.objects.filter(study=study).values_list("headline", "sides")),
        list(study.study_sources.order_by("position").values_list("source__name", flat=True)),
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _send_where_due(report: StudyReport, now: datetime) -> None:
    """A task may be lost on its way: whoever waits sends it again after a while."""
    late = now - timedelta(seconds=settings.SEND_AGAIN_SECONDS)
    due = StudyReport.objects.filter(pk=report.pk, state=State.QUEUED).filter(
        Q(sent_at=None) | Q(sent_at__lt=late, attempts=0) | Q(sent_at__lt=now - GIVEN_UP)
    )
    if due.update(sent_at=now):
        transaction.on_commit(partial(_send, report.pk))


def _send(report_id: int) -> None:
    try:
        current_app.send_task(TASK, [report_id], retry=False)
    except (OperationalError, OSError) as problem:
        log.warning("The broker does not answer (%s); who waits will send again.", problem)

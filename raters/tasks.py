"""Celery's way in: ids in, one service call each. State lives in the database."""

from celery import shared_task

from raters.services.reports import report_make


@shared_task
def make_report(report_id: int) -> None:
    report_make(report_id=report_id)

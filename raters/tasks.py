"""Celery's way in: ids in, one service call each. State lives in the database."""

from celery import shared_task
from django.utils import timezone

from raters.services.export_files import study_export_build, study_exports_sweep
from raters.services.reports import report_make
from raters.services.webhooks import webhooks_sweep


@shared_task
def make_report(report_id: int) -> None:
    report_make(report_id=report_id)


@shared_task
def build_export(export_id: int) -> None:
    study_export_build(export_id=export_id, now=timezone.now())


@shared_task
def sweep_exports() -> None:
    study_exports_sweep(now=timezone.now())


@shared_task
def sweep_webhooks() -> None:
    webhooks_sweep(clock=timezone.now)

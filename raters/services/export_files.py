"""Exports as files that a worker builds, that a person takes away, and that go again.

A file is asked for, built by a task into EXPORT_DIR under another name and moved to its own once
whole, given by HTTP in ranges, and swept when its time is over. Asking for what is there already
gives what is there; what died half-way is sent again. Stopping is dropping: the builder looks after
every block whether its file is still wanted. Every attempt writes a file of its own, and its row
only as long as no other attempt has begun: who was given up and lives on changes nothing.

Knows when a file is built and for whom. What stands in one is for raters.exports.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from kombu.exceptions import OperationalError

from generation.heartbeat import heartbeat
from raters.exports import EXPORTS, ExportRefused, Tally, Wishes, refusal
from raters.exports.files import Built, export_write
from raters.exports.manifest import app_version
from raters.models import Study, StudyExport, StudyReport
from raters.services.reports import report_ask, report_make, study_key

log = logging.getLogger(__name__)
TASK = "raters.tasks.build_export"
MOST_ATTEMPTS = 3
SIGN_SECONDS = 20.0  # a builder gives a sign of life as often, whatever it is at
GIVEN_UP = timedelta(minutes=2)  # one that has given none for so long is dead
KEPT_FAILED = timedelta(days=1)
State = StudyExport.State


class ExportStopped(Exception):
    """The file is not wanted any more."""


def study_export_ask(
    *, study: Study, user: User, name: str, form: str, wishes: Mapping[str, Any], now: datetime
) -> StudyExport:
    """The file, built or on its way; the same one while nothing that it is made of has changed.

    Raises ExportRefused with a sentence where there is no such file, or none yet.
    """
    export = EXPORTS.get(name)
    if export is None:
        raise ExportRefused(f"There is no export {name!r}; there are: {', '.join(EXPORTS)}.")
    wished = Wishes.read(wishes)
    if sentence := refusal(study, export) or export.why_not(form, wished):
        raise ExportRefused(sentence)
    about = [study.pk, name, form, wished.plain(), study.state, study_key(study), app_version()]
    key = hashlib.sha256(json.dumps(about).encode()).hexdigest()
    mine = StudyExport.objects.filter(owner=user, key=key).alive()
    found = mine.first()
    if found is None:
        try:
            with transaction.atomic():
                found = StudyExport.objects.create(
                    study=study,
                    owner=user,
                    name=name,
                    form=form,
                    wishes=wished.plain(),
                    key=key,
                    is_snapshot=study.state != Study.State.CLOSED,
                    asked_at=now,
                )
        except IntegrityError:  # asked twice at the same moment
            found = mine.get()
    _send_where_due(found.pk, now)
    return found


def study_export_build(*, export_id: int, now: datetime) -> None:
    """Write the file. What goes wrong is kept as a sentence; what was stopped leaves nothing."""
    late = Q(state=State.BUILDING, touched_at__lt=now - GIVEN_UP)
    mine = StudyExport.objects.filter(Q(state=State.QUEUED) | late, pk=export_id)
    begun = mine.update(
        state=State.BUILDING,
        attempts=F("attempts") + 1,
        began_at=now,
        touched_at=now,
        rows_done=0,
        share_done=0,
    )
    if not begun:
        return
    row = StudyExport.objects.select_related("study").get(pk=export_id)
    try:
        if row.attempts > MOST_ATTEMPTS:
            raise ExportRefused(f"The worker that builds it ended {MOST_ATTEMPTS} times.")
        with heartbeat(partial(_sign, row), seconds=SIGN_SECONDS):
            _figures_ensure(study=row.study, name=row.name)
            built = _write(row)
        _finish(row, built)
    except ExportStopped:
        row.path.unlink(missing_ok=True)
    except ExportRefused as refused:
        _failed(row, str(refused))
    except OSError as problem:
        log.exception("Export %s", export_id)
        _failed(row, f"It could not be written: {problem.strerror or problem}.")
    except Exception as problem:
        log.exception("Export %s", export_id)
        _failed(row, f"It could not be built: {type(problem).__name__}: {problem}")


def study_export_drop(*, export: StudyExport, now: datetime) -> None:
    """Stop it where it is being built, and take the file away."""
    StudyExport.objects.filter(pk=export.pk).update(state=State.EXPIRED, expires_at=now)
    export.refresh_from_db()
    export.path.unlink(missing_ok=True)


def study_exports_drop(*, study: Study, now: datetime) -> None:
    """What ratings counted has changed in a way that a file must not outlive: every file and every
    figure made of this study goes."""
    for export in StudyExport.objects.filter(study=study).alive():
        study_export_drop(export=export, now=now)
    StudyReport.objects.filter(study=study).delete()


def study_exports_sweep(*, now: datetime) -> None:
    """Files whose time is over go; what was lost, or whose worker died, is sent again."""
    over = StudyExport.objects.filter(state=State.BUILT, expires_at__lte=now)
    failed = StudyExport.objects.filter(state=State.FAILED, asked_at__lte=now - KEPT_FAILED)
    for export in [*over, *failed]:
        study_export_drop(export=export, now=now)
    for pk in StudyExport.objects.filter(state__in=[State.QUEUED, State.BUILDING]).values_list(
        "pk", flat=True
    ):
        _send_where_due(pk, now)
    _strays_remove(now)


def export_file_name(export: StudyExport) -> str:
    """What a browser saves it as; nothing of a study's name could break a header."""
    name = EXPORTS[export.name].file_name(
        export.form, Wishes.read(export.wishes), is_snapshot=export.is_snapshot
    )
    return f"{slugify(export.study.name) or export.study.code}-{name}"


def file_ensure(*, study: Study, name: str, form: str, wishes: Wishes, path: Path) -> Tally:
    """The same file at a path of one's own, at once: what the command writes."""
    export = EXPORTS[name]
    if sentence := refusal(study, export) or export.why_not(form, wishes):
        raise ExportRefused(sentence)
    _figures_ensure(study=study, name=name)
    built = export_write(
        export=export,
        form=form,
        study=study,
        wishes=wishes,
        path=path,
        until=timezone.now(),
        is_snapshot=study.state != Study.State.CLOSED,
    )
    return built.tally


def _own(row: StudyExport) -> QuerySet[StudyExport]:
    """The row as long as this very attempt builds it."""
    return StudyExport.objects.filter(pk=row.pk, state=State.BUILDING, attempts=row.attempts)


def _sign(row: StudyExport) -> None:
    _own(row).update(touched_at=timezone.now())


def _write(row: StudyExport) -> Built:
    row.path.parent.mkdir(parents=True, exist_ok=True)
    last = timezone.now()

    def heard(tally: Tally) -> None:
        nonlocal last
        now = timezone.now()
        if now - last < timedelta(seconds=1):
            return
        last = now
        share = tally.share(row.study.triple_count)
        if not _own(row).update(rows_done=tally.rows, share_done=share):
            raise ExportStopped

    return export_write(
        export=EXPORTS[row.name],
        form=row.form,
        study=row.study,
        wishes=Wishes.read(row.wishes),
        path=row.path,
        file=export_file_name(row),
        until=row.asked_at,
        is_snapshot=row.is_snapshot,
        heard=heard,
        is_alone=True,
    )


def _finish(row: StudyExport, built: Built) -> None:
    now = timezone.now()
    done = _own(row).update(
        state=State.BUILT,
        rows_done=built.tally.rows,
        share_done=1,
        size=built.bytes,
        sha256=built.sha256,
        manifest=built.manifest,
        problem="",
        built_at=now,
        touched_at=now,
        expires_at=now + timedelta(hours=settings.EXPORT_HOURS),
    )
    if not done:
        raise ExportStopped


def _failed(row: StudyExport, problem: str) -> None:
    _own(row).update(state=State.FAILED, problem=problem[:300])


def _figures_ensure(*, study: Study, name: str) -> None:
    """Statistics are the figures of the results page: computed now where nobody has looked yet."""
    if not EXPORTS[name].needs_figures:
        return
    report = report_ask(study=study, now=timezone.now())
    if report.state == StudyReport.State.QUEUED:
        report_make(report_id=report.pk)
        report.refresh_from_db()
    if report.state != StudyReport.State.MADE:
        raise ExportRefused(f"The figures are not there: {report.problem or 'ask again later.'}")


def _strays_remove(now: datetime) -> None:
    """Halves that a killed worker left, and files that no row knows."""
    folder = Path(settings.EXPORT_DIR)
    if not folder.is_dir():
        return
    known = {e.path.name for e in StudyExport.objects.filter(state=State.BUILT)}
    old = (now - timedelta(hours=6)).timestamp()
    for path in folder.iterdir():
        if path.is_file() and path.name not in known and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)


def _send_where_due(export_id: int, now: datetime) -> None:
    """A task may be lost on its way: who asks again, and the sweep, send it again after a while."""
    late = now - timedelta(seconds=settings.SEND_AGAIN_SECONDS)
    queued = Q(state=State.QUEUED) & (Q(sent_at=None) | Q(sent_at__lt=late))
    silent = Q(state=State.BUILDING, touched_at__lt=now - GIVEN_UP, sent_at__lt=late)
    if StudyExport.objects.filter(queued | silent, pk=export_id).update(sent_at=now):
        transaction.on_commit(partial(_send, export_id))


def _send(export_id: int) -> None:
    try:
        current_app.send_task(TASK, [export_id], retry=False)
    except (OperationalError, OSError) as problem:
        log.warning("The broker does not answer (%s); the sweep will send again.", problem)

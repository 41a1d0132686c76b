"""Workers, queues, storage and versions at a glance, as plain values.

Asks briefly and says what does not answer. Reads only; loads no torch to learn its version.
"""

import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import connection
from kombu.exceptions import ChannelError

from generation.models import GenerationBatch, GenerationChunk, Rationale, TrainingRun
from raters.models import Delivery, Rater, Rating, Study, StudyExport, StudyReport

ANSWER_SECONDS = 1.0
MOST_FILES = 20_000  # of a folder that is measured; more says "at least"
QUEUES = ("default", "gpu")
PACKAGES = ("django", "celery", "torch", "transformers", "trl", "numpy", "scipy", "altair")


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    queues: tuple[str, ...]
    busy_with: int


@dataclass(frozen=True, slots=True)
class Broker:
    """`problem` says why nobody could be asked; `waiting` are messages by queue."""

    problem: str
    workers: tuple[Worker, ...]
    waiting: dict[str, int]


@dataclass(frozen=True, slots=True)
class Folder:
    what: str
    bytes: int
    is_at_least: bool


def broker(app: Celery) -> Broker:
    """Who answers within a second, and how many messages wait."""
    try:
        with app.connection_for_read() as link:
            link.ensure_connection(max_retries=1, timeout=ANSWER_SECONDS)
            waiting = {name: _waiting(link.default_channel, name) for name in QUEUES}
        asked = app.control.inspect(timeout=ANSWER_SECONDS)
        queues, active = asked.active_queues() or {}, asked.active() or {}
    except Exception as problem:  # whatever the broker's client may raise
        return Broker(f"{type(problem).__name__}: {problem}"[:200], (), {})
    workers = tuple(
        Worker(name, tuple(sorted(each["name"] for each in own)), len(active.get(name, ())))
        for name, own in sorted(queues.items())
    )
    return Broker("", workers, waiting)


def waiting_rows() -> list[tuple[str, int]]:
    """What the database says is to be done, or being done: the truth that the broker serves."""
    states = GenerationBatch.State
    return [
        (
            "batches",
            GenerationBatch.objects.filter(state__in=[states.QUEUED, states.RUNNING]).count(),
        ),
        ("chunks to write", GenerationChunk.objects.filter(state="queued").count()),
        ("chunks being written", GenerationChunk.objects.filter(state="running").count()),
        ("training runs", TrainingRun.objects.filter(finished_at=None).count()),
        ("exports to build", StudyExport.objects.filter(state="queued").count()),
        ("figures to compute", StudyReport.objects.filter(state="queued").count()),
        ("webhook deliveries", Delivery.objects.filter(state="waiting").count()),
    ]


def rows() -> list[tuple[str, int]]:
    return [
        ("studies", Study.objects.count()),
        ("raters", Rater.objects.count()),
        ("ratings", Rating.objects.count()),
        ("rationales", Rationale.objects.count()),
    ]


def storage() -> dict[str, Any]:
    """The disk below `var`, and what stands on it."""
    disk = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else "/")
    folders = [_folder("exports", settings.EXPORT_DIR), _folder("models", settings.MODELS_DIR)]
    return {
        "free": disk.free,
        "total": disk.total,
        "folders": [Folder("database", _database_bytes(), False), *folders],
    }


def versions() -> list[tuple[str, str]]:
    found = [("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            found.append((name, "not installed"))
    return [*found, (connection.vendor, _database_version())]


def _waiting(channel: Any, name: str) -> int:
    try:
        return int(channel.queue_declare(name, passive=True).message_count)
    except ChannelError:  # nothing was ever sent there, or all of it was taken
        return 0


def _folder(what: str, path: Path) -> Folder:
    size = count = 0
    for entry in path.rglob("*") if path.exists() else ():
        if count == MOST_FILES:
            return Folder(what, size, True)
        if entry.is_file():
            count, size = count + 1, size + entry.stat().st_size
    return Folder(what, size, False)


def _database_bytes() -> int:
    if connection.vendor == "postgresql":
        return int(_one("SELECT pg_database_size(current_database())"))
    return int(_one("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"))


def _database_version() -> str:
    asked = (
        "SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()"
    )
    return str(_one(asked))


def _one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else 0

"""A Triptych of its own for one load test: a new database, the real gunicorn, a free port.

The database is of the kind that DATABASE_URL names: a file in a temporary folder for SQLite, a
new database on the same server for PostgreSQL. It is made, migrated and dropped by what Django
uses for its tests; the configured one is never opened. Does not know: studies or raters.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

START_SECONDS, STOP_SECONDS = 60, 15


class SiteFailed(Exception):
    """Why there is no site to test, with the last lines that it wrote."""


@dataclass(frozen=True)
class Site:
    port: int
    pid: int  # gunicorn's first process, the parent of its workers


@contextmanager
def throw_away_site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="triptych-load-") as folder:
        var = Path(folder)
        with _new_database(var) as url:
            environment = {
                **os.environ,
                "DATABASE_URL": url,
                "TRIPTYCH_VAR": folder,
                "SECRET_KEY": secrets.token_urlsafe(50),
                "SECURE_HTTPS": "false",
                "DEBUG": "false",
            }
            _collect_static(var, environment)
            with _gunicorn(var, environment) as site:
                yield site


@contextmanager
def _new_database(var: Path) -> Iterator[str]:
    """Yields its address; this process reads and writes it too."""
    configured = str(connection.settings_dict["NAME"])
    name = f"triptych_load_{secrets.token_hex(6)}"
    if connection.vendor == "sqlite":
        name = str(var / "load.sqlite3")
        url = f"sqlite:///{name}"
    else:
        parts = urlsplit(os.environ["DATABASE_URL"])
        path = parts.path.removesuffix(configured) + name
        url = urlunsplit(parts._replace(path=path))
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield url
    finally:
        connection.creation.destroy_test_db(configured, verbosity=0)


def _collect_static(var: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput"]
    made = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    if made.returncode:
        raise SiteFailed(f"collectstatic failed: {made.stderr[-2000:]}")


@contextmanager
def _gunicorn(var: Path, environment: Mapping[str, str]) -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "--config", "python:config.web"]
        with (var / "web.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--bind", f"fd://{handle}"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=log,
                stderr=log,
                pass_fds=[handle],
            )
        try:
            _wait_for_answer(process, port, var / "web.log")
            yield Site(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_answer(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """The socket listens before anybody serves it: only an answer says that somebody does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                probe.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if probe.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise SiteFailed(f"gunicorn does not answer: {log.read_text(errors='replace')[-2000:]}")

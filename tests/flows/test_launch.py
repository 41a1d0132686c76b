"""`make run` for real: what it starts, what it says, and that nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Launcher:
    """One `make run` in a folder of its own."""

    def __init__(self, var: Path, port: int | str) -> None:
        self.said = var.with_name(f"said-{time.monotonic_ns()}.txt")
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launch"],
                cwd=ROOT,
                env={**kept, "TRIPTYCH_VAR": str(var), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def wait_until_up(self) -> None:
        ended = eventually(lambda: "Triptych is at" in self.text() or self.process.poll(), 90)
        assert ended, self.text()
        assert self.process.poll() is None, self.text()

    def refusal(self) -> str:
        assert self.process.wait(timeout=30) == 1
        return self.text()


def eventually(is_so: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def processes_of(var: Path) -> dict[int, str]:
    """Whoever was started for this folder, found by what it inherited (or, for Valkey, which
    writes over that, by where it stands), not by its name."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            inherited = (entry / "environ").read_bytes() + b"\0"
            if f"TRIPTYCH_VAR={var}\0".encode() in inherited or (entry / "cwd").readlink() == var:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(entry.name)] = command
        except OSError:  # it has just ended
            continue
    return {pid: command for pid, command in found.items() if command}


def status_of_first_page(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
        return page.status


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def launch() -> Iterator[Callable[..., Launcher]]:
    launched: list[Launcher] = []

    def start(var: Path, port: int | str) -> Launcher:
        launched.append(Launcher(var, port))
        return launched[-1]

    yield start
    for launcher in launched:
        launcher.process.kill()
        launcher.process.wait()


def test_starts_survives_a_kill_starts_again_and_leaves_no_process(launch, var, free_port):
    first = launch(var, free_port)
    first.wait_until_up()
    assert status_of_first_page(free_port) == 200
    assert (var / "env").stat().st_mode & 0o777 == 0o600
    key = (var / "env").read_text()
    started = " ".join(processes_of(var).values())
    assert all(name in started for name in ("gunicorn", "celery", "valkey-server", "beat"))

    second = launch(var, free_port)
    assert "already runs from this folder" in second.refusal()

    first.process.kill()
    first.process.wait()
    assert eventually(lambda: not processes_of(var), 15), processes_of(var)

    again = launch(var, free_port)
    again.wait_until_up()
    assert status_of_first_page(free_port) == 200
    assert (var / "env").read_text() == key
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=30) == 0, again.text()
    assert processes_of(var) == {}


def test_a_killed_worker_is_started_again(launch, var, free_port):
    launcher = launch(var, free_port)
    launcher.wait_until_up()
    (worker,) = (pid for pid, command in processes_of(var).items() if "worker@" in command)
    os.kill(worker, signal.SIGKILL)
    assert eventually(lambda: "The worker process ended" in launcher.text(), 10), launcher.text()
    assert status_of_first_page(free_port) == 200
    assert eventually(lambda: any("worker@" in c for c in processes_of(var).values()), 10)
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.process.wait(timeout=30) == 0, launcher.text()
    assert processes_of(var) == {}


def test_stops_while_still_starting(launch, var, free_port):
    launcher = launch(var, free_port)
    assert eventually(lambda: len(processes_of(var)) > 1, 20)
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.process.wait(timeout=30) == 0, launcher.text()
    assert processes_of(var) == {}


def test_a_taken_port_is_named_with_a_way_out(launch, var):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = launch(var, port).refusal()
    assert said == (
        f"make run: port {port} is taken on this machine; choose another: PORT=9000 make run.\n"
    )


def test_a_port_that_is_none_is_refused(launch, var):
    assert "PORT=many is not a port number" in launch(var, "many").refusal()


def test_a_folder_that_cannot_be_written_is_named(launch, var, free_port):
    var.write_text("a file where the folder should be")
    said = launch(var, free_port).refusal()
    assert str(var) in said
    assert "cannot be written" in said
    assert said.count("\n") == 1


def test_a_checkout_too_deep_for_a_socket_gets_a_short_one(launch, tmp_path, free_port):
    deep = tmp_path / ("d" * 60) / "with space" / "var"
    deep.parent.mkdir(parents=True)
    launcher = launch(deep, free_port)
    launcher.wait_until_up()
    log = deep / "log" / "worker.log"
    assert eventually(lambda: "Connected to redis+socket" in log.read_text(), 30), log.read_text()
    launcher.process.send_signal(signal.SIGINT)
    assert launcher.process.wait(timeout=30) == 0, launcher.text()
    assert processes_of(deep) == {}

"""The throw-away PostgreSQL: it serves, passes exit codes on, and ends with whoever started it."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HARNESS = [sys.executable, "-m", "tests.postgres", "--"]
TELL_URL = "import os; print(os.environ['DATABASE_URL'], flush=True)"

ASK_AND_FAIL = f"""
{TELL_URL}
import environ, psycopg, sys
at = environ.Env().db()
psycopg.connect(host=at["HOST"], user=at["USER"], dbname=at["NAME"]).execute("select 1")
sys.exit(7)
"""


def is_served(folder: Path) -> bool:
    """Whether a server still holds this folder, by the file that it keeps its number in."""
    holder = folder / "data" / "postmaster.pid"
    if not holder.exists():
        return False
    return Path("/proc", holder.read_text().splitlines()[0], "stat").exists()


def folder_of(url: str) -> Path:
    return Path(url.strip().removeprefix("postgres://triptych@/")).parent


def test_it_serves_one_command_passes_its_exit_code_on_and_leaves_nothing():
    done = subprocess.run(
        [*HARNESS, sys.executable, "-c", ASK_AND_FAIL], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 7, done.stderr
    assert not folder_of(done.stdout).exists()


def test_it_ends_even_when_its_starter_is_killed():
    script = f"{TELL_URL}; import time; time.sleep(20)"
    with subprocess.Popen(
        [*HARNESS, sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starter:
        folder = folder_of(starter.stdout.readline())
        assert is_served(folder)
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while is_served(folder):
        assert time.monotonic() < deadline, "PostgreSQL outlived whoever started it"
        time.sleep(0.1)
    shutil.rmtree(folder)  # files are all that a kill leaves

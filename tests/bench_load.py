"""What `manage.py loadtest` prints, on the database that is set: `make bench` runs it on both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CALM = [f"--{name}=0" for name in ("double", "tab", "away", "drop", "reload")]


@pytest.mark.parametrize(
    "options", [["--raters=20", *CALM], []], ids=["20 raters, no accidents", "the default crowd"]
)
def test_a_crowd(options, capsys, tmp_path, request):
    command = [sys.executable, "manage.py", "loadtest", *options]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment["TRIPTYCH_VAR"] = str(tmp_path)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    with capsys.disabled():
        sys.stdout.write(f"\n--- {request.node.callspec.id}\n{done.stdout}{done.stderr}")

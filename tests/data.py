"""Where tests find the public data sets, which are not part of the repository.

`TRIPTYCH_DATA` names their folder; without it `../shared/data` beside the repository is looked at.
A test that asks for an absent file is skipped, and says what was missing.
"""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


def data_file(name: str) -> Path:
    """The path of a data file such as "gsm8k/test.jsonl"; skips the test where it is absent."""
    folder = Path(os.environ.get("TRIPTYCH_DATA") or _ROOT.parent / "shared" / "data")
    if not (folder / name).is_file():
        pytest.skip(f"needs the data file {name}: set TRIPTYCH_DATA to the folder that holds it")
    return folder / name

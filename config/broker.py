"""Where the embedded broker listens: what its server and its clients must agree on."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 bytes on Linux, 104 on macOS


def broker_socket(var: Path) -> Path:
    """In `var`; for a checkout too deep for a socket, in a short folder named after it."""
    path = var / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Path(f"/tmp/triptych-{os.getuid()}-{digest}/valkey.sock")  # noqa: S108 (made 0700)


def broker_url(var: Path) -> str:
    return f"redis+socket://{quote(str(broker_socket(var)))}"

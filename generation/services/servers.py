"""Which servers may be asked for rationales, and with which key.

A server is named by an admin, stands on a host of GENERATION_HOSTS, and its address holds no
secret. A source holds the NAME of the variable that has the key; the key itself is read here, by
the worker that asks, and goes no further than the request.
"""

import os
import re
from urllib.parse import urlsplit

from django.conf import settings

KEY_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,90}_API_KEY", re.ASCII)
LONGEST_URL = 500


class ServerRefused(Exception):
    """Why a server is not asked, as a sentence that says what to do."""


def server_url(url: str) -> str:
    """The address as it is stored and asked: without a slash at its end, and with no secret."""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or len(url) > LONGEST_URL:
        raise ServerRefused("A server's address is like http://127.0.0.1:8000/v1.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ServerRefused(
            "A server's address holds no user, password or parameters: it is stored and shown. "
            "Put the key into a variable of the worker's environment and name the variable."
        )
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ServerRefused("A server's address is written in ASCII, without spaces.")
    allowed = {name.strip("[]").lower() for name in settings.GENERATION_HOSTS}
    if host not in allowed and "*" not in allowed:
        raise ServerRefused(
            f"'{host}' is not among the hosts that may be asked for rationales: add it to "
            "GENERATION_HOSTS where the site and its workers run."
        )
    return url


def key_variable(name: str) -> str:
    """Only names that say they hold such a key: no other secret of ours can be sent away."""
    name = name.strip()
    if name and not KEY_VARIABLE.fullmatch(name):
        raise ServerRefused(
            "The key's variable is named like OPENAI_API_KEY, in capitals and ending in _API_KEY. "
            "Give its name, never the key."
        )
    return name


def server_key(name: str) -> str:
    """The key, from this process's environment; "" for a server that wants none."""
    key = os.environ.get(key_variable(name), "").strip() if name else ""
    if name and not key:
        raise ServerRefused(
            f"The variable {name}, which is to hold the server's key, is not set where the worker "
            "runs."
        )
    return key

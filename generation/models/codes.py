"""Opaque names for links. Knows no model."""

import secrets
from string import ascii_lowercase


def new_code() -> str:
    """128 random bits, safe in a URL and, by its letter, in a sheet."""
    return secrets.choice(ascii_lowercase) + secrets.token_urlsafe(16)

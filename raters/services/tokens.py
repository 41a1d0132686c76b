"""Tokens with which scripts act for a researcher: made, shown once, read, revoked.

Knows: what each scope lets a script do. Does not know: requests, or whose rows are whose.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from raters.models import ApiToken

PREFIX = "triptych_"
USED_WITHIN = timedelta(minutes=1)  # how exactly the last use is kept
LONGEST_NAME, MOST_DAYS = 100, 3650
SCOPES = {
    "read": "question sets, sources, batches, studies and their fill",
    "generate": "import files, queue batches, and pause, resume or cancel them",
    "studies": "make, open, pause, resume and close studies",
    "rate": "add raters, simulated ones too, and see the codes with which they rate",
    "results": "results and triples of closed studies, which name the sources",
    "exports": "ask for exports and take them",
    "webhooks": "add and remove webhooks, and see what was delivered",
}


class TokenRefused(Exception):
    """Why no token is made, as a sentence."""


def token_create(
    *, user: User, name: str, scopes: Sequence[str], days: int | None, now: datetime
) -> tuple[ApiToken, str]:
    """A new token and its text, which is nowhere kept; `days` None never expires."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise TokenRefused(f"A token needs a name of 1 to {LONGEST_NAME} printable characters.")
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise TokenRefused(f"There is no scope '{unknown[0]}'; use some of {', '.join(SCOPES)}.")
    if not scopes:
        raise TokenRefused("A token without a scope could do nothing; choose at least one.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise TokenRefused(f"A token holds for 1 to {MOST_DAYS} days, not {days}.")
    if not user.is_staff:
        raise TokenRefused(f"'{user.get_username()}' is no researcher, so has no token.")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=_digest(text),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    return token, text


def token_revoke(*, token: ApiToken, now: datetime) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


def token_read(*, text: str, now: datetime) -> ApiToken | None:
    """The token of this text; None where it is unknown, too old, revoked, or its user left."""
    token = ApiToken.objects.select_related("user").filter(digest=_digest(text)).first()
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= now):
        return None
    if not (token.user.is_active and token.user.is_staff):
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_WITHIN)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

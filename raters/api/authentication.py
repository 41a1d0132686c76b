"""Who asks: a researcher by a token, or a rater by the code of their personal link.

`Authorization: Bearer triptych_...` or `Authorization: Rater <code>`. No cookie counts here, so no
page can make a browser ask. What each grants is `request.auth`.
"""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from raters.models import Rater
from raters.services.tokens import token_read

RATER = frozenset({"rater"})
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """`key` tells one token or rater from another; `rater` is None of a researcher's token."""

    key: str
    scopes: frozenset[str]
    rater: Rater | None = None


class TokenOrRater(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Grant] | None:
        kind, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        text = text.strip()
        if not kind:
            return None
        found = None
        if text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST:
            found = {"bearer": _token, "rater": _rater}.get(kind.lower(), _nobody)(text)
        if found is None:
            raise AuthenticationFailed(
                "This token or code is unknown, expired or revoked. Send "
                "'Authorization: Bearer <token>', or 'Authorization: Rater <code>'."
            )
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Triptych"'


def _token(text: str) -> tuple[User, Grant] | None:
    token = token_read(text=text, now=timezone.now())
    return (token.user, Grant(f"token:{token.pk}", frozenset(token.scopes))) if token else None


def _rater(text: str) -> tuple[AnonymousUser, Grant] | None:
    raters = Rater.objects.select_related("study").defer("study__funnel")
    rater = raters.filter(code=text).first()
    return (AnonymousUser(), Grant(f"rater:{rater.pk}", RATER, rater)) if rater else None


def _nobody(text: str) -> None:
    return None

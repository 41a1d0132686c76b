"""Whether a token may do what it asks, and how often.

A view names a scope for each of its methods; `request.auth` is what the token grants
(raters/api/authentication.py). Whose rows it may touch is for the views to ask, as pages do.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:  # its module asks for the classes below
    from rest_framework.views import APIView

RATER = "rater"  # what a rater's own code grants; no token has it


class HasScope(BasePermission):
    """Every view names its scopes; one that names none for a method has no such method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scopes: dict[str, str] = view.scopes  # type: ignore[attr-defined]
        wanted = scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if wanted is None or request.auth is None:
            return wanted is None
        if wanted in request.auth.scopes:  # type: ignore[union-attr]
            return True
        if wanted == RATER:
            raise PermissionDenied("Only a rater, known by their own code, may ask for this.")
        raise PermissionDenied(f"This needs a researcher's token with the scope '{wanted}'.")


class TokenThrottle(ScopedRateThrottle):
    """So many requests a minute for each token or rater: reads, writes and ratings apart."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        kind = "reads" if request.method in ("GET", "HEAD") else "writes"
        scopes: dict[str, str] = view.scopes  # type: ignore[attr-defined]
        self.scope = "ratings" if RATER in scopes.values() else kind
        self.num_requests, self.duration = self._limit(), 60
        # What the class above does with a scope of its own, after the rate is known.
        return super(ScopedRateThrottle, self).allow_request(request, view)

    def get_cache_key(self, request: Request, view: Any) -> str:
        who = request.auth.key if request.auth else self.get_ident(request)
        return f"api:{self.scope}:{who}"

    def _limit(self) -> int:
        limits: dict[str | None, int] = {
            "reads": settings.API_READS_PER_MINUTE,
            "writes": settings.API_WRITES_PER_MINUTE,
            "ratings": settings.API_RATINGS_PER_MINUTE,
        }
        self.rate = f"{limits[self.scope]}/min"
        return limits[self.scope]

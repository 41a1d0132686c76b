"""Which language a page speaks.

Knows: the pages that raters, writers and a workshop's room see speak what `?lang=de` in a link says
(kept in Django's language cookie), else what was chosen before, else what the browser asks for; all
others speak English. Does not know: any word (raters/locale/).
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Researchers' pages, the API and the admin are English whatever the browser wants, as no catalogue
# has their words. The large screen and the preview show what the room, or a rater, sees.
SPOKEN = re.compile(
    r"/(?:$|(?:r|s|c|rate|w|write|enter|sign-in)/|workshops/[^/]+/screen/|studies/[^/]+/preview/)"
)
PARAMETER, COOKIE_DAYS = "lang", 365

Respond = Callable[[HttpRequest], HttpResponseBase]


def language_middleware(get_response: Respond) -> Respond:
    """Stands where Django's LocaleMiddleware would: before whatever makes words."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not SPOKEN.match(request.path_info):
            with translation.override(settings.LANGUAGE_CODE):
                return get_response(request)
        chosen = _chosen(request)
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        if chosen:
            _keep(response, chosen)
        return response

    return respond


def _chosen(request: HttpRequest) -> str:
    """What the address itself says; "" where it says nothing that there is."""
    asked = request.GET.get(PARAMETER, "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def _keep(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=COOKIE_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )

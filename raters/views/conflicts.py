"""Why whoever sits at this browser cannot rate in a study: they know who wrote what.

A browser that neither wrote nor signed in is asked nothing, and costs no query.
"""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from generation.access import writers_here
from raters.models import Study
from raters.services.conflicts import has_unblinded, has_written


def says_who(request: HttpRequest) -> bool:
    """Whether this browser wrote or signed in, so that it is worth asking for a conflict."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or bool(writers_here(request))


def conflict(request: HttpRequest, study: Study) -> str:
    """A sentence for them; empty where nothing speaks against rating."""
    if has_written(study=study, writers=writers_here(request)):
        return _("You wrote some of the texts that are judged here, so you cannot judge them.")
    is_signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
    if is_signed_in and has_unblinded(study=study, user=request.user):
        return _("You have seen who wrote the texts that are judged here, so you cannot rate.")
    return ""

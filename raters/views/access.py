"""Of a study, only its owner and admins learn anything, not even that it exists."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.access import StaffRequest, researcher_required
from raters.converters import is_code
from raters.models import Study

__all__ = ["StaffRequest", "own_study", "researcher_required"]


def own_study(request: StaffRequest, code: str) -> Study:
    """The study with this code, if it is theirs; the code may come out of a query, as anything."""
    if not is_code(code):
        raise Http404
    return get_object_or_404(Study.objects.of(request.user), code=code)

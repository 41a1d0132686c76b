"""Of a study, only its owner and admins learn anything, not even that it exists."""

from django.shortcuts import get_object_or_404

from generation.access import StaffRequest, researcher_required
from raters.models import Study

__all__ = ["StaffRequest", "own_study", "researcher_required"]


def own_study(request: StaffRequest, code: str) -> Study:
    """The study with this code, if it is theirs."""
    return get_object_or_404(Study.objects.of(request.user), code=code)

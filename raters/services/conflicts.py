"""Who may not rate in a study: whoever wrote for one of its sources, or has seen who wrote what.

Knows people by what their browser says of itself: as which writers it wrote, who is signed in. So a
person with another browser is known only where they say who they are.
"""

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from generation.models import Writer
from raters.models import AuditEntry, Study
from raters.services.study_states import UNBLINDED


def has_written(*, study: Study, writers: Sequence[str]) -> bool:
    """Whether one of these writers, by code, agreed to write as a source of the study. Having
    withdrawn does not undo what they know."""
    if not writers:
        return False
    sources = study.study_sources.values("source")
    found = Writer.objects.filter(code__in=writers, agreed_at__isnull=False)
    return found.filter(writing__source__in=sources).exists()


def has_unblinded(*, study: Study, user: AbstractBaseUser | AnonymousUser) -> bool:
    if not user.is_authenticated:
        return False
    return AuditEntry.objects.filter(study=study, action=UNBLINDED, user_id=user.pk).exists()

"""Brings people in: raters by links, researchers and admins by a link that works once.

Does not know: what a rater is handed (assigning), or sessions (views).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from raters.models import Rater, SignInLink, Study
from raters.protocols import StudyRefused
from raters.services.study_states import raters_add


class NotOpen(Exception):
    """A study that takes no raters now; the text is for the person who followed the link."""


def rater_join(*, study: Study, now: datetime) -> Rater:
    """A rater who came by the study's invitation."""
    if study.state != Study.State.OPEN:
        raise NotOpen(_("This study takes no ratings at the moment."))
    try:
        return raters_add(study=study, count=1, now=now, invited=True)[0]
    except StudyRefused:
        raise NotOpen(_("This study has just closed.")) from None


def sign_in_link_create(*, user: User, now: datetime, hours: float) -> str:
    """A token that lets this user in once within the hours given. Only its digest is stored."""
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(
        user=user, digest=_digest(token), expires_at=now + timedelta(hours=hours)
    )
    return token


def sign_in_link_use(*, token: str, now: datetime) -> User | None:
    """The user whom a token lets in; None where it is unknown, used, too old or disabled."""
    link = SignInLink.objects.select_related("user").filter(digest=_digest(token)).first()
    if link is None or not link.user.is_active:
        return None
    # No join in the update: PostgreSQL checks a condition again after a wait on this table only.
    used = SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now)
    return link.user if used.update(used_at=now) else None


def staff_ensure(*, username: str, is_admin: bool) -> User:
    """A researcher (or admin) of this name, made without a password where absent."""
    user, made = User.objects.get_or_create(
        username=username, defaults={"is_staff": True, "is_superuser": is_admin}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

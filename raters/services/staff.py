"""Researchers and admins: added with a link that lets them in once, given a role, disabled.

Each act is written down with who did it. Nobody disables or demotes themselves, so that there is
always an admin left. Does not know: how a link is used (people).
"""

from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.people import sign_in_link_create, staff_ensure

LONGEST_NAME = 150


def staff_add(*, username: str, is_admin: bool, by: User) -> User:
    """A new person without a password; invite them next."""
    username = username.strip()
    if not username or len(username) > LONGEST_NAME:
        raise StudyRefused(f"A name has 1 to {LONGEST_NAME} characters, not {len(username)}.")
    try:
        User.username_validator(username)
    except ValidationError:
        raise StudyRefused(
            f"“{username}” cannot be a name; use letters, digits and @ . + - _ only."
        ) from None
    if User.objects.filter(username__iexact=username).exists():
        raise StudyRefused(f"There is somebody named “{username}” already; choose another name.")
    with transaction.atomic():
        made = staff_ensure(username=username, is_admin=is_admin)
        _note(made, by, f"added as {role(made)}")
    return made


def staff_invite(*, user: User, by: User, now: datetime, hours: float) -> str:
    """A token that lets this person in once; links that were given before stay good."""
    if not user.is_active:
        raise StudyRefused(f"“{user.username}” is disabled; enable them first.")
    _note(user, by, "invited by a link")
    return sign_in_link_create(user=user, now=now, hours=hours)


def staff_role(*, user: User, is_admin: bool, by: User) -> None:
    _not_oneself(user, by)
    user.is_superuser = is_admin
    user.save(update_fields=["is_superuser"])
    _note(user, by, f"made {role(user)}")


def staff_switch(*, user: User, on: bool, by: User) -> None:
    """Disable somebody, at once and everywhere: pages, links, tokens. Their studies stay."""
    _not_oneself(user, by)
    user.is_active = on
    user.save(update_fields=["is_active"])
    _note(user, by, "enabled" if on else "disabled")


def studies_of(user: User) -> dict[str, int]:
    own = Study.objects.filter(owner=user)
    running = own.filter(state__in=[Study.State.OPEN, Study.State.PAUSED])
    return {"studies": own.count(), "running": running.count()}


def role(user: User) -> str:
    return "admin" if user.is_superuser else "researcher"


def _not_oneself(user: User, by: User) -> None:
    if user.pk == by.pk:
        raise StudyRefused("That is you: another admin has to do it.")


def _note(user: User, by: User, message: str) -> None:
    people = User.objects.filter(pk=user.pk)
    LogEntry.objects.log_actions(by.pk, people, CHANGE, message, single_object=True)

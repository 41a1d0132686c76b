"""Brings people in: raters by links, researchers and admins by a link that works once.

Does not know: what a rater is handed (assigning), or sessions (views).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from raters.models import Assignment, Rater, SignInLink, Study, StudyPath
from raters.protocols import StudyRefused
from raters.services.assigning import assignments_hand, rater_lock
from raters.services.bundles import bundle_reserve, bundles_lapse
from raters.services.study_states import raters_add

Way = Rater.WayOut


class Full(Exception):
    """Nothing is left for somebody who comes only now."""


class NotOpen(Exception):
    """A study that takes no raters now; the text is for the person who followed the link."""


def rater_join(*, study: Study, now: datetime) -> Rater:
    """A rater who came by the study's invitation or from a crowd platform, where a place is left.

    The study is locked while places are counted, so as many as there are come in, and no more.
    """
    if study.state != Study.State.OPEN:
        raise NotOpen(_("This study takes no ratings at the moment."))
    if rater_places_left(study=study, now=now) == 0:
        bundles_lapse(study=study, now=now, most=1)
    try:
        with transaction.atomic():
            rater_place_take(study=study, now=now)
            return raters_add(study=study, count=1, now=now, invited=True)[0]
    except StudyRefused:
        raise NotOpen(_("This study has just closed.")) from None


def rater_place_take(*, study: Study, now: datetime) -> None:
    """Lock the study until the transaction ends; `Full` where its limit of raters is reached."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if rater_places_left(study=study, now=now) == 0:
        raise Full


def rater_places_left(*, study: Study, now: datetime) -> int | None:
    """How many may still come by themselves; None where the study sets no limit.

    Who refused, or left without a rating that counts (returned, screened out), takes no place; nor
    does one who was away for as long as a set is kept, and holds and gave nothing.
    """
    limit = StudyPath.objects.filter(study=study).values_list("rater_limit", flat=True).first()
    if limit is None:
        return None
    came = Rater.objects.filter(study=study, is_invited=True).exclude(way_out=Way.REFUSED)
    return max(0, limit - came.count() + _gone(came, study, now).count())


def rater_place_regain(*, rater: Rater, now: datetime) -> bool:
    """Whether this rater may go on: who was away so long that their place counts as free takes one
    again, and is handed something at once; False where others have them all by now."""
    study = rater.study
    if not rater.is_invited or rater.rated_count or study.state != Study.State.OPEN:
        return True
    if not StudyPath.objects.filter(study=study, rater_limit__isnull=False).exists():
        return True
    with transaction.atomic():
        locked = rater_lock(rater=rater)
        own = Rater.objects.filter(pk=locked.pk, returned_at=None)
        if not _gone(own, study, now).exists():
            return True
        try:
            rater_place_take(study=study, now=now)
        except Full:
            return False
        if study.triples_per_rater:
            bundle_reserve(rater=locked, now=now)
        else:
            assignments_hand(rater=locked, now=now)
    return True


def _gone(raters: QuerySet[Rater], study: Study, now: datetime) -> QuerySet[Rater]:
    """Of these raters who takes no place just now."""
    away = now - timedelta(hours=study.bundle_hours)
    holding = Assignment.objects.filter(rater=OuterRef("pk"), state=Assignment.State.HELD)
    return raters.filter(rated_count=0).filter(
        Q(returned_at__isnull=False) | Q(~Exists(holding), created_at__lt=away, bundle=None)
    )


def sign_in_link_create(*, user: User, now: datetime, hours: float) -> str:
    """A token that lets this user in once within the hours given. Only its digest is stored."""
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(
        user=user, digest=_digest(token), expires_at=now + timedelta(hours=hours)
    )
    return token


def sign_in_link_works(*, token: str, now: datetime) -> bool:
    """Whether this token would let somebody in; looking uses nothing up."""
    links = SignInLink.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now)
    return links.filter(user__is_active=True).exists()


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

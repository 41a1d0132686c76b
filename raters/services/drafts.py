"""Keeps studies that are still being written down, and makes one of a draft once it is whole.

Knows: that a draft holds whatever was entered, sense or not. Does not know: what the fields mean
(forms_wizard.py), or what a study needs (studies.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from raters.models import Study, StudyDraft
from raters.protocols import StudyRefused
from raters.services.consent import consent_text_save
from raters.services.paying import path_save
from raters.services.studies import study_create
from raters.services.study_states import study_open

MOST_DRAFTS = 100


def draft_create(
    *, owner: User, answers: Mapping[str, Any], step: str, now: datetime
) -> StudyDraft:
    if StudyDraft.objects.of(owner).count() >= MOST_DRAFTS:
        raise StudyRefused(f"You have {MOST_DRAFTS} unfinished studies; throw one away first.")
    return StudyDraft.objects.create(owner=owner, answers=dict(answers), step=step, changed_at=now)


def draft_keep(*, draft: StudyDraft, answers: Mapping[str, Any], step: str, now: datetime) -> None:
    """Everything entered so far, and where to go on."""
    draft.answers, draft.step, draft.changed_at = dict(answers), step, now
    draft.save(update_fields=["answers", "step", "changed_at"])


def draft_drop(*, draft: StudyDraft) -> None:
    draft.delete()


def draft_finish(
    *,
    draft: StudyDraft,
    study: Mapping[str, Any],
    consent: Mapping[str, str],
    path: Mapping[str, Any],
    opens: bool,
    now: datetime,
) -> Study:
    """Make the study that a draft describes: all of it, or nothing. The draft goes.

    `study` goes to study_create, `consent` to consent_text_save, `path` to path_save.
    """
    by: dict[str, Any] = {"user": draft.owner, "now": now}
    with transaction.atomic():
        made = study_create(owner=draft.owner, now=now, **study)
        consent_text_save(study=made, now=now, **consent)
        path_save(study=made, exits={}, **path, **by)
        if opens:
            study_open(study=made, **by)
        draft.delete()
    return made

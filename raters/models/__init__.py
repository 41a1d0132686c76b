"""What is judged, by whom, and what they said, as rows.

No module here knows how rows are written: raters.services does.
"""

from generation.models import new_code

from .api import ApiToken, Delivery, Event, Webhook
from .conduct import Deviation, Exclusion, StudyFreeze, StudyPlan
from .drafts import StudyDraft, StudyDraftQuerySet
from .exports import StudyExport, StudyExportQuerySet
from .handing import Assignment, AssignmentKind, Bundle, Place, Rater
from .people import Consent, ConsentText, CrowdIdentity, StudyPath, Withdrawal
from .practice import PracticeAnswer, PracticeTriple
from .ratings import Flag, Guess, Rating
from .records import AuditEntry, ReportFigure, SignInLink, StudyReport
from .studies import Study, StudyQuerySet, StudySource, Triple, TripleRationale
from .workshop import (
    Stage,
    Workshop,
    WorkshopItem,
    WorkshopParticipant,
    WorkshopQuerySet,
    WorkshopResponse,
    WorkshopText,
)

__all__ = [
    "ApiToken",
    "Assignment",
    "AssignmentKind",
    "AuditEntry",
    "Bundle",
    "Consent",
    "ConsentText",
    "CrowdIdentity",
    "Delivery",
    "Deviation",
    "Event",
    "Exclusion",
    "Flag",
    "Guess",
    "Place",
    "PracticeAnswer",
    "PracticeTriple",
    "Rater",
    "Rating",
    "ReportFigure",
    "SignInLink",
    "Stage",
    "Study",
    "StudyDraft",
    "StudyDraftQuerySet",
    "StudyExport",
    "StudyExportQuerySet",
    "StudyFreeze",
    "StudyPath",
    "StudyPlan",
    "StudyQuerySet",
    "StudyReport",
    "StudySource",
    "Triple",
    "TripleRationale",
    "Webhook",
    "Withdrawal",
    "Workshop",
    "WorkshopItem",
    "WorkshopParticipant",
    "WorkshopQuerySet",
    "WorkshopResponse",
    "WorkshopText",
    "new_code",
]

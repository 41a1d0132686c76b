"""What is judged, by whom, and what they said, as rows.

No module here knows how rows are written: raters.services does.
"""

from .conduct import Deviation, Exclusion, StudyFreeze, StudyPlan
from .exports import StudyExport, StudyExportQuerySet
from .handing import Assignment, AssignmentKind, Bundle, Place, Rater
from .ratings import Flag, Rating
from .records import AuditEntry, ReportFigure, SignInLink, StudyReport
from .studies import Study, StudyQuerySet, StudySource, Triple, TripleRationale, new_code

__all__ = [
    "Assignment",
    "AssignmentKind",
    "AuditEntry",
    "Bundle",
    "Deviation",
    "Exclusion",
    "Flag",
    "Place",
    "Rater",
    "Rating",
    "ReportFigure",
    "SignInLink",
    "Study",
    "StudyExport",
    "StudyExportQuerySet",
    "StudyFreeze",
    "StudyPlan",
    "StudyQuerySet",
    "StudyReport",
    "StudySource",
    "Triple",
    "TripleRationale",
    "new_code",
]

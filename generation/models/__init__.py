"""What produces rationales, as rows.

Knows: the rules that the database itself keeps. Does not know: raters, studies, torch, or how a
rationale is written; services are the only writers.
"""

from generation.models.codes import new_code
from generation.models.people import Writer, Writing, WritingQuerySet, WrittenText
from generation.models.training import TrainingPart, TrainingRun
from generation.models.writing import (
    GenerationBatch,
    GenerationChunk,
    Question,
    QuestionSet,
    Rationale,
    RationaleQuerySet,
    Source,
)

__all__ = [
    "GenerationBatch",
    "GenerationChunk",
    "Question",
    "QuestionSet",
    "Rationale",
    "RationaleQuerySet",
    "Source",
    "TrainingPart",
    "TrainingRun",
    "Writer",
    "Writing",
    "WritingQuerySet",
    "WrittenText",
    "new_code",
]

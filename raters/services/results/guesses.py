"""Could raters tell who wrote what? Bang's blinding index of their guesses, a kind of writer each.

From the same rows as the export `guesses`, so its figures can be had again from that file; raters
who are excluded are left out, as everywhere.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from raters.exports import guesses as exported
from raters.exports.shape import Task
from raters.models import Guess, Study
from raters.services.guessing import kinds_of
from raters.statistics import UNKNOWN, Blinding, bang_index


def study_guesses(study: Study) -> Blinding | None:
    """None where nobody was asked, or the study had one kind of writer alone."""
    kinds = kinds_of(study=study)
    if len(kinds) < 2 or not Guess.objects.filter(assignment__study=study).exists():
        return None
    return guessed(exported.rows(Task(study)), kinds)


def guessed(rows: Iterable[dict[str, Any]], kinds: Sequence[str]) -> Blinding:
    """Of rows as the export has them."""
    counted = [row for row in rows if not row["excluded"]]
    return bang_index(
        [row["rater"] for row in counted],
        [kinds.index(row["source_kind"]) for row in counted],
        [kinds.index(row["guess"]) if row["guess"] else UNKNOWN for row in counted],
        sources=kinds,
    )

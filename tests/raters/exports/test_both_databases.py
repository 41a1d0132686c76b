"""The same study gives the same bytes, whichever database keeps it: SQLite and PostgreSQL.

The checksums are of one seeded study. They change where a format does, on both databases alike.
ratings.jsonl is left out: its rows name rationales by their numbers in the database.
"""

import hashlib

import pytest

from raters.models import Study
from tests.raters.judged import make_judged, ranking

from .reading import content

pytestmark = pytest.mark.django_db

CHECKSUMS = {
    "dpo.jsonl": "a76bd204e8602a92",
    "kto.jsonl": "4d085e31f6c42527",
    "reward.jsonl": "3850cb880d325e0a",
    "sft.jsonl": "9f8b69a90066fc78",
    "stepwise.jsonl": "365c2cd8a174dad1",
    "rewardbench.jsonl": "6fb56685b5950c03",
    "ratings.csv": "4b44d54ad7a92bb4",
    "dpo.csv": "d419bb21336d0aa6",
}


@pytest.fixture
def seeded(db):
    """Keys that alphabets sort differently, three raters, ties, steps, and texts beyond ASCII."""

    def says(rater, question, sources):
        ranks = {"é": 1, "B": 1 + (rater + question) % 2, "a": 3}
        return {
            **ranking(sources, **ranks),
            "step_marks": [[-1] if source == "a" else [] for source in sources],
        }

    study = make_judged(
        says, protocol="ranking", questions=5, raters_per_triple=3, asks_step_marks=True,
        allows_ties=True, sources=("é", "B", "a"), seed=7,
    )  # fmt: skip
    for question, key in zip(study.question_set.questions.order_by("key"), "bAaBé", strict=True):
        question.key = key
        question.save()
    Study.objects.filter(pk=study.pk).update(code="seeded")
    study.refresh_from_db()
    return study


@pytest.mark.parametrize("name", CHECKSUMS)
def test_the_same_study_gives_the_same_bytes_on_every_database(seeded, name):
    whole = content(seeded, name)
    assert len(whole) > 500
    assert hashlib.sha256(whole).hexdigest()[:16] == CHECKSUMS[name]

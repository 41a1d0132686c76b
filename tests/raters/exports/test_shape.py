"""Cells have one type through a whole file: a reader who saw its first part reads the rest."""

from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset
from datasets.exceptions import DatasetGenerationError

from raters.exports import EXPORTS, Task
from raters.models import Exclusion, Guess, Rating, Study
from tests.factories import NOW
from tests.raters.judged import make_judged, ranking
from tests.raters.reports import make_report

from .reading import content, json_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def sparse(db) -> Study:
    """No check, no error and no comment before the last question, and who came last is left out."""

    def says(rater, question, sources):
        last = question == 3
        return {
            **ranking(sources, S1=1, S2=2, S3=3),
            "step_marks": [[0, -1] if last and source == "S3" else [0] for source in sources],
            "comment": "at last" if last else "",
            "elapsed_ms": 900,
            "visible_ms": 900,
            "blurred_ms": 0,
        }

    study = make_judged(
        says, protocol="ranking", questions=4, raters_per_triple=3, asks_step_marks=True
    )
    study.triples.filter(question__key="q003").update(kind="check", expected=1)
    *_, last = study.raters.order_by("pk")
    Exclusion.objects.create(study=study, rater=last, rule="asked", detail="", at=NOW)
    for assignment in study.assignments.select_related("triple__question"):
        kind = "" if assignment.triple.question.key == "q003" else "human"
        Guess.objects.create(assignment=assignment, slot=0, kind=kind, at=NOW)
    make_report(study)
    return study


@pytest.mark.parametrize("name", [name for name in EXPORTS if name not in ("dataset", "flags")])
def test_an_absent_text_is_empty_and_never_null(sparse, name):
    export, task = EXPORTS[name], Task(sparse, until=NOW)
    for layout in filter(None, (export.layout, export.wide, export.running)):
        texts = [column.name for column in layout.columns(task) if column.kind == "text"]
        rows = list(layout.rows(task))
        assert rows
        assert {type(row[name]) for row in rows for name in texts} == {str}


@pytest.mark.parametrize("name", ["ratings", "guesses", "stepwise"])
def test_datasets_loads_what_is_first_said_after_the_part_it_takes_types_from(
    sparse, name, tmp_path
):
    """A block of it is a row here, and 10 MB where nobody says how large."""
    path = tmp_path / f"{name}.jsonl"
    path.write_bytes(content(sparse, path.name))
    assert len(load(path, chunksize=1)) == len(json_rows(sparse, path.name)) > 1


def test_numbers_that_come_late_load_where_the_whole_file_is_one_block(sparse, tmp_path):
    Rating.objects.exclude(assignment__triple__question__key="q003").update(visible_ms=None)
    path = tmp_path / "ratings.jsonl"
    path.write_bytes(content(sparse, path.name))
    with pytest.raises(DatasetGenerationError):
        load(path, chunksize=1)
    assert load(path, chunksize=path.stat().st_size)[-1]["visible_ms"] == 900


def load(path: Path, **how: int) -> Any:
    return load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(path.parent), **how
    )

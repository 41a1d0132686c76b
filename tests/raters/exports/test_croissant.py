"""Croissant metadata is read by mlcroissant, whatever researchers call their criteria."""

import io
import zipfile

import pytest

from tests.raters.judged import make_judged, ranking

from .reading import content

pytestmark = pytest.mark.django_db
NAMES = ("supports the label", "supports-the-label", "supports_the_label", "?", "数/图 #1", "%20")


def test_criteria_of_any_name_are_fields_each_with_an_id_of_its_own(tmp_path):
    import mlcroissant

    study = make_judged(
        lambda rater, question, sources: {
            **ranking(sources, S1=1, S2=2, S3=3),
            "scores": [[1, 2, 3, 4, 5, 6]] * 3,
        },
        protocol="ranking",
        questions=1,
        raters_per_triple=1,
        criteria=[{"name": name, "points": 7} for name in NAMES],
    )
    with zipfile.ZipFile(io.BytesIO(content(study, "dataset.zip"))) as archive:
        archive.extractall(tmp_path)
    described = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    (records,) = [each for each in described.metadata.record_sets if "ratings" in each.uuid]
    ids = {field.source.extract.column: field.uuid for field in records.fields}
    assert {f"score_a1_{name}" for name in NAMES} < set(ids)
    assert len(set(ids.values())) == len(ids)
    assert (ids["rater"], ids["score_a1_supports_the_label"]) == (
        "ratings_train/rater",
        "ratings_train/score_a1_supports_the_label",
    )
    (row,) = described.records(record_set=records.uuid)
    assert [row[ids[f"score_a2_{name}"]] for name in NAMES] == [1, 2, 3, 4, 5, 6]

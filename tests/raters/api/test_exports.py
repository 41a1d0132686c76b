"""A study's files by the API: taken in parts, from wherever the last attempt broke off."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.api.schema import document
from raters.models import AuditEntry, StudyExport
from raters.services.export_files import (
    study_export_ask,
    study_export_build,
    study_exports_sweep,
)
from raters.services.study_states import study_close
from tests.factories import claim, make_admin, make_raters, make_researcher, make_study, submit
from tests.raters.api.asking import PROBLEM, Asker, rater, researcher

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    settings.API_READS_PER_MINUTE = 10_000
    made = make_study(raters_per_triple=1)
    (one,) = make_raters(made, 1)
    for _ in range(3):
        submit(one, claim(one))
    return made


@pytest.fixture
def export(study):
    now = timezone.now()
    study_close(study=study, user=study.owner, now=now)
    asked = study_export_ask(
        study=study, user=study.owner, name="ratings", form="jsonl", wishes={}, now=now
    )
    study_export_build(export_id=asked.pk, now=now)
    asked.refresh_from_db()
    assert asked.state == "built"
    return asked


def address(export, part="file"):
    return f"studies/{export.study.code}/exports/{export.code}/{part}/"


def content(answer):
    return b"".join(answer.streaming_content)


def test_the_whole_file_says_how_long_it_is_and_what_it_is(export):
    answer = researcher(export.owner).get(address(export))
    whole = content(answer)
    assert answer.status_code == 200
    assert (answer["ETag"], answer["Accept-Ranges"]) == (f'"{export.sha256}"', "bytes")
    assert int(answer["Content-Length"]) == len(whole) == export.size
    assert hashlib.sha256(whole).hexdigest() == export.sha256
    assert "Content-Range" not in answer


def test_parts_in_any_order_are_the_file(export):
    alice, whole = researcher(export.owner), export.path.read_bytes()
    third = len(whole) // 3
    parts = {}
    for first, last in ((third, 2 * third - 1), (2 * third, ""), (0, third - 1)):
        answer = alice.get(address(export), Range=f"bytes={first}-{last}")
        end = last if last != "" else len(whole) - 1
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {first}-{end}/{len(whole)}"
        parts[first] = content(answer)
    assert b"".join(parts[first] for first in sorted(parts)) == whole


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_a_problem_that_says_how_long_the_file_is(export, asked):
    answer = researcher(export.owner).get(address(export), Range=asked)
    assert (answer.status_code, answer["Content-Type"]) == (416, PROBLEM)
    assert answer["Content-Range"] == f"bytes */{export.size}"
    assert answer["ETag"] == f'"{export.sha256}"'
    assert str(export.size) in answer.json()["detail"]


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=0-9", "bytes=9-5", "nonsense"])
def test_a_range_that_is_not_understood_gives_the_whole_file(export, asked):
    answer = researcher(export.owner).get(address(export), Range=asked)
    assert (answer.status_code, len(content(answer))) == (200, export.size)


def test_what_is_resumed_is_never_stitched_from_two_files(export):
    alice, whole = researcher(export.owner), export.path.read_bytes()
    same = {"Range": "bytes=3-", "If-Range": f'"{export.sha256}"'}
    answer = alice.get(address(export), **same)
    assert (answer.status_code, content(answer)) == (206, whole[3:])
    answer = alice.get(address(export), **same | {"If-Range": '"of another file"'})
    assert (answer.status_code, content(answer)) == (200, whole)


def test_what_a_script_has_already_is_not_sent_again_as_the_document_says(export):
    known = {"If-None-Match": f'"{export.sha256}"'}
    assert researcher(export.owner).get(address(export), **known).status_code == 304
    paths = document()["paths"]
    described = paths["/api/v1/studies/{code}/exports/{export}/file/"]["get"]["responses"]
    assert set(described) == {"200", "206", "304", "4XX"}


def test_a_part_of_a_file_that_names_sources_leaves_a_note_too(export):
    researcher(export.owner).get(address(export), Range="bytes=0-1")
    assert AuditEntry.objects.filter(detail="api/exports/ratings.jsonl").count() == 1


def test_the_manifest_says_of_the_file_what_it_says_on_the_page(export):
    page = Client()
    page.force_login(export.owner)
    shown = page.get(f"/studies/{export.study.code}/exports/{export.code}/manifest")
    answer = researcher(export.owner).get(address(export, "manifest"))
    assert answer.status_code == 200
    assert answer.json() == shown.json()
    assert (answer.json()["sha256"], answer.json()["rows"]) == (export.sha256, 3)


def test_the_manifest_names_sources_so_it_leaves_a_note(export):
    researcher(export.owner).get(address(export, "manifest"))
    assert AuditEntry.objects.filter(detail="api/exports/ratings.jsonl.manifest.json").count() == 1


def test_the_manifest_is_there_once_the_file_is(study):
    asked = study_export_ask(
        study=study, user=study.owner, name="ratings", form="csv", wishes={}, now=timezone.now()
    )
    answer = researcher(study.owner).get(address(asked, "manifest"))
    assert (answer.status_code, answer["Content-Type"]) == (409, PROBLEM)


@pytest.mark.parametrize("what", ["gone", "cut short"])
def test_a_file_that_is_not_there_as_it_was_built_is_not_found_and_is_built_again(export, what):
    alice = researcher(export.owner)
    if what == "gone":
        export.path.unlink()
    else:
        export.path.write_bytes(export.path.read_bytes()[:10])
    assert alice.get(address(export)).status_code == 404
    assert StudyExport.objects.get(pk=export.pk).state == "expired"
    assert not export.path.exists()
    again = alice.post(
        f"studies/{export.study.code}/exports/", {"name": "ratings", "form": "jsonl"}
    )
    assert (again.status_code, again.json()["state"]) == (202, "queued")


def test_only_whoever_asked_for_a_file_takes_a_part_of_it(export):
    askers = not_the_owner(export)
    got = [each.get(address(export), Range="bytes=0-1").status_code for each in askers]
    assert got == [401, 403, 404, 206], "an admin sees every study's files"


def test_only_whoever_asked_for_a_file_reads_its_manifest(export):
    askers = not_the_owner(export)
    got = [each.get(address(export, "manifest")).status_code for each in askers]
    assert got == [401, 403, 404, 200]


def not_the_owner(export):
    """A stranger, a rater, another researcher and an admin."""
    one = export.study.raters.get()
    return (Asker(), rater(one), researcher(make_researcher("bob")), researcher(make_admin()))


def test_a_file_whose_time_is_over_is_not_given(export, settings):
    study_exports_sweep(now=timezone.now() + timedelta(hours=settings.EXPORT_HOURS + 1))
    answer = researcher(export.owner).get(address(export))
    assert (answer.status_code, answer["Content-Type"]) == (409, PROBLEM)


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"name": "nonsense"}, "name", "nonsense"),
        ({"name": "dpo", "form": "zip"}, "form", "dpo is written as jsonl or csv or parquet"),
        ({"name": "dpo", "wishes": {"colour": 1}}, "wishes", "no wish 'colour'"),
        ({"name": "kto", "wishes": {"per_rater": True}}, "wishes", "kto does not take per_rater"),
        ({"name": "dpo", "wishes": {"min_raters": 0}}, "wishes", "min_raters"),
    ],
)
def test_a_file_that_no_study_has_is_not_valid(asked, field, said):
    study = make_study(closed=True)
    answer = researcher(study.owner).post(f"studies/{study.code}/exports/", asked)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert said in error["detail"]


def test_a_file_that_this_study_does_not_give_yet_is_a_conflict():
    study = make_study()
    answer = researcher(study.owner).post(f"studies/{study.code}/exports/", {"name": "dpo"})
    assert answer.status_code == 409
    assert "once it is closed" in answer.json()["detail"]

"""Files of a study: asked for and taken away by whoever asked, in ranges, on record."""

import hashlib
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from raters.models import AuditEntry, Study, StudyExport
from raters.services.export_files import study_export_build
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def study():
    study = make_study(questions=2, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    study_close(study=study, user=study.owner, now=NOW)
    return study


def ask(client, study, name="dpo", form="jsonl", **wishes):
    address = reverse("study-export-ask", args=[study.code])
    return client.post(address, {"name": name, "form": form, **wishes})


def built(client, study, *asked, **wishes) -> StudyExport:
    ask(client, study, *asked, **wishes)
    export = StudyExport.objects.first()
    study_export_build(export_id=export.pk, now=timezone.now())
    export.refresh_from_db()
    assert export.state == "built", export.problem
    return export


def address(export, what=""):
    return reverse(f"study-export{what}", args=[export.study.code, export.code])


def content(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_asks_or_takes(study, who):
    export = built(client_of("alice", study), study)
    stranger = client_of(who, study)
    assert ask(stranger, study).status_code == REFUSED[who]
    for what in ("", "-manifest"):
        assert stranger.get(address(export, what)).status_code == REFUSED[who]
    assert stranger.post(address(export, "-drop")).status_code == REFUSED[who]
    export.refresh_from_db()
    assert export.state == "built"
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_take_it_on_record(study, who):
    export = built(client_of("alice", study), study)
    response = client_of(who, study).get(address(export))
    assert hashlib.sha256(content(response)).hexdigest() == export.sha256
    assert response["Content-Disposition"] == 'attachment; filename="a-study-dpo.jsonl"'
    assert response["X-Content-Type-Options"] == "nosniff"
    entry = AuditEntry.objects.get(action="un-blinded")
    assert (entry.detail, entry.user.get_username()) == ("exports/dpo.jsonl", who)


def test_a_manifest_names_the_very_file_with_its_checksum_and_the_wishes(study):
    client = client_of("alice", study)
    export = built(client, study, per_rater="1", min_raters="2")
    about = json.loads(client.get(address(export, "-manifest")).content)
    file = client.get(address(export))
    assert file["Content-Disposition"] == f'attachment; filename="{about["file"]}"'
    assert about["file"] == "a-study-dpo-per-rater-min-raters-2.jsonl"
    assert about["wishes"] == {"per_rater": True, "min_raters": 2}
    assert about["sha256"] == hashlib.sha256(content(file)).hexdigest()


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-999999999", 206, slice(5, None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=0-9", 200, slice(None)),
        ("bytes=9-5", 200, slice(None)),
        ("bytes=999999999-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_a_download_goes_on_where_it_broke_off(study, asked, status, part):
    client = client_of("alice", study)
    export = built(client, study)
    whole = export.path.read_bytes()
    response = client.get(address(export), headers={"Range": asked})
    assert (response.status_code, response["ETag"]) == (status, f'"{export.sha256}"')
    assert response["Accept-Ranges"] == "bytes"
    if part is None:
        assert response["Content-Range"] == f"bytes */{len(whole)}"
    else:
        given = content(response)
        assert given == whole[part]
        assert int(response["Content-Length"]) == len(given)


def test_a_range_of_another_file_than_the_one_begun_is_the_whole_file(study):
    client = client_of("alice", study)
    export = built(client, study)
    same = {"Range": "bytes=3-", "If-Range": f'"{export.sha256}"'}
    other = {"Range": "bytes=3-", "If-Range": '"another"'}
    assert client.get(address(export), headers=same).status_code == 206
    response = client.get(address(export), headers=other)
    assert (response.status_code, content(response)) == (200, export.path.read_bytes())


def test_what_a_browser_has_already_is_not_sent_again(study):
    client = client_of("alice", study)
    export = built(client, study)
    headers = {"If-None-Match": f'"{export.sha256}"'}
    assert client.get(address(export), headers=headers).status_code == 304


def test_a_file_that_is_gone_is_not_found_and_can_be_asked_for_again(study):
    client = client_of("alice", study)
    export = built(client, study)
    export.path.unlink()
    assert client.get(address(export)).status_code == 404
    assert built(client, study).pk != export.pk


def test_the_page_says_how_far_it_is_and_stops_it(study):
    client = client_of("alice", study)
    ask(client, study)
    export = StudyExport.objects.get()
    StudyExport.objects.update(
        state="building", share_done=0.4, rows_done=1234, began_at=NOW, touched_at=NOW
    )
    page = reverse("study", args=[study.code])
    html = client.get(page).content.decode()
    assert 'value="40" max="100"' in html
    assert "1234 rows" in html
    assert client.get(page, headers={"X-Fragment": "1"}).status_code == 202
    assert client.get(address(export)).status_code == 404
    client.post(address(export, "-drop"))
    assert export.code not in client.get(page).content.decode()
    assert client.get(page, headers={"X-Fragment": "1"}).status_code == 204


@pytest.mark.parametrize("name", ["dpo", "statistics", "dataset", "rewardbench"])
def test_what_names_sources_waits_for_the_end(name):
    study = make_study(name="running")
    form = "zip" if name == "dataset" else "jsonl"
    response = ask(client_of("alice", study), study, name, form)
    assert response.status_code == 409
    assert "they are given once it is closed" in response.content.decode()
    assert not StudyExport.objects.exists()


def test_a_running_studys_files_are_described_as_they_are_given():
    study = make_study()
    html = client_of("alice", study).get(reverse("study", args=[study.code])).content.decode()
    assert "of rationales that go by labels; the same columns in every form" in html
    assert "says everything about the rationales" not in html
    study_close(study=study, user=study.owner, now=NOW)
    html = client_of("alice", study).get(reverse("study", args=[study.code])).content.decode()
    assert "says everything about the rationales" in html
    assert "go by labels" not in html


def test_a_snapshot_names_no_source_and_leaves_no_audit_row():
    study = make_study(name="running", questions=3, raters_per_triple=2)
    rate_all(study, make_raters(study, 1))
    client = client_of("alice", study)
    export = built(client, study, "ratings")
    response = client.get(address(export))
    said = content(response).decode()
    assert "ratings-snapshot.jsonl" in response["Content-Disposition"]
    assert len(said.splitlines()) == 3
    assert not any(name in said for name in ('"S1"', '"S2"', '"S3"', "A1", "sha256"))
    assert json.loads(client.get(address(export, "-manifest")).content)["is_snapshot"]
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "nope"}, "There is no export &#x27;nope&#x27;"),
        ({"name": "dpo", "form": "xlsx"}, "dpo is written as jsonl or csv or parquet"),
        ({"name": "flags", "split": "train"}, "flags does not take split"),
        ({"min_probability": "2"}, "from 0 to below 1, not 2.0"),
        ({"min_raters": "many"}, "min_raters cannot be &#x27;many&#x27;"),
        ({"colour": "red"}, "There is no wish &#x27;colour&#x27;"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_a_sentence(study, asked, said):
    response = ask(client_of("alice", study), study, **asked)
    assert response.status_code == 409
    assert said in response.content.decode()


def test_asking_changes_nothing_by_get(study):
    client = client_of("alice", study)
    assert client.get(reverse("study-export-ask", args=[study.code])).status_code == 405
    assert client.get(address(built(client, study), "-drop")).status_code == 405


def test_a_file_name_holds_nothing_of_a_name_that_could_break_a_header(study):
    Study.objects.update(name='x"; filename="evil.exe\r\nSet-Cookie: a=b ../../Ω')
    client = client_of("alice", study)
    response = client.get(address(built(client, study)))
    assert response["Content-Disposition"] == (
        'attachment; filename="x-filenameevilexe-set-cookie-ab-dpo.jsonl"'
    )

"""Files of a study: once it is closed, to its owner and admins, on record."""

import hashlib
import json

import pytest
from django.urls import reverse

from raters.exports import EXPORTS
from raters.models import AuditEntry, Study
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.exports.reading import text
from tests.raters.reports import make_report

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
NAMES = [each + suffix for each in EXPORTS for suffix in ("", ".manifest.json")]


@pytest.fixture
def study():
    study = make_study(questions=2, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    study_close(study=study, user=study.owner, now=NOW)
    return study


def address(study, name):
    return reverse("study-export", args=[study.code, name])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_gets_a_file(study, who, name):
    response = client_of(who, study).get(address(study, name))
    assert response.status_code == REFUSED[who]
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize("who", ["alice", "root"])
@pytest.mark.parametrize("name", EXPORTS)
def test_owner_and_admin_get_the_file_on_record(study, who, name):
    response = client_of(who, study).get(address(study, name))
    assert b"".join(response.streaming_content).decode() == text(study, name)
    assert response["Content-Disposition"] == f'attachment; filename="a-study-{name}"'
    entry = AuditEntry.objects.get(action="un-blinded")
    assert entry.detail == f"exports/{name}"
    assert entry.user.get_username() == who


def test_pairs_come_one_a_rater_on_request(study):
    client = client_of("alice", study)
    response = client.get(address(study, "dpo.jsonl"), {"per_rater": 1})
    assert b"".join(response.streaming_content).decode() == text(study, "dpo.jsonl", per_rater=True)
    manifest = client.get(address(study, "dpo.jsonl.manifest.json"), {"per_rater": 1})
    assert json.loads(manifest.content)["wishes"] == {"per_rater": True}


@pytest.mark.parametrize("asked", [{}, {"per_rater": 1}])
@pytest.mark.parametrize("name", EXPORTS)
def test_a_manifest_names_the_very_file_that_is_downloaded_with_its_checksum(study, name, asked):
    client = client_of("alice", study)
    file = client.get(address(study, name), asked)
    manifest = client.get(address(study, f"{name}.manifest.json"), asked)
    about = json.loads(manifest.content)
    assert file["Content-Disposition"] == f'attachment; filename="{about["file"]}"'
    assert manifest["Content-Disposition"] == (
        f'attachment; filename="{about["file"]}.manifest.json"'
    )
    content = b"".join(file.streaming_content)
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    per_rater = bool(asked) and name == "dpo.jsonl"
    assert about["file"] == f"a-study-{'dpo-per-rater.jsonl' if per_rater else name}"


def test_each_file_is_offered_with_its_own_manifest(study):
    make_report(study)
    html = client_of("alice", study).get(reverse("study-results", args=[study.code]))
    for asked in ("", "?per_rater=1"):
        for name in ("dpo.jsonl", "dpo.jsonl.manifest.json"):
            assert f'href="{address(study, name)}{asked}"' in html.content.decode()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("opened", [True, False])
def test_a_study_that_is_not_closed_gives_none_and_says_when(name, opened):
    study = make_study(name="running", opened=opened)
    response = client_of("alice", study).get(address(study, name))
    assert response.status_code == 409
    assert "they are given once it is closed" in response.content.decode()
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize(
    "name", ["", "nope.csv", "..%2Fdb", "ratings.csv.manifest.json.manifest.json", "ratings.CSV"]
)
def test_no_other_name_is_a_file(study, name):
    response = client_of("alice", study).get(f"/studies/{study.code}/exports/{name}")
    assert response.status_code == 404


def test_a_download_changes_nothing_by_post(study):
    assert client_of("alice", study).post(address(study, "dpo.jsonl")).status_code == 405


def test_a_file_name_holds_nothing_of_a_name_that_could_break_a_header(study):
    Study.objects.update(name='x"; filename="evil.exe\r\nSet-Cookie: a=b ../../Ω')
    response = client_of("alice", study).get(address(study, "ratings.csv"))
    assert response["Content-Disposition"] == (
        'attachment; filename="x-filenameevilexe-set-cookie-ab-ratings.csv"'
    )


def test_a_file_is_not_sniffed_into_a_page(study):
    response = client_of("alice", study).get(address(study, "ratings.csv"))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"].startswith("text/csv")

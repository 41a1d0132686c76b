"""A built export is handed to training by an admin, as the file it is; it leaves an audit row."""

import hashlib
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from generation.services.pair_files import pair_files
from raters.models import AuditEntry, StudyExport
from raters.services.export_files import study_export_ask, study_export_build
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_admin, make_raters, make_study, submit


@pytest.fixture
def built(db, settings, tmp_path, monkeypatch) -> StudyExport:
    """The pairs of a closed study, which its owner, an admin, had made."""
    settings.EXPORT_DIR, settings.MODELS_DIR = tmp_path / "exports", tmp_path / "models"
    monkeypatch.setattr("raters.services.export_files.current_app.send_task", lambda *a, **k: None)
    study = make_study(questions=3, raters_per_triple=1)
    (rater,) = make_raters(study, 1)
    for _ in range(study.triple_count):
        submit(rater, claim(rater))
        rater.refresh_from_db()
    study_close(study=study, user=study.owner, now=NOW)
    admin = make_admin()
    export = study_export_ask(study=study, user=admin, name="dpo", form="jsonl", wishes={}, now=NOW)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert export.state == "built", export.problem
    return export


def learn(export: StudyExport, user: User | None):
    client = Client()
    if user:
        client.force_login(user)
    return client.post(reverse("export-learn", args=[export.study.code, export.code]))


def test_the_file_is_kept_and_the_form_is_filled_with_it(built):
    response = learn(built, built.owner)
    (kept,) = pair_files()
    assert response.url == f"/training/preferences/?pairs={kept.key}#new"
    assert kept.key == hashlib.sha256(built.path.read_bytes()).hexdigest()
    manifest = json.loads((kept.path.parent / "dpo.jsonl.manifest.json").read_text())
    assert (manifest["sha256"], kept.questions) == (kept.key, built.study.question_set.name)
    assert AuditEntry.objects.filter(study=built.study, detail="training/dpo.jsonl").exists()


def test_the_studys_page_offers_it_to_an_admin_alone(built):
    url = reverse("export-learn", args=[built.study.code, built.code])
    client = Client()
    client.force_login(built.owner)
    assert url in client.get(reverse("study", args=[built.study.code])).content.decode()


def test_who_is_no_admin_finds_nothing_and_a_stranger_signs_in(built):
    assert learn(built, built.study.owner).status_code == 404
    assert learn(built, User.objects.create_user("sue")).status_code == 404
    assert learn(built, None).url.startswith("/sign-in/")
    assert pair_files() == []

"""The admins' page: who may, what it says where nothing answers, and what becomes of people."""

import re

import pytest
from celery import Celery
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from config.system import glance
from raters.services.tokens import token_create
from tests.factories import NOW, make_admin, make_researcher, make_study
from tests.raters.views.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    monkeypatch.setattr(glance, "ANSWER_SECONDS", 0.05)


@pytest.fixture
def study():
    return make_study(opened=True)


@pytest.fixture
def root(study):
    return client_of("root", study)


def page(client):
    return " ".join(client.get(reverse("system")).content.decode().split())


# --- who ---
@pytest.mark.parametrize(
    ("who", "status"),
    [("root", 200), ("alice", 404), ("bob", 404), ("plain", 404), ("rae", 302), ("stranger", 302)],
)
def test_the_page_is_for_admins(study, who, status):
    assert client_of(who, study).get(reverse("system")).status_code == status


@pytest.mark.parametrize("who", ["alice", "bob", "plain", "rae", "stranger"])
def test_nobody_else_changes_anybody(study, who):
    client, root = client_of(who, study), make_admin()
    expected = 302 if who in ("rae", "stranger") else 404
    assert client.post(reverse("system-person"), {"name": "eve", "role": "admin"}).status_code == (
        expected
    )
    for name in ("system-invite", "system-role", "system-disable"):
        sent = client.post(reverse(name, args=[root.pk]), {"to": "off"})
        assert sent.status_code == expected
    root.refresh_from_db()
    assert (root.is_active, root.is_superuser) == (True, True)
    assert not User.objects.filter(username="eve").exists()


# --- people ---
def test_somebody_is_added_with_a_link_that_is_shown_once_and_works(root, client):
    made = root.post(reverse("system-person"), {"name": "eve", "role": "researcher"})
    link = re.search(r"/enter/[^/\"]+/", made.content.decode())[0]
    assert link not in page(root)
    assert client.post(link).status_code == 302
    assert client.get(reverse("studies")).status_code == 200
    eve = User.objects.get(username="eve")
    assert (eve.is_staff, eve.is_superuser, eve.has_usable_password()) == (True, False, False)
    assert LogEntry.objects.filter(object_repr="eve").count() == 2


@pytest.mark.parametrize("name", ["", "alice", "ALICE", "two words", "x" * 151])
def test_a_name_that_cannot_be_is_refused_beside_the_form(root, name):
    assert root.post(reverse("system-person"), {"name": name, "role": "admin"}).status_code == 422


def test_a_role_is_changed_and_written_down(root, study):
    root.post(reverse("system-role", args=[study.owner.pk]), {"to": "admin"})
    study.owner.refresh_from_db()
    assert study.owner.is_superuser
    assert "made admin, by root" in page(root)


def test_disabling_says_first_what_it_does_and_shuts_every_door(root, study, client):
    client.force_login(study.owner)
    _, text = token_create(user=study.owner, name="t", scopes=["read"], days=None, now=NOW)
    said = root.get(reverse("system-disable", args=[study.owner.pk])).content.decode()
    assert "Their 1 study stays, 1 of them running" in said
    assert User.objects.get(pk=study.owner.pk).is_active
    root.post(reverse("system-disable", args=[study.owner.pk]), {"to": "off"})
    assert client.get(reverse("studies")).status_code == 302
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    assert client.get("/api/v1/studies/", **bearer).status_code == 401
    root.post(reverse("system-invite", args=[study.owner.pk]))
    assert "is disabled; enable them first" in page(root)
    root.post(reverse("system-disable", args=[study.owner.pk]), {"to": "on"})
    client.force_login(study.owner)
    assert client.get(reverse("studies")).status_code == 200


@pytest.mark.parametrize("name", ["system-role", "system-disable"])
def test_nobody_demotes_or_disables_themselves(root, name):
    me = make_admin()
    root.post(reverse(name, args=[me.pk]), {"to": "off"})
    me.refresh_from_db()
    assert (me.is_active, me.is_superuser) == (True, True)


# --- the rest ---
def test_no_worker_and_no_broker_are_said_so(root, settings):
    assert "No worker answered within a second" in page(root)


def test_a_broker_that_is_away_is_named_and_the_page_still_there(root, monkeypatch):
    away = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.broker_transport_options = {"max_retries": 0, "socket_connect_timeout": 1}
    monkeypatch.setattr("config.system.views.app", away)
    html = page(root)
    assert "The broker does not answer" in html
    assert "Versions" in html


def test_storage_and_versions_are_those_of_this_installation(root, settings, tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 2048)
    settings.EXPORT_DIR = tmp_path
    html = page(root)
    assert "<dt>exports</dt><dd>2.0 KB" in html
    assert "5.2.19" in html
    assert make_researcher().username in html


def test_a_folder_of_many_files_is_measured_in_part_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(glance, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_bytes(b"xy")
    found = glance._folder("exports", tmp_path)
    assert (found.bytes, found.is_at_least) == (4, True)

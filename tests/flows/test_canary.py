"""A crowd platform's id comes in through the real server and leaves by nothing but its one table.

gunicorn as `make run` starts it, everything logged; a person's whole visit, every mistake that a
browser can make with the id in its address, a page that breaks; then every export in every form.
"""

import io
import os
import re
import socket
import subprocess
import sys
import urllib.request
import zipfile
from http.cookiejar import CookieJar
from urllib.error import HTTPError

import pyarrow.parquet
import pytest
from django.db import connection
from django.utils import timezone

from generation.models import Source
from raters.exports import EXPORTS
from raters.models import CrowdIdentity, Guess, Rater, Rating, StudyPath
from raters.services.consent import consent_text_save
from raters.services.crowd import crowd_switch
from raters.services.practice import practice_import
from raters.services.study_states import study_close
from tests.factories import make_study
from tests.raters.exports.reading import about_of, content
from tests.raters.reports import make_report
from tests.raters.services.test_practice import lines
from tests.worker import ROOT, Process, _database_url, eventually

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "5f0cZqcanary0participant"
QUERY = f"PROLIFIC_PID={CANARY}&STUDY_ID=Zqplatformstudy&SESSION_ID=Zqsubmission"
SECRETS = (CANARY, "Zqplatformstudy", "Zqsubmission")


class Stay(urllib.request.HTTPRedirectHandler):
    """Each redirect is looked at before it is followed."""

    def redirect_request(self, *args: object) -> None:
        return None


class Person:
    """A browser that tells everybody where it came from, id and all; and what it was answered."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), Stay()
        ).open

    def go(self, path: str, data: str | None = None, **headers: str) -> tuple[int, str, str]:
        """Status, where it leads, and the page; none of which has the id."""
        sent = {"Referer": f"{self.site}/c/x/?{QUERY}", **headers}
        body = None if data is None else data.encode()
        asked = urllib.request.Request(self.site + path, body, sent)
        try:
            answer = self.open(asked, timeout=30)
        except HTTPError as refused:
            answer = refused
        page = answer.read().decode()
        everything = f"{answer.headers}{page}"
        assert not [each for each in SECRETS if each in everything], path
        return answer.status, answer.headers.get("Location", ""), page


@pytest.fixture
def server(tmp_path):
    """gunicorn with its access log, and Django's log at its most talkative."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}},
        "SECRET_KEY": "only-for-tests",
        "TRIPTYCH_VAR": str(tmp_path),
        "DATABASE_URL": _database_url(),
        "SECURE_HTTPS": "false",
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "DEBUG",
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True, capture_output=True)
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.web"]
    options = ["--bind", f"127.0.0.1:{port}", "--access-logfile", "-", "--log-level", "debug"]
    process = Process([*command, *options], tmp_path / "web.log", environment)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(answers, 60, process.said)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()


@pytest.fixture
def study(transactional_db):
    now = timezone.now()
    study = make_study(questions=2, raters_per_triple=2, now=now)
    for source, kind in zip(Source.objects.all(), ("human", "star", "few-shot"), strict=True):
        Source.objects.filter(pk=source.pk).update(kind=kind)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    consent_text_save(study=study, text="Agree?", language="en", now=now)
    practice_import(study=study, user=study.owner, now=now, lines=lines(1))
    StudyPath.objects.filter(study=study).update(asks_guesses=True, debrief="Thanks")
    return study


def test_the_id_is_in_no_log_no_page_no_address_and_no_export(server, study):
    site, process = server
    arrival = f"/c/{StudyPath.objects.get().crowd_code}/"
    visit(Person(site), study, arrival)
    mistakes(Person(site), study, arrival)
    log = process.said()
    assert f'"GET {arrival} HTTP/1.1" 302' in log
    assert "Internal Server Error" in log
    assert not [each for each in SECRETS if each in log]
    rater = Rater.objects.exclude(crowd_digest="").get()
    assert rater.crowd_digest in {each.digest for each in CrowdIdentity.objects.all()}
    exports(study, [*SECRETS, rater.crowd_digest])


def visit(person: Person, study, arrival: str) -> None:
    """From the platform to the guess at the end."""
    room = f"/rate/{study.code}/"
    status, where, page = person.go(f"{arrival}?{QUERY}")
    assert (status, where, page) == (302, room, "")
    _, _, page = person.go(room)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    person.go(f"{room}consent/", f"csrfmiddlewaretoken={token}&answer=agree&version=1")
    person.go(f"{room}?begin")
    turn = re.search(r'name="token" value="([^"]+)"', person.go(f"{room}practice/")[2])[1]
    person.go(f"{room}practice/", f"csrfmiddlewaretoken={token}&token={turn}&answer=1")
    while fields := re.findall(
        r'name="(token|key)" value="([^"]+)"', person.go(f"{room}?begin")[2]
    ):
        given = dict(reversed(fields))
        person.go(f"{room}submit/", f"token={given['token']}&key={given['key']}&answer=2")
    assert Rating.objects.count() == 2
    _, _, page = person.go(f"{room}closing/")
    person.go(f"{room}closing/", f"csrfmiddlewaretoken={token}&rather_not=1")
    assert Guess.objects.count() == 6


def mistakes(person: Person, study, arrival: str) -> None:
    """The id in every address that a browser could put it into; and a page that breaks."""
    room = f"/rate/{study.code}/"
    for path, expected in (
        (f"/c/unknown/?{QUERY}", 302),
        (f"/nowhere/?{QUERY}", 404),
        (f"/?{QUERY}", 200),
        (f"{room}?{QUERY}", 403),
        (f"{arrival}?PROLIFIC_PID={CANARY}%00", 302),
        (f"{arrival}?PROLIFIC_PID={CANARY}&x={'y' * 9000}", 414),
    ):
        assert person.go(path)[0] == expected, path[:80]
    assert person.go(f"{arrival}?{QUERY}", "a=1")[0] in (403, 405)
    assert person.go(f"{room}join/?{QUERY}", "a=1")[0] == 403
    assert person.go(f"{arrival}?{QUERY}", Host="strange.example")[0] == 400
    other = QUERY.replace(CANARY, f"{CANARY}2")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE raters_crowdidentity RENAME TO raters_gone")
        try:
            status, _, page = person.go(f"{arrival}?{other}")
        finally:
            cursor.execute("ALTER TABLE raters_gone RENAME TO raters_crowdidentity")
    assert status == 500
    assert "Something broke" in page


def exports(study, sought: list[str]) -> None:
    study_close(study=study, user=study.owner, now=timezone.now())
    make_report(study)
    for export in EXPORTS.values():
        for form in export.forms:
            name = f"{export.name}.{form}"
            held = readable(form, content(study, name)) + str(about_of(study, name))
            assert not [each for each in sought if each in held], name


def readable(form: str, whole: bytes) -> str:
    """What stands in a file, whatever packs it."""
    if form == "parquet":
        return str(pyarrow.parquet.read_table(io.BytesIO(whole)).to_pylist())
    if form != "zip":
        return whole.decode()
    with zipfile.ZipFile(io.BytesIO(whole)) as folder:
        named = {name: folder.read(name) for name in folder.namelist()}
    return "".join(
        name + readable("parquet" if name.endswith(".parquet") else "", held)
        for name, held in named.items()
    )

"""The client against a server that does what servers do: sends elsewhere, stumbles, breaks off.

The server answers what a test tells it to, in order, the last answer again and again.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.utils import timezone

from raters.api import client
from raters.api.client import Problem, Triptych
from raters.models import Rating
from raters.services.export_files import study_export_ask, study_export_build
from raters.services.study_states import study_close
from raters.services.tokens import SCOPES, token_create
from tests.factories import make_raters, make_study, rate_all


class Answering(BaseHTTPRequestHandler):
    """Keeps what is asked; answers a status, a body and headers."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers, body))
        status, said, headers = self.server.answers[0]
        if len(self.server.answers) > 1:
            del self.server.answers[0]
        self.send_response(status)
        for name, value in ({"Content-Length": len(said)} | headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_DELETE = do_GET

    def log_message(self, *args: object) -> None:
        pass


def says(status: int, said: object = None, **headers: object) -> tuple[int, bytes, dict]:
    return status, json.dumps(said).encode(), {n.replace("_", "-"): v for n, v in headers.items()}


@contextmanager
def server(*answers: tuple[int, bytes, dict]) -> Iterator[ThreadingHTTPServer]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    listening.asked, listening.answers = [], list(answers)
    listening.address = f"http://127.0.0.1:{listening.server_port}"
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield listening
    listening.shutdown()
    listening.server_close()
    thread.join()


BROKEN_OFF = says(200, {"state": "built"}, Content_Length=1000)
UNDER_WAY = [says(503, {}), (502, b"<html>", {}), BROKEN_OFF]


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """How long the client waited each time, which takes no time here."""
    waited = []
    monkeypatch.setattr(client.time, "sleep", waited.append)
    return waited


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", ["get", "post"])
def test_a_redirect_is_refused_and_no_other_host_sees_the_token(status, ask):
    with server(says(200, {})) as other:
        elsewhere = f"{other.address}/api/v1/studies/"
        with server(says(status, {}, Location=elsewhere)) as there:
            site = Triptych(there.address, token="secret")
            with pytest.raises(Problem, match=f"redirects to {elsewhere}") as refused:
                getattr(site, ask)("studies/")
        assert (refused.value.status, len(there.asked), other.asked) == (status, 1, [])


def test_a_list_goes_on_at_this_site_whatever_the_site_calls_itself():
    behind = "http://internal.example:8000/api/v1/studies/?cursor=b%3D&limit=1"
    pages = ({"results": [1], "next": behind}, {"results": [2], "next": None})
    with server(*(says(200, page) for page in pages)) as there:
        site = Triptych(there.address, token="t")
        assert list(site.all("studies/?limit=1")) == [1, 2]
    paths = [path for _, path, *_ in there.asked]
    assert paths == ["/api/v1/studies/?limit=1", "/api/v1/studies/?cursor=b%3D&limit=1"]


def test_what_is_read_is_asked_for_again_while_the_site_stumbles(slept):
    with server(*UNDER_WAY, says(200, {"state": "built"})) as there:
        found = Triptych(there.address, token="t").wait("x/", until=("built",))
    assert found == {"state": "built"}
    assert slept == [0.5, 1, 2]


def test_a_site_that_only_stumbles_is_given_up(slept):
    with server(says(503, {"detail": "Down for today."})) as there:
        with pytest.raises(Problem, match="503: Down for today"):
            Triptych(there.address, token="t").get("studies/")
        assert len(there.asked) == 6
    with pytest.raises(OSError, match=f"{there.address}/api/v1/ cannot be reached: .*refused"):
        Triptych(there.address, token="t").get("studies/")


@pytest.mark.parametrize("stumble", UNDER_WAY)
@pytest.mark.parametrize(
    "ask",
    [
        lambda site: site.post("studies/", name="x"),
        lambda site: site.import_lines("x", "questions:jsonl", []),
        lambda site: site.delete("webhooks/1/"),
    ],
    ids=["a new study", "an import", "a removal"],
)
def test_what_is_made_anew_or_takes_long_is_sent_once(ask, stumble):
    with server(stumble, says(201, {})) as there:
        with pytest.raises((Problem, HTTPException)):
            ask(Triptych(there.address, token="t"))
        assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("told", "waited"), [("7", 7), ("soon", 0.5), (formatdate(0, usegmt=True), 0.5)]
)
def test_who_is_told_when_to_come_back_waits_until_then(told, waited, slept):
    with server(says(429, {}, Retry_After=told), says(201, {"code": "c"})) as there:
        assert Triptych(there.address, token="t").post("studies/", name="x") == {"code": "c"}
    assert slept == [waited]


def test_when_to_come_back_may_be_a_date(slept):
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    with server(says(503, {}, Retry_After=in_a_minute), says(200, {})) as there:
        Triptych(there.address, token="t").get("studies/")
    assert 30 < slept[0] <= 60


def test_who_is_told_to_come_back_much_later_is_told_so_at_once(slept):
    tomorrow = says(429, {"detail": "Tomorrow."}, Retry_After=9000)
    with server(tomorrow) as there, pytest.raises(Problem, match="Tomorrow") as refused:
        Triptych(there.address, token="t").get("studies/")
    assert (refused.value.wait, slept) == (9000, [])


def test_what_answers_without_being_a_site_is_named():
    page = (200, b"<html>Sign in</html>", {})
    with server(page) as there, pytest.raises(Problem, match="answers no JSON") as found:
        Triptych(there.address, token="t").get("studies/")
    assert there.address in str(found.value)


def test_an_answer_that_was_lost_is_sent_again_as_the_same_answer():
    with server(BROKEN_OFF, says(200, {"is_repeat": True})) as there:
        room, triple = Triptych(there.address, code="c"), {"token": "of this triple"}
        assert room.answer(triple, "pick", slot=1) == {"is_repeat": True}
        room.answer(triple, "pick", slot=1)
        room.answer(triple, "pick", slot=2)
        room.answer({"token": "of another"}, "pick", slot=1)
        first, *others = (json.loads(body)["key"] for *_, body in there.asked)
    assert [key == first for key in others] == [True, True, False, False]


FILE = bytes(range(256)) * 4
BUILT = {
    "code": "e",
    "state": "built",
    "size": len(FILE),
    "sha256": hashlib.sha256(FILE).hexdigest(),
}
ASKED = [says(202, {"code": "e"}), says(200, BUILT)]


def ranges(there):
    """What was asked for of the file, each time: from which byte, and of which file."""
    taken = [headers for _, path, headers, _ in there.asked if path.endswith("/file/")]
    return [(headers["Range"], headers["If-Range"]) for headers in taken]


def test_a_file_goes_on_where_it_broke_off_as_the_same_file(tmp_path):
    half = (206, FILE[:500], {"Content-Length": len(FILE)})
    with server(*ASKED, half, says(503), (206, FILE[500:], {})) as there:
        site = Triptych(there.address, token="t")
        export = site.export_to(tmp_path / "dpo.jsonl", "s", "dpo", simulated=True)
        asked = json.loads(there.asked[0][3])
    assert asked == {"name": "dpo", "form": "jsonl", "wishes": {"simulated": True}}
    assert export == BUILT
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("dpo.jsonl", FILE)]
    tag = f'"{BUILT["sha256"]}"'
    assert ranges(there) == [("bytes=0-", tag), ("bytes=500-", tag), ("bytes=500-", tag)]


def test_another_script_goes_on_where_the_last_one_broke_off(tmp_path):
    path = tmp_path / "dpo.jsonl"
    half = (206, FILE[:500], {"Content-Length": len(FILE)})
    with server(*ASKED, half, says(404, {"detail": "No."})) as there:
        with pytest.raises(Problem, match="404: No"):
            Triptych(there.address, token="t").export_to(path, "s", "dpo")
        assert not path.exists()
    with server(*ASKED, (206, FILE[500:], {})) as there:
        Triptych(there.address, token="t").export_to(path, "s", "dpo")
        assert [first for first, _ in ranges(there)] == ["bytes=500-"]
    assert path.read_bytes() == FILE


def test_a_site_that_knows_no_ranges_gives_the_file_from_the_start(tmp_path):
    half = (200, FILE[:500], {"Content-Length": len(FILE)})
    with server(*ASKED, half, (200, FILE, {})) as there:
        Triptych(there.address, token="t").export_to(tmp_path / "dpo.jsonl", "s", "dpo")
    assert (tmp_path / "dpo.jsonl").read_bytes() == FILE


def test_what_is_not_the_file_that_was_built_is_not_kept(tmp_path):
    with server(*ASKED, (200, b"?" * len(FILE), {})) as there, pytest.raises(OSError, match="dpo"):
        Triptych(there.address, token="t").export_to(tmp_path / "dpo.jsonl", "s", "dpo")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_built_says_why(tmp_path):
    failed = says(200, {"state": "failed", "problem": "The disk is full."})
    with server(ASKED[0], failed) as there, pytest.raises(Problem, match="The disk is full"):
        Triptych(there.address, token="t").export_to(tmp_path / "dpo.jsonl", "s", "dpo")
    assert list(tmp_path.iterdir()) == []


def test_who_wants_to_wait_no_longer_is_told_how_far_the_file_is(tmp_path):
    queued = says(200, {"state": "queued"})
    with server(ASKED[0], queued) as there, pytest.raises(TimeoutError, match="still queued"):
        Triptych(there.address, token="t").export_to(tmp_path / "x", "s", "dpo", seconds=0)


@pytest.mark.django_db(transaction=True)
def test_the_real_site_gives_what_is_missing_of_a_file_and_its_manifest(
    live_server, settings, tmp_path
):
    settings.EXPORT_DIR = tmp_path / "exports"
    study = make_study(questions=2, raters_per_triple=1)
    rate_all(study, make_raters(study, 1))
    now = timezone.now()
    study_close(study=study, user=study.owner, now=now)
    row = study_export_ask(
        study=study, user=study.owner, name="ratings", form="jsonl", wishes={}, now=now
    )
    study_export_build(export_id=row.pk, now=now)
    row.refresh_from_db()
    built = row.path.read_bytes()
    _, token = token_create(user=study.owner, name="a", scopes=SCOPES, days=None, now=now)
    site = Triptych(live_server.url, token=token)
    for part in (b"", built[:99], built):
        path = tmp_path / "ratings.jsonl"
        path.with_name(f"{path.name}.{row.sha256[:12]}.part").write_bytes(part)
        export = site.export_to(path, study.code, "ratings")
        assert (export["rows"], path.read_bytes()) == (2, built)
    manifest = site.manifest(study.code, export["code"])
    assert (manifest["rows"], manifest["sha256"]) == (2, row.sha256)


@pytest.mark.django_db(transaction=True)
def test_the_real_site_stores_the_same_answer_once_and_refuses_another(live_server):
    (one,) = make_raters(make_study(questions=1, raters_per_triple=1), 1)
    room = Triptych(live_server.url, code=one.code)
    triple = next(room.triples())
    said = [room.answer(triple, "pick", slot=1) for _ in range(2)]
    assert [each["is_repeat"] for each in said] == [False, True]
    with pytest.raises(Problem, match="409: You have rated this one already"):
        room.answer(triple, "pick", slot=2)
    assert Rating.objects.count() == 1

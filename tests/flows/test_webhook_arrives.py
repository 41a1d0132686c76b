"""A webhook reaches a real server that was down at first: once, signed; and nobody else's network.

The server listens on loopback, which WEBHOOK_HOSTS has to admit.
"""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from generation.models import GenerationBatch
from raters.models import Delivery, Event
from raters.services.webhooks import webhook_create, webhooks_sweep
from tests.factories import NOW, make_raters, make_researcher, make_study, rate_all

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """Keeps what comes; answers what it is told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        status, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def server(port: int = 0, answer: tuple = (204, {})) -> Iterator[ThreadingHTTPServer]:
    listening = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    listening.received, listening.answer = [], answer
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield listening
    listening.shutdown()
    listening.server_close()
    thread.join()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def study(settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1", "localhost"]
    return make_study(name="Zq secret sources", questions=2, raters_per_triple=1)


def sweep(now: datetime) -> None:
    webhooks_sweep(clock=lambda: now)


def fill(study) -> None:
    rate_all(study, make_raters(study, 1))


def test_a_filled_study_is_told_once_and_signed_after_the_server_was_down(study):
    port = free_port()
    hook = webhook_create(
        owner=study.owner, url=f"http://127.0.0.1:{port}/told?x=1", kinds=["study.filled"], now=NOW
    )
    sweep(NOW)
    assert not Event.objects.exists()
    fill(study)
    sweep(NOW)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.problem == "It could not be reached: ConnectionRefusedError."
    assert delivery.next_at == NOW + timedelta(seconds=5)
    with server(port) as there:
        sweep(NOW + timedelta(seconds=4))
        assert there.received == []
        for seconds in (5, 5, 60, 600):
            sweep(NOW + timedelta(seconds=seconds))
        ((path, headers, body),) = there.received
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.problem) == ("delivered", 2, "")
    assert path == "/told?x=1"
    assert headers["webhook-id"] == delivery.code
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert json.loads(body) == {
        "type": "study.filled",
        "timestamp": NOW.isoformat(),
        "data": {"study": study.code, "name": study.name, "state": "open", "ratings": 2},
    }


def test_a_batch_that_ends_twice_is_told_twice_and_each_time_once(study):
    with server() as there:
        url = f"http://127.0.0.1:{there.server_port}/"
        webhook_create(owner=study.owner, url=url, kinds=["batch.ended"], now=NOW)
        batch = GenerationBatch.objects.create(
            source=study.study_sources.first().source,
            question_set=study.question_set,
            kind="generation",
            state="cancelled",
            created_at=NOW,
            finished_at=NOW,
        )
        for _ in range(3):
            sweep(NOW)
        later = NOW + timedelta(hours=1)
        GenerationBatch.objects.filter(pk=batch.pk).update(state="done", finished_at=later)
        for _ in range(3):
            sweep(later)
        told = [json.loads(body)["data"]["state"] for _, _, body in there.received]
        ids = {headers["webhook-id"] for _, headers, _ in there.received}
    assert told == ["cancelled", "done"]
    assert len(ids) == 2


def test_who_may_not_see_it_is_not_told(study):
    with server() as there:
        url = f"http://127.0.0.1:{there.server_port}/"
        both = ["batch.ended", "study.filled"]
        webhook_create(owner=make_researcher("bob"), url=url, kinds=both, now=NOW)
        fill(study)
        sweep(NOW)
    assert Event.objects.count() == 1
    assert not Delivery.objects.exists()


def test_what_happened_before_a_webhook_was_added_is_no_news(study):
    fill(study)
    sweep(NOW)
    later = NOW + timedelta(minutes=1)
    webhook_create(owner=study.owner, url="http://127.0.0.1:9/", kinds=["study.filled"], now=later)
    sweep(later)
    assert not Delivery.objects.exists()


def test_a_redirect_is_not_followed(study):
    with server() as inner, server() as there:
        there.answer = (307, {"Location": f"http://127.0.0.1:{inner.server_port}/inner"})
        url = f"http://127.0.0.1:{there.server_port}/"
        webhook_create(owner=study.owner, url=url, kinds=["study.filled"], now=NOW)
        fill(study)
        sweep(NOW)
        assert len(there.received) == 1
        assert inner.received == []
    assert Delivery.objects.get().problem == "It answered 307; redirects are not followed."


def test_a_server_that_never_takes_it_is_given_up_in_the_end(study):
    with server(answer=(500, {})) as there:
        url = f"http://127.0.0.1:{there.server_port}/"
        webhook_create(owner=study.owner, url=url, kinds=["study.filled"], now=NOW)
        fill(study)
        now = NOW
        for _ in range(12):
            sweep(now)
            now = Delivery.objects.get().next_at or now
        assert len(there.received) == 9
        assert len({headers["webhook-id"] for _, headers, _ in there.received}) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.next_at) == ("given-up", 9, None)


def test_without_the_setting_the_same_server_is_never_reached(study, settings):
    with server() as there:
        url = f"http://127.0.0.1:{there.server_port}/"
        webhook_create(owner=study.owner, url=url, kinds=["study.filled"], now=NOW)
        fill(study)
        settings.WEBHOOK_HOSTS = []
        sweep(NOW)
        assert there.received == []
    assert "not https" in Delivery.objects.get().problem

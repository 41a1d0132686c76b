"""The client against a server that does what servers do: sends elsewhere, stumbles, breaks off.

The server answers what a test tells it to, in order, the last answer again and again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from raters.api.client import Problem, Triptych


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

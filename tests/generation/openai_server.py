"""A real server, in a process of its own, that speaks just enough of OpenAI's protocol.

`python -m tests.generation.openai_server PORT`. It adds up the sum that it is asked; what stands
first in its path is how it behaves, so that a test chooses by its URL. Also starts any server in a
process that can be killed.
"""

import http.client
import json
import os
import re
import socket
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.worker import Process, eventually

KEY = "sk-nobody-may-read-this"
tries: Counter[str] = Counter()
ASKED = re.compile(r"holds (\d+) red and (\d+) blue")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(200, {"data": []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, behaviour, *rest = self.path.split("/")
        tries[behaviour] += 1
        getattr(self, behaviour.replace("-", "_"))(body, "/".join(rest))

    def good(self, body: dict[str, Any], path: str) -> None:
        prompt = body.get("prompt") or body["messages"][0]["content"]
        sums = ASKED.findall(prompt)
        total = sum(map(int, sums[-1])) if sums else 0
        text = f" They are {total}.\n#### {total}\nQ: And what"
        chat = path.endswith("chat/completions")
        choice = {"message": {"content": text}} if chat else {"text": text}
        usage = {"completion_tokens": 9}
        self.reply(200, {"model": "tiny@7", "choices": [choice], "usage": usage})

    def slow(self, body: dict[str, Any], path: str) -> None:
        time.sleep(0.02)
        self.good(body, path)

    def hangs(self, body: dict[str, Any], path: str) -> None:
        time.sleep(30)

    def echo(self, body: dict[str, Any], path: str) -> None:
        said = json.dumps({**body, "path": path, "key": self.headers.get("Authorization")})
        self.reply(200, {"choices": [{"text": said, "finish_reason": "length"}]})

    def busy_twice(self, body: dict[str, Any], path: str) -> None:
        if tries["busy-twice"] % 3:
            return self.reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.3"})
        return self.good(body, path)

    def broken_once(self, body: dict[str, Any], path: str) -> None:
        if tries["broken-once"] % 2:
            return self.reply(503, {"error": "loading"})
        return self.good(body, path)

    def always_broken(self, body: dict[str, Any], path: str) -> None:
        self.reply(500, {"detail": f"for {self.headers.get('Authorization')}"})

    def hangs_up(self, body: dict[str, Any], path: str) -> None:
        if tries["hangs-up"] % 2:
            self.close_connection = True
            return None
        return self.good(body, path)

    def refuses(self, body: dict[str, Any], path: str) -> None:
        said = f"Incorrect API key provided: {self.headers.get('Authorization')}.\nSee the manual."
        self.reply(401, {"error": {"message": said}})

    def mumbles(self, body: dict[str, Any], path: str) -> None:
        self.reply(200, {"choices": []})

    def moved(self, body: dict[str, Any], path: str) -> None:
        self.reply(307, {}, {"Location": "/good/v1/completions"})

    def two_models(self, body: dict[str, Any], path: str) -> None:
        self.reply(200, {"model": body["prompt"], "choices": [{"text": "3"}]})

    def reply(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, header in (headers or {}).items():
            self.send_header(name, header)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        sys.stdout.write(f"{self.path} {args}\n")
        sys.stdout.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def small_server(folder: Path, port: int) -> Process:
    return _up([sys.executable, "-m", "tests.generation.openai_server", str(port)], folder, port)


def transformers_server(model: Path, folder: Path, port: int) -> Process:
    """The server that transformers ships, on the CPU, offline."""
    serve = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model)]
    return _up(
        [*serve, "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"], folder, port
    )


def _up(command: list[str], folder: Path, port: int) -> Process:
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    alone = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = Process(command, folder / f"server-{port}.log", {**kept, **alone})
    wait_until_up(process, port)
    return process


def wait_until_up(process: Process, port: int) -> None:
    def answers() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    eventually(answers, 120, process.said)


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

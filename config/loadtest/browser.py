"""A browser, as far as the rating room needs one: one connection kept alive, cookies, forms.

Costs little, since the crowd shares its machine with the server. Knows HTTP/1.1 as gunicorn speaks
it, and what of a page carries an answer. Does not know: what a rater does with it (crowd.py).
"""

import asyncio
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=;]+)=([^;\r]*)", re.I)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.I)
LOST = (OSError, asyncio.IncompleteReadError)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    location: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Page:
    """What came back: whether it only says "saved", the form in hand, and the form ahead."""

    is_saved: bool
    hand: dict[str, str] = field(default_factory=dict)
    ahead: dict[str, str] = field(default_factory=dict)


def read_page(text: str) -> Page:
    shown, _, ahead = text.partition('<template id="ahead"')
    return Page('id="saved"' in shown, _form(shown), _form(ahead))


def _form(html: str) -> dict[str, str]:
    fields = dict(HIDDEN.findall(html))
    return fields if "token" in fields else {}


class Browser:
    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.cookies = {} if cookies is None else cookies
        self.lost = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, *, fragment: bool = False) -> Answer:
        return await self._ask(self._request("GET", path, b"", fragment))

    async def post(self, path: str, form: dict[str, str], *, fragment: bool = True) -> Answer:
        return await self._ask(self._request("POST", path, urlencode(form).encode(), fragment))

    async def post_and_hang_up(self, path: str, form: dict[str, str]) -> None:
        """Send, and lose the connection before the answer comes."""
        request = self._request("POST", path, urlencode(form).encode(), True)
        _, writer = await self._connection()
        writer.write(request)
        await writer.drain()
        self.close()

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None

    def _request(self, method: str, path: str, body: bytes, fragment: bool) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if fragment:
            lines.append("X-Fragment: 1")
        if method == "POST":
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def _ask(self, request: bytes) -> Answer:
        """A connection that the server closed meanwhile is opened again, as browsers do."""
        started = time.perf_counter()
        for _ in range(20):
            try:
                reader, writer = await self._connection()
                writer.write(request)
                status, head, body = await _read(reader)
                break
            except LOST:
                self.close()
                self.lost += 1
                await asyncio.sleep(0.05)
        else:
            raise ConnectionError("the server closes every connection")
        for name, value in COOKIE.findall(head):
            self.cookies[name.decode().strip()] = value.decode()
        location = LOCATION.search(head)
        where = location.group(1).decode() if location else ""
        return Answer(status, body.decode(), where, time.perf_counter() - started)

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self._reader, self._writer


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    body = await reader.readexactly(int(length.group(1))) if length else b""
    return int(head[9:12]), head, body

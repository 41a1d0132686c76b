"""A client of the API in one file of the standard library: copy it beside your script.

    site = Triptych("http://127.0.0.1:8000", token="triptych_...")
    study = site.post("studies/", name="first", question_set=1, sources=[1, 2, 3])
    for study in site.all("studies/"): ...

Every address is the one that /api/ lists; what comes back is the JSON as it is. Knows: who asks,
how lists go on, what may be sent again when a site is busy or starts anew. Does not know: what is
asked, or Triptych's code.
"""

import hashlib
import json
import shutil
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

PAUSES = (0.5, 1, 2, 4, 8)  # seconds between two attempts, where the site names none
LONGEST_WAIT = 90
PASSING = (502, 503, 504)  # a site that starts anew


class Problem(Exception):
    """An answer that says no: its status, the problem details as the site gave them, and after
    how many seconds it may be another, where the site named them."""

    def __init__(self, status: int, said: dict[str, Any], wait: float = 0) -> None:
        self.status, self.said, self.wait = status, said, wait
        super().__init__(f"{status}: {said.get('detail', 'no problem details')}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is for one site alone, and what was posted would be asked for elsewhere instead."""

    def redirect_request(self, asked: Any, answer: Any, status: int, *rest: Any) -> None:
        answer.close()
        said = f"It redirects to {rest[-1]}, which is not followed; name the site as it is reached."
        raise Problem(status, {"detail": said})


_SITES = urllib.request.build_opener(_NoRedirects)


class Triptych:
    """One site, as a researcher (`token`) or as a rater (`code`)."""

    def __init__(self, site: str, *, token: str = "", code: str = "") -> None:
        self.base = site.rstrip("/") + "/api/v1/"
        self.authorization = f"Bearer {token}" if token else f"Rater {code}"
        if not self.base.startswith(("http://", "https://")):
            raise ValueError(f"{site!r} is no site; one is like http://127.0.0.1:8000")

    # --- asking ----------------------------------------------------------------------------------
    def get(self, path: str) -> Any:
        return self._send("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        """Sent again only where the site was too busy to do it: twice might make two of a thing."""
        return self._post(path, body, is_safe=False)

    def delete(self, path: str) -> None:
        self._send("DELETE", path, is_safe=False)

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, however many pages it has."""
        following = path
        while following:
            page = self.get(following)
            yield from page["results"]
            following = page["next"] and urljoin(path, "?" + urlsplit(page["next"]).query)

    def import_lines(self, set_name: str, format: str, records: list[dict[str, Any]]) -> Any:
        """Records as the JSONL file that `question-sets/import/` takes; again adds nothing."""
        lines = "".join(json.dumps(record) + "\n" for record in records)
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}'
            f"\r\n\r\n{value}\r\n"
            for name, more, value in (
                ("set_name", "", set_name),
                ("format", "", format),
                ("file", '; filename="lines.jsonl"', lines),
            )
        ]
        body = ("".join(parts) + f"--{boundary}--\r\n").encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return self._send("POST", "question-sets/import/", body, kind, is_safe=False)

    # --- waiting ---------------------------------------------------------------------------------
    def wait(self, path: str, *, until: tuple[str, ...], seconds: float = 600) -> Any:
        """What stands at an address once its `state` is one of `until`."""
        end = time.monotonic() + seconds
        while (found := self.get(path))["state"] not in until:
            if time.monotonic() > end:
                raise TimeoutError(f"{path} is still {found['state']} after {seconds:g} s.")
            time.sleep(0.5)
        return found

    # --- files -----------------------------------------------------------------------------------
    def export_to(
        self,
        path: str | Path,
        study: str,
        name: str,
        form: str = "jsonl",
        *,
        seconds: float = 3600,
        **wishes: Any,
    ) -> Any:
        """A file of a study, once it is built, at `path`; what the site says of it is given back.

        Until it is whole it has another name beside `path`; asked for again, it goes on there.
        """
        body = {"name": name, "form": form, "wishes": wishes}
        asked = self._post(f"studies/{study}/exports/", body)
        address = f"studies/{study}/exports/{asked['code']}/"
        export = self.wait(address, until=("built", "failed", "expired"), seconds=seconds)
        if export["state"] != "built":
            raise Problem(409, {"detail": export["problem"] or export["state"]})
        part = Path(f"{path}.{export['sha256'][:12]}.part")
        with part.open("a+b") as file:
            _patiently(lambda: self._take(f"{address}file/", export, file))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != export["sha256"]:
            part.unlink()
            raise OSError(f"What came for {path} is not the file that was built; ask again.")
        part.replace(path)
        return export

    def manifest(self, study: str, export: str) -> Any:
        """What a built file is, with its counts and checksum, by the `code` of `export_to`."""
        return self.get(f"studies/{study}/exports/{export}/manifest/")

    def _take(self, path: str, export: dict[str, Any], file: BinaryIO) -> None:
        """What is missing of a file; all of it from a site that would not give a part."""
        if (held := file.seek(0, SEEK_END)) < export["size"]:
            rest = {"Range": f"bytes={held}-", "If-Range": f'"{export["sha256"]}"'}
            with self._open("GET", path, rest) as answer:
                if answer.status != 206:
                    file.seek(0)
                    file.truncate()
                shutil.copyfileobj(answer, file)
        if file.tell() < export["size"]:
            raise ConnectionError(f"{path} broke off after {file.tell()} of {export['size']} bytes")

    # --- rating ----------------------------------------------------------------------------------
    def triples(self) -> Iterator[dict[str, Any]]:
        """As a rater: what there is to rate, one after the other; answer each before the next."""
        while (hand := self._post("rate/next/", {}))["state"] == "rate":
            yield hand["triple"]

    def answer(self, triple: dict[str, Any], outcome: str, **judgement: Any) -> Any:
        """`site.answer(triple, "pick", slot=2)`; the same again, by another process too, is the
        same answer and is stored once."""
        said = {"outcome": outcome, **judgement}
        about = triple["token"] + json.dumps(said, sort_keys=True)
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, about))
        return self._post("rate/submit/", {"token": triple["token"], "key": key, "judgement": said})

    # --- the wire --------------------------------------------------------------------------------
    def _post(self, path: str, body: dict[str, Any], *, is_safe: bool = True) -> Any:
        return self._send("POST", path, json.dumps(body).encode(), is_safe=is_safe)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "application/json",
        *,
        is_safe: bool = True,
    ) -> Any:
        """The JSON that comes back; None where nothing does. `is_safe`: it may be sent twice."""

        def once() -> Any:
            with self._open(method, path, {"Content-Type": kind}, body) as answer:
                status, said = answer.status, answer.read()
            try:
                return json.loads(said or "null")
            except ValueError:
                sentence = f"{self.base} answers no JSON: is that the site?"
                raise Problem(status, {"detail": sentence}) from None

        return _patiently(once, is_safe=is_safe)

    def _open(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> Any:
        said = {"Authorization": self.authorization, "Accept": "application/json"} | headers
        request = urllib.request.Request(self.base + path, body, said, method=method)  # noqa: S310
        try:
            return _SITES.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            with refused:
                wait = _seconds(refused.headers.get("Retry-After", ""))
                raise Problem(refused.code, _details(refused.read()), wait) from None
        except urllib.error.URLError as broken:
            raise ConnectionError(f"{self.base} cannot be reached: {broken.reason}") from None


def _patiently(ask: Callable[[], Any], *, is_safe: bool = True) -> Any:
    """What `ask` brings, asked again where the site is too busy; where that is safe, also where it
    starts anew or the connection broke."""
    for pause in PAUSES:
        try:
            return ask()
        except Problem as problem:
            passes = problem.status == 429 or (is_safe and problem.status in PASSING)
            if not passes or problem.wait > LONGEST_WAIT:
                raise
            time.sleep(problem.wait or pause)
        except (OSError, HTTPException):
            if not is_safe:
                raise
            time.sleep(pause)
    return ask()


def _seconds(told: str) -> float:
    """From now, of a number or a date; none of what is neither, or past."""
    if told.isdecimal():
        return float(told)
    try:
        left = parsedate_to_datetime(told) - datetime.now(UTC)
    except (TypeError, ValueError):
        return 0
    return max(0, left.total_seconds())


def _details(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

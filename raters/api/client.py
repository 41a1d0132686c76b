"""A client of the API in one file of the standard library: copy it beside your script.

    site = Triptych("http://127.0.0.1:8000", token="triptych_...")
    study = site.post("studies/", name="first", question_set=1, sources=[1, 2, 3])
    for study in site.all("studies/"): ...

Every address is the one that /api/ lists; what comes back is the JSON as it is. Knows: who asks,
how lists go on, that too many requests wait. Does not know: what is asked, or Triptych's code.
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

LONGEST_WAIT = 90


class Problem(Exception):
    """An answer that says no: its status, and the problem details as the site gave them."""

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        self.status, self.said = status, said
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
        return json.loads(self._send("GET", path))

    def post(self, path: str, **body: Any) -> Any:
        sent = json.dumps(body).encode()
        return json.loads(self._send("POST", path, sent, "application/json"))

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, however many pages it has."""
        following = path
        while following:
            page = self.get(following)
            yield from page["results"]
            following = page["next"] and urljoin(path, "?" + urlsplit(page["next"]).query)

    def import_lines(self, set_name: str, format: str, records: list[dict[str, Any]]) -> Any:
        """Records as the JSONL file that `question-sets/import/` takes."""
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
        return json.loads(self._send("POST", "question-sets/import/", body, kind))

    # --- waiting ---------------------------------------------------------------------------------
    def wait(self, path: str, *, until: tuple[str, ...], seconds: float = 600) -> Any:
        """What stands at an address once its `state` is one of `until`."""
        end = time.monotonic() + seconds
        while (found := self.get(path))["state"] not in until:
            if time.monotonic() > end:
                raise TimeoutError(f"{path} is still {found['state']} after {seconds:g} s.")
            time.sleep(0.5)
        return found

    def export(self, study: str, name: str, form: str = "jsonl", **wishes: Any) -> bytes:
        """A file of a study, once it is built."""
        asked = self.post(f"studies/{study}/exports/", name=name, form=form, wishes=wishes)
        path = f"studies/{study}/exports/{asked['code']}/"
        built = self.wait(path, until=("built", "failed", "expired"))
        if built["state"] != "built":
            raise Problem(409, {"detail": built["problem"] or built["state"]})
        return self._send("GET", path + "file/")

    # --- rating ----------------------------------------------------------------------------------
    def triples(self) -> Iterator[dict[str, Any]]:
        """As a rater: what there is to rate, one after the other; answer each before the next."""
        while (hand := self.post("rate/next/"))["state"] == "rate":
            yield hand["triple"]

    def answer(self, triple: dict[str, Any], outcome: str, **judgement: Any) -> Any:
        """`site.answer(triple, "pick", slot=2)`; safe however often it has to be sent."""
        said = {"outcome": outcome, **judgement}
        key = str(uuid.uuid4())
        return self.post("rate/submit/", token=triple["token"], key=key, judgement=said)

    # --- the wire --------------------------------------------------------------------------------
    def _send(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = {"Authorization": self.authorization, "Accept": "application/json"}
        headers |= {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(self.base + path, body, headers, method=method)  # noqa: S310
        while True:
            try:
                with _SITES.open(request, timeout=60) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as problem:
                wait = int(problem.headers.get("Retry-After", 0))
                if problem.code == 429 and 0 < wait <= LONGEST_WAIT:
                    time.sleep(wait)
                    continue
                raise Problem(problem.code, _details(problem.read())) from None


def _details(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

"""Nothing that a rater's browser receives names a source, a model, a person, a set or a row.

Every name, and every primary key, of this test's world is a sentinel that occurs nowhere else. A
rater walks through all pages, answers, mistakes and ends that there are; each response is searched.
Whatever else the site answers to a rater, if only a new address, fails the test until the walk
covers it.
"""

import base64
import re
import zlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, StringConverter

from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from raters.models import Assignment, Place, Study
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.flows.sentinels import leaks, make_world

pytestmark = pytest.mark.django_db

COVERED = {
    "home", "sign-in", "sign-out", "sign-in-link", "rater-link", "invitation", "rate", "rate-join",
    "rate-submit", "rate-skip", "admin:login",
}  # fmt: skip


# --- the walk ------------------------------------------------------------------------------------
class Walk:
    """A rater's browser that searches whatever it is given and remembers where it has been."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.visited: set[str] = set()

    def go(self, path: str, expected: int, data: dict | None = None, **more):
        method = more.pop("method", "get" if data is None else "post")
        response = getattr(self.client, method)(path, data, **more)
        assert response.status_code == expected, (path, data, response.status_code)
        assert leaks(response) == [], (path, data)
        assert b"####" not in response.content
        assert b"&lt;&lt;" not in response.content
        match = response.wsgi_request.resolver_match
        self.visited |= {match.view_name} if match else set()
        return response

    def answer(self, room: str, expected: int, **changes):
        """Answer the triple that the page shows, or say something else instead."""
        page = self.client.get(f"{room}?begin").content.decode()
        token = re.search(r'name="token" value="([^"]+)"', page)[1]
        given = {"token": token, "key": str(uuid4()), "answer": "1", **changes}
        fragment = {"HTTP_X_FRAGMENT": "1"} if given.pop("fragment", True) else {}
        return given, self.go(f"{room}submit/", expected, given, **fragment)


def come_in(walk: Walk, studies: dict[str, Study]) -> str:
    """Links and invitations of all kinds; the address of the room that is open at last."""
    code = studies["open"].code
    room = reverse("rate", args=[code])
    walk.go(room, 403)
    walk.go(f"{room}submit/", 403, {"answer": "1"})
    walk.go("/r/unknown/", 404)
    walk.go("/s/unknown/", 404)
    walk.go("/rate/unknown/join/", 404, {})
    walk.go(f"/s/{code}/", 404)
    walk.go(f"{room}join/", 404, {"invitation": code})
    for state, expected in (("open", 200), ("closed", 410), ("draft", 403)):
        walk.go(f"/s/{studies[state].invitation_code}/", expected)
    for state, expected in (("closed", 410), ("draft", 403)):
        rater = studies[state].raters.first()
        invitation = {"invitation": studies[state].invitation_code}
        walk.go(f"/rate/{studies[state].code}/join/", expected, invitation)
        walk.go(f"/r/{rater.code}/", 302)
        for path, data in (("", None), ("submit/", {"answer": "1"}), ("skip/", {})):
            walk.go(f"/rate/{rater.study.code}/{path}", expected, data)
    for _ in range(2):
        walk.go(f"{room}join/", 303, {"invitation": studies["open"].invitation_code})
    walk.go(f"/r/{studies['open'].raters.first().code}/", 302)
    return room


def rate_everything(walk: Walk, room: str) -> None:
    """Every answer, every mistake, undo, skip, lateness, and the thanks at the end."""
    walk.go(room, 200)
    walk.go(f"{room}?again", 200)
    walk.go(f"{room}?begin", 200)
    walk.go(f"{room}?begin", 200, HTTP_X_FRAGMENT="1")
    walk.go(f"{room}?begin", 200, method="head")
    walk.go(f"{room}submit/", 405)
    walk.go(f"{room}skip/", 405)
    walk.go(room, 405, method="options")
    for changes, expected in (
        ({"answer": "7"}, 400),
        ({"answer": "6"}, 422),
        ({"token": "7"}, 400),
        ({"token": str(uuid4())}, 404),
        ({"fragment": False}, 303),
        ({"answer": "none"}, 200),
        ({"answer": "tie"}, 200),
    ):
        given, _ = walk.answer(room, expected, **changes)
    walk.go(f"{room}submit/", 200, given, HTTP_X_FRAGMENT="1")
    walk.go(f"{room}submit/", 409, given | {"key": str(uuid4())}, HTTP_X_FRAGMENT="1")
    walk.go(
        f"{room}submit/", 200, given | {"key": str(uuid4()), "revise": "1"}, HTTP_X_FRAGMENT="1"
    )
    walk.go(f"{room}?again", 200)
    walk.go(f"{room}?again", 200, HTTP_X_FRAGMENT="1")
    walk.go(f"{room}?instructions", 200)
    walk.go(f"{room}skip/", 400, {"token": "7"})
    walk.go(f"{room}skip/", 303, {"token": given["token"]})
    walk.go(f"{room}skip/", 200, {"token": given["token"]}, HTTP_X_FRAGMENT="1")
    walk.go(f"{room}?late", 200)
    be_late(walk, room)
    skip_to_the_end(walk, room)
    while b'name="token"' in walk.go(f"{room}?begin", 200).content:
        walk.answer(room, 200)
    walk.go(f"{room}?begin", 200, HTTP_X_FRAGMENT="1")
    walk.go(f"{room}?again", 200)


def skip_to_the_end(walk: Walk, room: str) -> None:
    """Skip all that is left, twice; look again at what was skipped."""
    page = walk.go(f"{room}?begin", 200).content
    while match := re.search(rb'name="token" value="([^"]+)"', page):
        page = walk.go(
            f"{room}skip/", 200, {"token": match[1].decode()}, HTTP_X_FRAGMENT="1"
        ).content
    assert b"that you skipped" in page
    assert b"that you skipped" in walk.go(f"{room}?begin", 200).content
    assert b'name="token"' in walk.go(f"{room}?begin&skipped", 200).content


def be_late(walk: Walk, room: str) -> None:
    """The lease ran out and the place was filled while the page was open."""
    page = walk.client.get(f"{room}?begin").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    held = Assignment.objects.get(token=token)
    Assignment.objects.filter(pk=held.pk).update(state="lapsed", place=None, lease_until=None)
    Place.objects.filter(triple=held.triple).update(state="filled")
    late = {"token": token, "key": str(uuid4()), "answer": "2"}
    assert b"marked as late" in walk.go(f"{room}submit/", 200, late, HTTP_X_FRAGMENT="1").content


def meet_errors(walk: Walk, room: str, monkeypatch) -> None:
    walk.go("/nowhere/", 404)
    walk.go(f"{room}submit/", 400, {"answer": "1" * 3_000_000})
    strict = Walk()
    strict.client = Client(enforce_csrf_checks=True)
    strict.go(f"{room}submit/", 403, {"answer": "1"})

    def fail(assignment: object) -> None:
        raise RuntimeError(f"{assignment!r} of Zqsource-alpha broke")

    with monkeypatch.context() as patch:
        patch.setattr("raters.views.rate.blind", fail)
        assert b"Something broke" in walk.go(f"{room}?again", 500).content


def knock_on_the_front_door(walk: Walk) -> None:
    walk.go("/", 200)
    walk.go("/sign-in/", 200)
    walk.go("/sign-in/", 200, {"username": "Zq", "password": "wrong"})
    walk.go("/enter/unknown/", 200)
    walk.go("/enter/unknown/", 410, {})
    walk.go("/admin/login/", 200)


def stray(walk: Walk, studies: dict[str, Study]) -> dict[str, int]:
    """Every other address of the site, opened by a rater: those that answer with a page."""
    answered = {}
    models = (Study, QuestionSet, Question, Source, GenerationBatch, Rationale)
    keys = {"str": [studies["open"].code, studies["closed"].code]}
    keys["int"] = [str(model.objects.order_by("pk").last().pk) for model in models]
    for name, kinds in addresses(get_resolver()):
        if name in COVERED:
            continue
        for key in range(len(keys["int"]) if kinds else 1):
            given = {part: keys[kind][key % len(keys[kind])] for part, kind in kinds.items()}
            given |= {"app_label": "raters"} if "app_label" in given else {}
            path = reverse(name, kwargs=given)
            for method in ("get", "post"):
                response = getattr(walk.client, method)(path)
                assert leaks(response) == [], (path, method)
                if response.status_code not in (301, 302, 403, 404, 405):
                    answered[name] = response.status_code
    return answered


def addresses(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """The name of every address, and of what kind each of its parts is."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            parts = dict.fromkeys(entry.pattern.regex.groupindex, StringConverter())
            kinds = {
                name: "int" if isinstance(kind, IntConverter) else "str"
                for name, kind in {**parts, **entry.pattern.converters}.items()
            }
            yield f"{space}{entry.name}", kinds


@pytest.fixture
def studies():
    return make_world()


def test_a_rater_who_sees_everything_learns_no_name_and_no_id(studies, monkeypatch):
    walk = Walk()
    room = come_in(walk, studies)
    rate_everything(walk, room)
    meet_errors(walk, room, monkeypatch)
    knock_on_the_front_door(walk)
    study_close(study=studies["open"], user=studies["open"].owner, now=NOW)
    walk.go(room, 410)
    walk.go(f"{room}submit/", 410, {"answer": "1"}, HTTP_X_FRAGMENT="1")
    walk.go("/sign-out/", 302, {})
    assert walk.visited >= COVERED


def test_no_other_address_of_the_site_answers_a_rater(studies):
    walk = Walk()
    come_in(walk, studies)
    assert stray(walk, studies) == {}


def test_every_covered_address_exists():
    assert {name for name, _ in addresses(get_resolver())} >= COVERED


def test_the_search_finds_what_is_there(studies, client):
    client.force_login(studies["closed"].owner)
    page = client.get(reverse("study", args=[studies["closed"].code]))
    assert {"zqstudy", "zqset", "zqrater", "zqsource-alpha"} <= set(leaks(page))


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: text,
        lambda text: text.upper(),
        lambda text: "".join(f"&#{ord(letter)};" for letter in text),
        lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
        lambda text: base64.b64encode(b"ab" + text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(zlib.compress(text.encode())).decode(),
    ],
    ids=["plain", "capitals", "html", "quoted", "base64", "compressed"],
)
def test_the_search_looks_behind_escapes(studies, client, hide):
    page = client.get("/sign-in/")
    assert leaks(page) == []
    page.content += hide("a Zqsource-beta b").encode()
    assert leaks(page) == ["zqsource-beta"]

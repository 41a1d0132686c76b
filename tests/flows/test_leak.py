"""Nothing that a rater's browser receives names a source, a model, a person, a set or a row.

Every name, and every primary key, of this test's world is a sentinel that occurs nowhere else. A
rater walks through all pages, answers, mistakes and ends that there are; each response is searched.
Whatever else the site answers to a rater, if only a new address, fails the test until the walk
covers it.
"""

import base64
import zlib
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, StringConverter

from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from raters.models import Study
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.flows.sentinels import PROTOCOLS, leaks, make_world
from tests.flows.walk import (
    Walk,
    agree,
    come_from_a_platform,
    come_in,
    come_to_an_end,
    leave_for_good,
    pause,
    practise,
    rate_everything,
    withdraw,
)

pytestmark = pytest.mark.django_db

COVERED = {
    "home", "sign-in", "sign-out", "sign-in-link", "rater-link", "invitation", "rate", "rate-join",
    "rate-submit", "rate-skip", "rate-flag", "rate-beat", "rate-leave", "rate-return",
    "rate-consent", "rate-withdraw", "rate-practice",
    "rate-closing", "rate-reveal", "crowd-link", "crowd-full",
    "admin:login",
}  # fmt: skip
# Of a workshop, walked through in test_workshop_leak.py.
IN_THE_ROOM = {"workshop-room", "workshop-join", "workshop-respond", "workshop-room-now"}


def meet_errors(walk: Walk, room: str, monkeypatch) -> None:
    walk.go("/nowhere/", 404)
    walk.go(f"{room}submit/", 400, {"answer": "1" * 3_000_000})
    strict = Walk()
    strict.client = Client(enforce_csrf_checks=True)
    strict.go(f"{room}return/", 403, {})

    def fail(assignments: object) -> None:
        raise RuntimeError(f"{assignments!r} of Zqsource-alpha broke")

    with monkeypatch.context() as patch:
        patch.setattr("raters.views.room.blind_all", fail)
        assert b"Something broke" in walk.go(f"{room}?again", 500).content


def knock_on_the_front_door(walk: Walk) -> None:
    walk.go("/", 200)
    walk.go("/sign-in/", 200)
    walk.go("/sign-in/", 200, {"username": "Zq", "password": "wrong"})
    walk.go("/enter/unknown/", 410)
    walk.go("/enter/unknown/", 410, {})
    walk.go("/admin/login/", 200)


def stray(walk: Walk, studies: dict[str, Study]) -> dict[str, int]:
    """Every other address of the site, opened by a rater: those that answer with a page."""
    answered = {}
    models = (Study, QuestionSet, Question, Source, GenerationBatch, Rationale)
    keys = {"str": [studies["open"].code, studies["closed"].code]}
    keys["int"] = [str(model.objects.order_by("pk").last().pk) for model in models]
    for name, kinds in addresses(get_resolver()):
        if name in COVERED | IN_THE_ROOM:
            continue
        for key in range(len(keys["int"]) if kinds else 1):
            given = {part: keys[kind][key % len(keys[kind])] for part, kind in kinds.items()}
            given |= {"app_label": "raters"} if "app_label" in given else {}
            path = reverse(name, kwargs=given)
            for method in ("get", "post"):
                response = getattr(walk.client, method)(path)
                assert leaks(response) == [], (path, method)
                if response.status_code not in (301, 302, 401, 403, 404, 405):
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


def see_everything(settings: dict, monkeypatch) -> set[str]:
    """A rater sees all that there is; the names of the addresses where they have been."""
    studies = make_world(questions=9, **settings)
    walk = Walk()
    room = come_in(walk, studies)
    rate_everything(walk, room)
    agree(walk, studies["open"], room)
    meet_errors(walk, room, monkeypatch)
    pause(walk, studies["open"])
    leave_for_good(walk, room)
    come_to_an_end(walk, studies["open"], room)
    withdraw(walk, room)
    come_from_a_platform(walk, studies["open"])
    practise(walk, studies["open"])
    knock_on_the_front_door(walk)
    study_close(study=studies["open"], user=studies["open"].owner, now=NOW)
    walk.go(room, 410)
    walk.go(f"{room}closing/", 200)
    walk.go(f"{room}reveal/", 404)
    walk.go(f"{room}submit/", 410, {"answer": "1"}, HTTP_X_FRAGMENT="1")
    walk.go("/sign-out/", 302, {})
    return walk.visited


@pytest.mark.parametrize("settings", PROTOCOLS, ids=["picks", "picks+", "ranking+", "best-worst+"])
def test_a_rater_who_sees_everything_learns_no_name_and_no_id(settings, monkeypatch):
    assert see_everything(settings, monkeypatch) >= COVERED


def test_a_rater_with_a_bundle_and_one_who_finds_none_learn_as_little():
    studies = make_world(raters_per_triple=1, triples_per_rater=3)
    study = studies["open"]
    room = reverse("rate", args=[study.code])
    for rater in study.raters.all()[:3]:
        walk = Walk()
        walk.go(f"/r/{rater.code}/", 302)
        walk.go(room, 200)
        page = walk.go(f"{room}?begin", 200)
    assert b"The study is full" in page.content
    assert b"The study is full" in walk.go(f"{room}?begin", 200, HTTP_X_FRAGMENT="1").content
    walk.go(f"/r/{study.raters.first().code}/", 302)
    while b'name="token"' in walk.go(f"{room}?begin", 200).content:
        walk.answer(room, 200)
    walk.go(room, 200)


def test_no_other_address_of_the_site_answers_a_rater(studies):
    walk = Walk()
    come_in(walk, studies)
    described = {"api-page": 200, "api-schema": 200}  # to all; what raters ask: test_api_blind.py
    assert stray(walk, studies) == described


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

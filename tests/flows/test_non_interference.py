"""What a rater receives does not depend on who wrote the texts, on ids, or on what came first.

Two worlds hold the same texts and the same seed. In the second the sources have each other's
names, everything has other keys and names, was imported in reverse and counts on from other
ids. A rater who does the same in both receives the same bytes, once the tokens drawn at random
are masked, at the cost of the same number of queries.
"""

import re
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import QuestionSet, Source
from generation.services.imports import questions_import, rationales_import
from raters.blinding import rater_mark
from raters.models import Rater, Study, StudyPath, TripleRationale
from raters.services.consent import consent_text_save
from raters.services.crowd import crowd_switch
from raters.services.practice import practice_import
from raters.services.studies import study_create
from raters.services.study_states import invitation_switch, raters_add, study_open, study_pause
from tests.factories import (
    NOW,
    as_lines,
    make_researcher,
    make_study,
    question_record,
    rationale_text,
)
from tests.flows.sentinels import PROTOCOLS, add_check, number_rows_from
from tests.raters.views.room import ahead_of, fields, fields_in, whole

pytestmark = pytest.mark.django_db

QUESTIONS = 7
PRACTICE = {
    "question": "What is 3 * 4?",
    "rationales": ["3 * 4 = 12.", "3 * 4 = 13.", "It is 34."],
    "expected": "A1",
    "why": "A2 says 3 * 4 = 13, A3 writes both beside each other.",
}
FRAGMENT = {"HTTP_X_FRAGMENT": "1"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SIGNED = re.compile(rf"({UUID.pattern})(:|%3A)[\w-]{{43}}")
LEASE = re.compile(r'(data-lease=")\d+"')
CSRF = re.compile(r'(name="csrfmiddlewaretoken" value=")\w{64}"')
CLOCK = re.compile(r"(Expires: )[^\n]+ GMT")
COOKIES = re.compile(r"(Set-Cookie: \w+)=[^;]+; expires=[^;]+;")


def make_world(
    set_name: str,
    *,
    sources: tuple[str, ...],
    prefix: str,
    owner: str,
    first_id: int,
    step: int,
    settings: dict[str, Any],
) -> Study:
    """A study of three sources. `step` -1 imports everything in reverse."""
    number_rows_from(first_id)
    given = {"format": "jsonl", "set_name": set_name, "user": None, "now": NOW}
    records = [question_record(n) | {"id": f"{prefix}{n}"} for n in range(QUESTIONS)]
    questions_import(lines=as_lines(records[::step]), **given)
    lines = [
        {"question_id": f"{prefix}{n}", "source": source, "text": text}
        for n in range(QUESTIONS)
        for wording, source in enumerate(sources)
        for text in (rationale_text(n, wording), "Again: " + rationale_text(n, wording))
    ]
    rationales_import(lines=as_lines(lines[::step]), **given)
    study = study_create(
        owner=make_researcher(owner),
        name=f"study of {set_name}",
        question_set=QuestionSet.objects.get(name=set_name),
        sources=list(Source.objects.filter(name__in=sources).order_by("name")),
        raters_per_triple=3,
        questions=QUESTIONS - 1,
        seed=11,
        now=NOW,
        **settings,
    )
    add_check(study)
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    consent_text_save(study=study, text="Do you **agree**?", language="en", now=NOW)
    crowd_switch(study=study, user=study.owner, on=True, now=NOW)
    StudyPath.objects.update(exits={"full": "FULL"}, asks_guesses=True, debrief="Why", reveals=True)
    for name, kind in zip(sources, ("few-shot", "star", "human"), strict=True):
        Source.objects.filter(name=name).update(kind=kind)
    practice_import(study=study, user=study.owner, now=NOW, lines=as_lines([PRACTICE]))
    study_open(study=study, user=study.owner, now=NOW)
    return study


@pytest.fixture(params=PROTOCOLS, ids=["picks", "picks+", "ranking+", "best-worst+"])
def worlds(request) -> list[Study]:
    one = make_world(
        "a",
        sources=("anna", "bert", "carl"),
        prefix="p",
        owner="alice",
        first_id=1000,
        step=1,
        settings=request.param,
    )
    make_study(name="something in between", sources=("dora", "emil"))
    other = make_world(
        "the other, with a long name",
        sources=("carl", "anna", "bert"),
        prefix="zz-9-",
        owner="bob",
        first_id=88_000_000,
        step=-1,
        settings=request.param,
    )
    return [one, other]


def crowd_code(study: Study) -> str:
    path = StudyPath.objects.filter(study=study).first()
    return (path and path.crowd_code) or "CROWD"


class Recorder:
    """A rater's browser that writes down all it receives, masked, and what that cost."""

    def __init__(self, rater: Rater) -> None:
        self.rater, self.client, self.pages = rater, Client(), []
        self.room = reverse("rate", args=[rater.study.code])

    def go(self, path: str, data: dict | None = None, **headers: str) -> HttpResponse:
        with CaptureQueriesContext(connection) as queries:
            if data is None:
                response = self.client.get(path, **headers)
            else:
                response = self.client.post(path, data, **headers)
        body = response.content.decode()
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        everything = f"{response.status_code}\n{head}\n{response.cookies.output()}\n{body}"
        self.pages.append((self.masked(path), self.masked(everything), len(queries)))
        return response

    def masked(self, text: str) -> str:
        study = self.rater.study
        for code, name in (
            (study.code, "STUDY"),
            (study.invitation_code or "INVITATION", "INVITATION"),
            (crowd_code(study), "CROWD"),
            (self.rater.code, "RATER"),
            (rater_mark(self.rater), "RATER"),
        ):
            text = text.replace(code, name)
        text = LEASE.sub(r"\1", CLOCK.sub(r"\1", SIGNED.sub("TOKEN", text)))
        return COOKIES.sub(r"\1=", CSRF.sub(r"\1", UUID.sub("UUID", text)))

    def send(self, name: str, form: dict, **headers: str) -> HttpResponse:
        return self.go(f"{self.room}{name}/", form, **headers)


def walk(rater: Rater) -> list[tuple[str, str, int]]:
    """The whole study, and out of it again with all that was said."""
    browser = judged(rater)
    for answers in ("keep", "delete"):
        browser.go(f"{browser.room}withdraw/")
        browser.send("withdraw", {"answers": answers})
    browser.go(f"{browser.room}withdraw/")
    browser.go(browser.room)
    return browser.pages


def judged(rater: Rater) -> Recorder:
    """Instructions, every triple, what is put aside, an undo, mistakes, thanks."""
    browser = Recorder(rater)
    room = browser.room
    browser.go(f"/s/{rater.study.code}/")
    browser.go(f"/s/{rater.study.invitation_code}/")
    browser.go(f"/c/{rater.study.path.crowd_code}/")
    browser.go(f"/c/{rater.study.path.crowd_code}/full/")
    browser.go(f"/r/{rater.code}/")
    browser.go(room)
    browser.send("consent", {"answer": "refuse"})
    browser.go(room)
    browser.send("consent", {"answer": "agree", "version": "1"})
    browser.go(room)
    browser.go(f"{room}?begin")
    browser.send("practice", whole(browser.go(f"{room}practice/")))
    browser.go(f"{room}practice/?feedback")
    page = browser.go(f"{room}?begin")
    page = browser.send("skip", fields(page), **FRAGMENT)
    page = browser.send("flag", fields(page) | {"reason": "unclear"}, **FRAGMENT)
    for answer in cycle(["", "none", "", "tie", "7"]):
        if not (shown := fields(page)):
            break
        form = whole(page) | ({"answer": answer} if answer else {})
        browser.send("beat", shown)
        if answer == "none" and (ahead := fields_in(ahead_of(page))):
            browser.send("submit", form | {"showing": ahead["token"]}, **FRAGMENT)
            page = browser.go(f"{room}?begin")
        else:
            page = browser.send("submit", form, **FRAGMENT)
    undone = browser.go(f"{room}?again", **FRAGMENT)
    browser.send("submit", whole(undone))
    browser.send("submit", whole(undone) | {"key": str(uuid4()), "revise": ""})
    mine = browser.go(f"{room}?mine").content.decode()
    browser.go(f"{room}?edit=" + re.findall(r'\?edit=([^"]+)"', mine)[-1])
    browser.send("leave", fields(undone))
    browser.go(f"{room}?begin")
    browser.go(f"{room}nowhere/")
    browser.go(f"{room}?return")
    browser.send("return", {})
    browser.go(room)
    links = re.findall(
        r'name="triple" value="([^"]+)"', browser.go(f"{room}closing/").content.decode()
    )
    guesses = {f"guess {link}": ["human", "", "few-shot"] for link in links}
    browser.send("closing", {"triple": links, **guesses})
    browser.go(f"{room}closing/")
    browser.go(f"{room}reveal/")
    return browser


def test_the_same_texts_give_the_same_pages_whoever_wrote_them(worlds):
    for study in worlds:
        raters_add(study=study, count=2, now=NOW)
    for one, other in zip(*(study.raters.all() for study in worlds), strict=True):
        ours, theirs = walk(one), walk(other)
        assert len(ours) == len(theirs) >= QUESTIONS + 6
        for mine, yours in zip(ours, theirs, strict=True):
            assert mine == yours, mine[0]


def test_the_pages_that_are_compared_show_every_text(worlds):
    rater = raters_add(study=worlds[0], count=1, now=NOW)[0]
    shown = "\n".join(page for _, page, _ in judged(rater).pages)
    members = TripleRationale.objects.filter(triple__study=worlds[0])
    met = members.filter(triple__assignments__rater=rater)
    assert met.filter(kind="study").count() == 3 * (QUESTIONS - 1)
    for member in met:
        for line in member.shown_text.splitlines():
            assert line in shown


def test_the_two_worlds_differ_in_all_that_raters_must_not_learn(worlds):
    one, other = (
        [
            (m.source.name, m.rationale_id, m.triple.question.key)
            for m in TripleRationale.objects.filter(triple__study=study)
        ]
        for study in worlds
    )
    assert len(one) == len(other) == 3 * QUESTIONS
    for mine, yours in zip(one, other, strict=True):
        assert all(a != b for a, b in zip(mine, yours, strict=True))


@pytest.mark.parametrize("settings", [{}, {"triples_per_rater": 5}], ids=["shares", "sets"])
def test_a_check_and_a_repeat_are_handed_out_and_counted_as_any_other(settings):
    study = make_study(questions=5, check_percent=1, repeat_percent=1, **settings)
    rater = raters_add(study=study, count=1, now=NOW)[0]
    browser = Recorder(rater)
    browser.go(f"/r/{rater.code}/")
    browser.go(f"{browser.room}?begin")
    study_pause(study=study, user=study.owner, now=NOW)
    walks = [answer_one_of(kind, rater) for kind in ("study", "check", "repeat")]
    pages = "".join(page for _, page, _ in walks[0])
    assert "0 rated" in pages
    assert "1 rated" in pages
    assert " of 5" not in pages
    assert "?again" in walks[0][-1][1]
    for walk_of_kind in walks[1:]:
        for mine, other in zip(walks[0], walk_of_kind, strict=True):
            assert mine[:2] == other[:2]


def answer_one_of(kind: str, rater: Rater) -> list[tuple[str, str, int]]:
    """The first triple in hand, as one of that kind: before, the answer to it, and after."""
    browser = Recorder(rater)
    browser.go(f"/r/{rater.code}/")
    browser.pages.clear()
    with transaction.atomic():
        first = rater.assignments.filter(state="held").order_by("claimed_at", "pk").first()
        if kind != "study":
            rater.assignments.filter(pk=first.pk).update(kind=kind, place=None)
        page = browser.go(f"{browser.room}?begin")
        showing = fields_in(ahead_of(page))["token"]
        form = fields(page) | {"answer": "2"}
        browser.send("submit", form | {"showing": showing}, **FRAGMENT)
        browser.send("submit", form, **FRAGMENT)
        browser.send("submit", form)
        browser.go(browser.room)
        transaction.set_rollback(True)
    return browser.pages


def test_one_other_text_would_be_noticed(worlds):
    raters = [raters_add(study=study, count=1, now=NOW)[0] for study in worlds]
    member = TripleRationale.objects.filter(triple__study=worlds[1]).first()
    TripleRationale.objects.filter(pk=member.pk).update(shown_text="Something else.")
    assert walk(raters[0]) != walk(raters[1])

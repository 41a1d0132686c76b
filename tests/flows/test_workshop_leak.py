"""Until its reveal nothing that a phone or the large screen receives tells who wrote what.

A leak search with sentinels, and non-interference: two workshops of the same texts, whose sources
have each other's names, other keys, and came in reverse, give the same bytes at the same cost.
"""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from raters.models import Study, Workshop, WorkshopText
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.flows.sentinels import SOURCES, leaks, make_world
from tests.flows.test_leak import IN_THE_ROOM
from tests.flows.test_non_interference import CLOCK, COOKIES, CSRF, UUID
from tests.flows.test_non_interference import make_world as make_twin
from tests.flows.walk import Walk
from tests.flows.workshop_walk import (
    come_to_the_workshop,
    look,
    look_at_the_screen,
    press,
    through_the_stages,
)
from tests.raters.services.workshops.rooms import make_workshop

pytestmark = pytest.mark.django_db


class ScreenWalk(Walk):
    """The presenter's browser. The controls name who is signed in."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__()
        self.client.force_login(workshop.owner)


def open_world() -> Study:
    """Three sources' texts, under names and ids that occur nowhere else; no study is running."""
    studies = make_world(questions=4)
    study_close(study=studies["open"], user=studies["open"].owner, now=NOW)
    type(studies["open"].owner).objects.update(username="presenter")
    return studies["closed"]


def test_nobody_in_the_room_learns_a_name_or_an_id_before_the_reveal():
    workshop = make_workshop(open_world())
    phones, screen = [Walk(), Walk()], ScreenWalk(workshop)
    look_at_the_screen(screen, workshop)
    for phone in phones:
        come_to_the_workshop(phone, workshop)
    for _ in through_the_stages(workshop, phones, screen, number=1, upto="bars"):
        pass
    press(workshop, "next")
    for browser, path in ((phones[0], "/w/"), (screen, f"/workshops/{workshop.code}/screen/")):
        revealed = browser.client.get(path)
        assert leaks(revealed) == sorted(source.lower() for source in SOURCES)
    for phone in phones:
        phone.go("/w/now/", 200)
    # What one reveal told is gone from every page with the next question, and when it is back.
    for _ in through_the_stages(workshop, phones, screen, number=2, upto="bars"):
        pass
    press(workshop, "skip")
    press(workshop, "back")
    look(phones[0])
    press(workshop, "end")
    look(phones[0])
    phones[0].go("/w/respond/", 409, {"number": "2", "pick": "1"})
    look_at_the_screen(screen, workshop)
    assert phones[0].visited >= IN_THE_ROOM
    assert screen.visited == {"workshop", "workshop-screen", "workshop-now"}


def test_rationales_reach_the_room_as_they_reach_raters():
    study = open_world()
    workshop = make_workshop(study)
    phone = Walk()
    come_to_the_workshop(phone, workshop)
    press(workshop, "next")
    question = phone.go("/w/", 200).content.decode()
    texts = WorkshopText.objects.filter(item__workshop=workshop, item__position=0)
    lines = [line for text in texts.order_by("slot") for line in text.shown_text.splitlines()]
    assert not any(line in question for line in lines)
    assert study.triples.first().question.gold_answer not in re.sub(r"<[^>]*>", "", question)
    press(workshop, "next")
    page = phone.go("/w/", 200).content.decode()
    places = [page.index(f">{line}<") for line in lines]
    assert places == sorted(places)


class Recorder:
    """A browser that writes down all that it receives, masked, and what that cost."""

    def __init__(self, workshop: Workshop, *, signed_in: bool = False) -> None:
        self.workshop, self.client = workshop, Client()
        self.pages: list[tuple[str, str, int]] = []
        if signed_in:
            self.client.force_login(workshop.owner)

    def go(
        self, path: str, expected: int, data: dict | None = None, **headers: str
    ) -> HttpResponse:
        method = self.client.get if data is None else self.client.post
        with CaptureQueriesContext(connection) as queries:
            response = method(path, data, **headers)
        assert response.status_code == expected, (path, response.status_code)
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        everything = f"{head}\n{response.cookies.output()}\n{response.content.decode()}"
        self.pages.append((self.masked(path), self.masked(everything), len(queries)))
        return response

    def masked(self, text: str) -> str:
        for code, name in ((self.workshop.code, "CODE"), (str(self.workshop.join_code), "JOIN")):
            text = text.replace(code, name)
        text = CSRF.sub(r"\1", CLOCK.sub(r"\1", UUID.sub("UUID", text)))
        text = re.sub(r'<path transform[^>]*class="qrline"[^>]*>', "QR", text)
        return COOKIES.sub(r"\1=", re.sub(r"UUID:[\w-]+:[\w-]+", "TOKEN", text))


def twins() -> list[Study]:
    one = make_twin(
        "a", sources=("anna", "bert", "carl"), prefix="p", owner="alice",
        first_id=1000, step=1, settings={},
    )  # fmt: skip
    other = make_twin(
        "the other, with a long name", sources=("carl", "anna", "bert"), prefix="zz-9-",
        owner="bob", first_id=88_000_000, step=-1, settings={},
    )  # fmt: skip
    for study in (one, other):
        study_close(study=study, user=study.owner, now=NOW)
        type(study.owner).objects.filter(pk=study.owner_id).update(username=f"u{study.pk}")
    return [one, other]


def record(study: Study) -> list[tuple[str, str, int]]:
    """A whole workshop up to the last stage before each reveal, as everyone in the room sees it."""
    workshop = make_workshop(study, seed=4)
    type(study.owner).objects.filter(pk=study.owner_id).update(username="presenter")
    screen, phones = Recorder(workshop, signed_in=True), [Recorder(workshop), Recorder(workshop)]
    for phone in phones:
        come_to_the_workshop(phone, workshop)
    for number in (1, 2, 3):
        for _ in through_the_stages(workshop, phones, screen, number=number, upto="bars"):
            pass
        press(workshop, "next")  # the reveal: names may, and do, differ there
        press(workshop, "back")
        look_at_the_screen(screen, workshop)
        press(workshop, "next")
    press(workshop, "end")
    look(phones[0])
    look_at_the_screen(screen, workshop)
    type(study.owner).objects.filter(pk=study.owner_id).update(username=f"u{study.pk}")
    return [page for browser in (*phones, screen) for page in browser.pages]


def test_the_same_texts_give_the_same_workshop_whoever_wrote_them():
    one, other = twins()
    ours, theirs = record(one), record(other)
    assert len(ours) == len(theirs) > 100
    for mine, yours in zip(ours, theirs, strict=True):
        assert mine == yours, mine[0]
    writers = [
        list(
            WorkshopText.objects.filter(item__workshop__study=study)
            .order_by("item__position", "slot")
            .values_list("source__name", flat=True)
        )
        for study in (one, other)
    ]
    assert all(mine != yours for mine, yours in zip(*writers, strict=True))


def test_one_other_text_would_be_noticed():
    one, other = twins()
    ours = record(one)
    triple = other.triples.filter(kind="study").order_by("number").first()
    triple.members.filter(position=0).update(shown_text="Something else.")
    assert record(other) != ours

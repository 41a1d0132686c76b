"""A writer's pages name no source, person, set or row, and do not depend on any of these.

The same search and the same comparison of two worlds as for a rater's pages.
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from generation.models import Rationale, Writer, Writing
from generation.services.imports import questions_import
from generation.services.writing import (
    invitation_switch,
    writers_add,
    writing_close,
    writing_create,
)
from generation.services.writing_texts import consent_digest
from raters.models import Study
from tests.factories import NOW, as_lines, make_researcher, make_study, question_record
from tests.flows.sentinels import make_world, number_rows_from
from tests.flows.test_leak import addresses
from tests.flows.test_non_interference import CLOCK, COOKIES, CSRF
from tests.flows.walk import FRAGMENT, Walk

pytestmark = pytest.mark.django_db
COVERED = {"write", "write-agree", "write-withdraw", "write-join"}


def ask(owner, question_set, name: str, **more) -> Writing:
    writing = writing_create(
        owner=owner, source_name=name, question_set=question_set, consent="Agree?", now=NOW, **more
    )
    invitation_switch(writing=writing, on=True)
    return writing


def test_a_writer_who_sees_everything_learns_no_name_no_id_and_no_text_of_others():
    study: Study = make_world()["open"]
    writing = ask(study.owner, study.question_set, "Zqsource-people")
    writer = writers_add(writing=writing, count=1, now=NOW)[0]
    Writer.objects.update(name="Zqrater-writes")
    walk, own = Walk(), reverse("write", args=[writer.code])
    walk.go("/write/unknown/", 404)
    walk.go("/write/join/unknown/", 404)
    walk.go(own, 200)
    walk.go(f"{own}agree/", 200, {"answer": "refuse"})
    walk.go(f"{own}agree/", 303, {"answer": "agree", "digest": consent_digest(writing)})
    texts = [text.split("\n")[0] for text in Rationale.objects.values_list("text", flat=True)]
    seen = [walk.go(own, 200), walk.go(f"{own}?all", 200)]
    first = {"number": 1, "text": "I count. The answer is 3."}
    walk.go(own, 204, first | {"draft": "1"}, **FRAGMENT)
    walk.go(own, 303, first | {"draft": "1"})
    seen.append(walk.go(own, 422, first | {"text": "I cannot say"}))
    walk.go(own, 303, first)
    for number in range(2, writer.texts.count() + 1):
        seen.append(walk.go(own, 200))
        walk.go(own, 303, {"number": number, "leave": ""})
    seen += [walk.go(own, 200), walk.go(f"{own}?text=1", 200)]
    pages = "".join(page.content.decode() for page in seen)
    assert not [text for text in texts if text in pages]
    walk.go(f"{own}withdraw/", 200)
    walk.go(f"{own}withdraw/", 422, {"texts": "7"})
    for texts_go in ("keep", "delete"):
        walk.go(f"{own}withdraw/", 303, {"texts": texts_go})
        walk.go(f"{own}withdraw/", 200)
    walk.go(own, 303)
    come_by_invitation(walk, writing)
    writing_close(writing=writing, now=NOW)
    other = writers_add_late(writing)
    walk.go(reverse("write", args=[other.code]), 410)
    assert walk.visited >= COVERED


def come_by_invitation(walk: Walk, writing: Writing) -> None:
    there = reverse("write-join", args=[writing.invitation_code])
    walk.go(there, 200)
    walk.go(there, 200, {"answer": "refuse"})
    walk.go(there, 200, {"answer": "agree", "digest": "another"})
    walk.go(there, 303, {"answer": "agree", "digest": consent_digest(writing)})


def writers_add_late(writing: Writing) -> Writer:
    return Writer.objects.create(writing=writing, name="Zqrater-late", created_at=NOW)


def test_every_address_of_a_writer_is_walked():
    found = {name for name, _ in addresses(get_resolver()) if name.split("-")[0] == "write"}
    assert found == COVERED


def visits(writing: Writing) -> list[tuple[str, int]]:
    """All pages of a writer whose link is the same in both worlds, masked, and their queries."""
    writer = writers_add(writing=writing, count=1, now=NOW)[0]
    Writer.objects.filter(pk=writer.pk).update(code="same-link")
    client, pages = Client(), []

    def go(path: str, data: dict | None = None) -> None:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path) if data is None else client.post(path, data)
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        said = f"{response.status_code}\n{head}\n{response.cookies.output()}\n"
        body = CSRF.sub(r"\1", response.content.decode())
        pages.append((COOKIES.sub(r"\1=", CLOCK.sub(r"\1", said)) + body, len(queries)))

    own = "/write/same-link/"
    go(own)
    go(f"{own}agree/", {"answer": "agree", "digest": consent_digest(writing)})
    for number in (1, 2, 3):
        go(own)
        go(own, {"number": number, "text": "Nothing yet"})
        go(own, {"number": number, "text": "It is so. The answer is 3."})
    go(f"{own}?all")
    go(f"{own}withdraw/")
    Writer.objects.filter(code="same-link").delete()
    return pages


def test_the_same_questions_give_the_same_pages_whatever_they_are_called():
    worlds = []
    for owner, name, source, prefix, first_id, step in (
        ("alice", "a", "people", "p", 1000, 1),
        ("bob", "the other", "crowd of experts", "zz-9-", 88_000_000, -1),
    ):
        number_rows_from(first_id)
        records = [question_record(n) | {"id": f"{prefix}{n}"} for n in range(4)]
        user = make_researcher(owner)
        made = questions_import(
            lines=as_lines(records[::step]), format="jsonl", set_name=name, user=user, now=NOW
        )
        worlds.append(visits(ask(user, made.question_set, source)))
        make_study(name=f"between {name}", sources=(f"{name} 1", f"{name} 2"))
    assert len(worlds[0]) == 13
    for mine, yours in zip(*worlds, strict=True):
        assert mine == yours
    assert len(re.findall("Question 1 of 4", "".join(page for page, _ in worlds[0]))) > 1

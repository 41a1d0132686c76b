"""Who gets what from every endpoint of the API for things that are not theirs: docs/api.md's table.

Alice owns everything here. A stranger, a rater of her study, another researcher with a token of
every scope, and an admin ask each endpoint for it, in the address and in the body.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from config.api.schema import document
from generation.models import GenerationBatch, Source
from raters.blinding import token_sign
from raters.models import StudyExport
from raters.services.webhooks import webhook_create
from tests.factories import NOW, claim, make_admin, make_raters, make_researcher, make_study
from tests.raters.api.asking import PROBLEM, Asker, rater, researcher

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/api.md"
ROW = re.compile(r"^\| (GET|POST|DELETE) \| `/api/v1/([^`]*)` \|(.*)\|$", re.M)
COLUMNS = ("scope", "stranger", "rater", "researcher", "admin")
Asked = tuple[str, str]


def written() -> dict[Asked, dict[str, str]]:
    found = {}
    for method, path, cells in ROW.findall(DOCUMENT.read_text()):
        values = [cell.strip().strip("`") for cell in cells.split("|")]
        found[method, path] = dict(zip(COLUMNS, values, strict=True))
    return found


def described() -> Iterator[tuple[Asked, dict[str, Any]]]:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            yield (method.upper(), path.removeprefix("/api/v1/")), operation


class World:
    """What Alice has, and how each endpoint is asked for it."""

    def __init__(self) -> None:
        self.alice = make_researcher("alice")
        self.closed = make_study(name="closed", owner=self.alice, closed=True)
        self.open = make_study(name="open", owner=self.alice)
        self.draft = make_study(name="draft", owner=self.alice, opened=False)
        self.rae, self.theo = make_raters(self.open, 2)
        self.token = token_sign(claim(self.theo).token)  # in Theo's hands, not in Rae's
        self.set = self.open.question_set
        Source.objects.filter(name="S1").update(model="m", prompt="few-shot")
        self.source = Source.objects.get(name="S1")
        self.batch = GenerationBatch.objects.create(
            source=self.source,
            question_set=self.set,
            kind="generation",
            state="queued",
            created_by=self.alice,
            created_at=NOW,
        )
        self.webhook = webhook_create(
            owner=self.alice, url="https://example.org/told", kinds=["batch.ended"], now=NOW
        )
        self.export = StudyExport.objects.create(
            study=self.closed, owner=self.alice, name="ratings", form="csv", key="k", asked_at=NOW
        )

    def address(self, path: str) -> str:
        """Alice's own numbers and codes in an address's gaps."""
        ids = {
            "batches": self.batch.pk,
            "question-sets": self.set.pk,
            "sources": self.source.pk,
            "webhooks": self.webhook.pk,
        }
        state = self.closed if re.search("results|exports|triples", path) else self.open
        state = self.draft if path.endswith("open/") else state
        filled = path.replace("{code}", state.code).replace("{export}", self.export.code)
        return filled.replace("{id}", str(ids.get(path.split("/")[0], "")))

    def body(self, path: str) -> dict[str, Any]:
        """What each endpoint wants to be sent, with Alice's things in it."""
        sources = list(Source.objects.values_list("pk", flat=True))
        asked = {
            "batches/": {"source": self.source.pk, "question_set": self.set.pk, "seed": 7},
            "question-sets/import/": {
                "set_name": self.set.name,
                "format": "questions:jsonl",
                "file": BytesIO(b'{"id": "q9", "question": "1 + 1?", "answer": "2"}\n'),
            },
            "studies/": {"name": "another", "question_set": self.set.pk, "sources": sources},
            "studies/{code}/exports/": {"name": "ratings", "form": "jsonl"},
            "rate/submit/": {
                "token": self.token,
                "key": str(uuid4()),
                "judgement": {"outcome": "none"},
            },
            "rate/skip/": {"token": self.token},
            "rate/flag/": {"token": self.token, "reason": "unclear"},
            "webhooks/": {"url": "https://example.org/also", "kinds": ["study.filled"]},
        }
        return asked.get(path, {})

    def ask(self, who: Asker, method: str, path: str) -> Any:
        """The answer, with everything as it was before."""
        with transaction.atomic():
            if method == "GET":
                answer = who.get(self.address(path))
            else:
                answer = who.send(method, self.address(path), self.body(path))
            transaction.set_rollback(True)
        return answer


@pytest.fixture
def world(settings) -> World:
    settings.API_WRITES_PER_MINUTE = settings.API_READS_PER_MINUTE = 10_000
    settings.API_RATINGS_PER_MINUTE = 10_000
    return World()


def test_every_endpoint_stands_in_the_table_and_no_other():
    assert set(written()) == {asked for asked, _ in described()}


def test_the_table_names_the_scope_that_each_endpoint_needs():
    scopes = {asked: operation["x-scope"] for asked, operation in described()}
    assert {asked: row["scope"] for asked, row in written().items()} == scopes


def test_each_endpoint_answers_each_who_owns_nothing_as_the_table_says(world):
    people = {
        "stranger": Asker(),
        "rater": rater(world.rae),
        "researcher": researcher(make_researcher("bob")),
        "admin": researcher(make_admin()),
    }
    answered, wrong = {}, {}
    for (method, path), row in written().items():
        for who, asker in people.items():
            answer = world.ask(asker, method, path)
            answered[method, path, who] = answer
            if str(answer.status_code) != row[who]:
                wrong[method, path, who] = (row[who], answer.status_code, answer.content[:200])
    assert wrong == {}
    for asked, answer in answered.items():
        if answer.status_code >= 400:
            assert answer["Content-Type"] == PROBLEM, asked


def test_a_researcher_who_owns_nothing_is_told_nothing(world):
    """Where the table says 200, what comes back has nothing of Alice's in it."""
    bob = researcher(make_researcher("bob"))
    hers = {world.open.code, world.open.name, world.set.name, world.webhook.url, world.rae.code}
    for (method, path), row in written().items():
        if method == "GET" and row["researcher"] == "200":
            said = world.ask(bob, method, path).content.decode()
            assert {each for each in hers if f'"{each}"' in said} == set(), path


def test_a_token_without_a_scope_is_refused_wherever_it_is_needed(world):
    asker = {scope: researcher(world.alice, scope) for scope in ("read", "webhooks")}
    for (method, path), row in written().items():
        other = asker["webhooks" if row["scope"] == "read" else "read"]
        answer = world.ask(other, method, path)
        assert answer.status_code == 403, path
        assert "read" in answer.json()["detail"] or row["scope"] != "read"


def test_the_owner_gets_in_everywhere(world):
    """So that no refusal above comes from something else that is wrong."""
    alice, theo = researcher(world.alice), rater(world.theo)
    refused = {}
    for (method, path), row in written().items():
        answer = world.ask(theo if row["scope"] == "rater" else alice, method, path)
        if answer.status_code >= 400:
            refused[method, path] = (answer.status_code, answer.json()["detail"])
    assert set(refused) == {
        ("GET", "studies/{code}/exports/{export}/file/"),  # not built yet
        ("GET", "studies/{code}/exports/{export}/manifest/"),
        ("POST", "batches/{id}/resume/"),  # it runs
        ("POST", "studies/{code}/resume/"),  # it is open
    }, refused
    assert {status for status, _ in refused.values()} == {409}

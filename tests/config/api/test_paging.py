"""Every list of the API, a page at a time: each row once, in order, while others are added."""

from itertools import count

import pytest
from django.db.models import Model

from config.api.schema import document
from generation.models import GenerationBatch, QuestionSet, Source
from raters.models import Delivery, Event, Study, StudyExport, Webhook, new_code
from raters.services.study_states import raters_add
from tests.factories import NOW, make_researcher, make_study
from tests.raters.api.asking import researcher

pytestmark = pytest.mark.django_db
NUMBERS = count(1)


class World:
    """Alice's study, and a way to add one more row to each of her lists."""

    def __init__(self) -> None:
        self.study = make_study(questions=7)
        self.alice = self.study.owner
        self.webhook = self.add_webhook()
        self.batch = self.add_batch()

    def adders(self):
        code, hook = self.study.code, self.webhook.pk
        return {
            "batches/": self.add_batch,
            "question-sets/": self.add_set,
            "sources/": lambda: Source.objects.create(
                name=f"another {next(NUMBERS)}", kind="imported", created_at=NOW
            ),
            "studies/": lambda: Study.objects.create(
                name=f"another {next(NUMBERS)}",
                owner=self.alice,
                question_set=self.study.question_set,
                raters_per_triple=3,
                seed=7,
                created_at=NOW,
            ),
            f"studies/{code}/exports/": lambda: StudyExport.objects.create(
                study=self.study,
                owner=self.alice,
                name="flags",
                form="csv",
                key=str(next(NUMBERS)),
                asked_at=NOW,
            ),
            f"studies/{code}/raters/": lambda: raters_add(study=self.study, count=1, now=NOW),
            f"studies/{code}/triples/": lambda: None,  # a study has the triples that it has
            "webhooks/": self.add_webhook,
            f"webhooks/{hook}/deliveries/": self.add_delivery,
        }

    def add_batch(self) -> GenerationBatch:
        return GenerationBatch.objects.create(
            source=Source.objects.first(),
            question_set=self.study.question_set,
            kind="generation",
            state="done",
            finished_at=NOW,
            created_by=self.alice,
            created_at=NOW,
        )

    def add_set(self) -> QuestionSet:
        return QuestionSet.objects.create(
            name=f"another {next(NUMBERS)}", created_by=self.alice, created_at=NOW
        )

    def add_webhook(self) -> Webhook:
        return Webhook.objects.create(
            owner=self.alice,
            url="https://example.org/",
            secret="s",
            kinds=["batch.ended"],
            created_at=NOW,
        )

    def add_delivery(self) -> Model:
        event = Event.objects.create(
            key=f"batch/{next(NUMBERS)}", kind="batch.ended", batch=self.batch, payload={}, at=NOW
        )
        return Delivery.objects.create(
            webhook=self.webhook, event=event, code=new_code(), next_at=NOW
        )


def walked(asker, path, *, meanwhile=lambda: None, limit=2):
    """Every page's rows, and after each page one more row is added."""
    pages, after = [], f"{path}?limit={limit}"
    while after:
        answer = asker.get(after)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json()["results"])
        after = (answer.json()["next"] or "").partition("/api/v1/")[2]
        if len(pages) < 4:
            meanwhile()
    return pages


def name_of(row):
    return next(row[key] for key in ("code", "id", "number") if key in row)


@pytest.fixture
def world(settings):
    settings.API_READS_PER_MINUTE = 10_000
    return World()


def test_every_list_of_the_api_is_walked_here(world):
    lists = {
        path.removeprefix("/api/v1/")
        .replace("{code}", world.study.code)
        .replace("{id}", str(world.webhook.pk))
        for path, operations in document()["paths"].items()
        if operations.get("get", {}).get("operationId", "").endswith("_list")
    }
    assert lists == set(world.adders())


def test_no_row_is_lost_or_doubled_while_rows_are_added(world):
    alice = researcher(world.alice)
    for path, add in world.adders().items():
        for _ in range(5):
            add()
        before = [name_of(row) for page in walked(alice, path, limit=200) for row in page]
        assert len(before) >= 5, path
        pages = walked(alice, path, meanwhile=add)
        found = [name_of(row) for page in pages for row in page]
        assert found[: len(before)] == before, path
        assert len(set(found)) == len(found), path
        assert len(found) == len(before) + (0 if path.endswith("triples/") else 3), path
        assert {len(page) for page in pages[:-1]} == {2}, path


def test_rows_that_go_meanwhile_take_no_others_with_them(world):
    alice = researcher(world.alice)
    made = [world.add_webhook().pk for _ in range(6)]
    first = alice.get("webhooks/?limit=3").json()
    Webhook.objects.filter(pk__in=[row["id"] for row in first["results"]]).delete()
    rest = alice.get(first["next"].partition("/api/v1/")[2]).json()
    assert [row["id"] for row in rest["results"]] == made[2:5]


@pytest.mark.parametrize("cursor", ["x", "cD1h", "bz0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OQ=="])
def test_a_cursor_that_was_not_made_here_is_not_found(world, cursor):
    answer = researcher(world.alice).get(f"webhooks/?cursor={cursor}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_page_holds_two_hundred_rows_at_most(world):
    raters_add(study=world.study, count=205, now=NOW)
    path = f"studies/{world.study.code}/raters/"
    alice = researcher(world.alice)
    assert list(map(len, walked(alice, path, limit=5000))) == [200, 5]
    assert len(alice.get(path).json()["results"]) == 50


def test_lists_hold_what_is_ones_own(world):
    bob = researcher(make_researcher("bob"))
    for path in ("batches/", "question-sets/", "studies/", "webhooks/"):
        assert bob.get(path).json()["results"] == [], path

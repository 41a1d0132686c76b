"""The API tells a rater what the rating room tells: no name, no id, and the same whoever wrote it.

The worlds, the search and the masks are those of test_leak.py and test_non_interference.py.
"""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from raters.judgement import Judgement
from raters.models import Rater
from raters.services.consent import consent_give
from raters.services.practising import practice_answer
from raters.services.study_states import raters_add, study_close, study_pause
from tests.factories import NOW
from tests.flows.sentinels import PROTOCOLS, leaks, make_world
from tests.flows.test_non_interference import Recorder, worlds  # noqa: F401  (a fixture)
from tests.raters.api.asking import Asker, rater

pytestmark = pytest.mark.django_db
WAYS = ["picks", "picks+", "ranking+", "best-worst+"]


def judgement(asked: dict[str, Any]) -> dict[str, Any]:
    """A whole answer to whatever is asked, the same for the same question."""
    slots = range(asked["slots"])
    said: dict[str, Any] = {"outcome": "pick", "slot": 1}
    if asked["protocol"] == "ranking":
        said = {"outcome": "ranking", "ranks": [slot + 1 for slot in slots]}
    if asked["protocol"] == "best-worst":
        said = {"outcome": "best-worst", "ranks": [1, *[2 for _ in slots[2:]], 3]}
    if asked["reasons"]:
        said["reasons"] = [{"slot": 1, "key": asked["reasons"][0]["key"]}]
    if asked["asks_marks"]:
        said["marks"] = [[] for _ in slots]
    if asked["criteria"]:
        said["scores"] = [[1 for _ in asked["criteria"]] for _ in slots]
    return said


class Room:
    """A rater's program that shows every answer it gets to `look`."""

    def __init__(self, who: Rater, look: Any) -> None:
        self.asker, self.look = rater(who), look

    def go(self, path: str, body: dict[str, Any] | None = None) -> HttpResponse:
        with CaptureQueriesContext(connection) as queries:
            answer = self.asker.post(f"rate/{path}/", body)
        self.look(path, answer, len(queries))
        return answer


def walk(room: Room) -> int:
    """Every triple of the study, put aside, answered, sent twice, revised, and every mistake."""
    shown = room.go("next").json()["triple"]
    room.go("skip", {"token": shown["token"]})
    shown = room.go("next").json()["triple"]
    room.go("flag", {"token": shown["token"], "reason": "unclear"})
    rated = 0
    while (hand := room.go("next").json())["triple"]:
        triple = hand["triple"]
        whole = {"token": triple["token"], "key": str(uuid4())}
        whole["judgement"] = judgement(triple["asked"])
        room.go("submit", whole | {"judgement": {"outcome": "pick", "slot": 6}})
        assert room.go("submit", whole).status_code == 200
        room.go("submit", whole)
        room.go("submit", whole | {"key": str(uuid4())})
        room.go("submit", whole | {"key": str(uuid4()), "revise": True})
        rated += 1
    room.go("next", {"skipped": True})
    room.go("submit", {"token": "of nobody", "key": "none"})
    room.go("skip", {"token": "of nobody"})
    room.go("nowhere")
    return rated


@pytest.fixture(autouse=True)
def unhurried(settings):
    settings.API_RATINGS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 10_000


@pytest.mark.parametrize("settings_of", PROTOCOLS, ids=WAYS)
def test_a_rater_who_asks_for_everything_learns_no_name_and_no_id(settings_of):
    studies = make_world(questions=7, **settings_of)

    def look(path: str, answer: HttpResponse, queries: int) -> None:
        assert leaks(answer) == [], path

    study = studies["open"]
    room = Room(study.raters.first(), look)
    assert walk(room) > 4
    for state in ("closed", "draft"):
        other = Room(studies[state].raters.first(), look)
        assert other.go("next").json()["triple"] is None
    study_pause(study=study, user=study.owner, now=NOW)
    assert room.go("next").json()["state"] == "paused"
    study_close(study=study, user=study.owner, now=NOW)
    assert room.go("next").json()["state"] == "closed"
    for asker in (Asker(), Asker("Rater nobody"), room.asker):
        for path in ("studies/", f"studies/{study.code}/", "sources/", "question-sets/"):
            answer = asker.get(path)
            assert answer.status_code in (401, 403)
            assert leaks(answer) == []


def test_a_break_tells_a_rater_nothing(monkeypatch):
    study = make_world()["open"]

    def fail(assignments: object) -> None:
        raise RuntimeError(f"{assignments!r} of Zqsource-alpha broke")

    monkeypatch.setattr("raters.api.rate.blind_all", fail)
    asker = rater(study.raters.first())
    asker.client.raise_request_exception = False
    answer = asker.post("rate/next/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert leaks(answer) == []


def test_the_same_texts_give_the_same_answers_whoever_wrote_them(worlds):  # noqa: F811
    heard = []
    for study in worlds:
        (who,) = raters_add(study=study, count=1, now=NOW)
        consent_give(rater=who, version="1", now=NOW)
        who.study, said = study, []
        recorder = Recorder(who)

        def look(path, answer, queries, said=said, recorder=recorder):
            content = json.loads(answer.content)
            for name in ("triple", "ahead"):
                if content.get(name):
                    assert content[name].pop("lease_seconds") > 1000
            head = [f"{key}: {value}" for key, value in answer.items() if key != "Content-Length"]
            body = recorder.masked(json.dumps(content))
            said.append((path, answer.status_code, head, body, queries))

        assert Room(who, look).go("next").json()["state"] == "practice"
        practice_answer(
            rater=who, triple=study.practice.get(), judgement=Judgement("pick", 0), now=NOW
        )
        assert walk(Room(who, look)) > 4
        heard.append(said)
    assert len(heard[0]) == len(heard[1]) > 20
    for mine, yours in zip(*heard, strict=True):
        assert mine == yours

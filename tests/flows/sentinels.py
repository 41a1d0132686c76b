"""A world whose every name and id is a sentinel, and a search for these in what a browser receives.

Bodies, headers and cookies are searched, with escapes, quoting and Base64 undone.
"""

import base64
import html
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from django.apps import apps
from django.db import connection

from generation.models import GenerationBatch, QuestionSet, Rationale, Source
from generation.services.imports import questions_import, rationales_import
from raters.models import Rater, Study, StudyFreeze
from raters.services.exclusions import exclusion_asked
from raters.services.freezing import plan_save, study_freeze
from raters.services.places import Check, checks_add
from raters.services.studies import study_create
from raters.services.study_states import invitation_switch, raters_add, study_close, study_open
from tests.factories import NOW, as_lines, make_researcher, question_record, rationale_text

SOURCES = ("Zqsource-alpha", "Zqsource-beta", "Zqsource-gamma")
NAMES = (
    *SOURCES, "Zqset", "Zqstudy", "Zqquestionkey", "Zqsolution", "Zqresearcher", "Zqrater",
    "Zqmodel", "Zqrevision", "Zqprompt", "Zqtraining", "Zqreason", "Zqproblem", "Zqhash",
    "Zqhypothesis", "Zqstopping", "Zqexclusion", "Zqwhy",
)  # fmt: skip


# Every protocol, with all that a study may ask beside it.
EVERYTHING = {
    "reasons": [{"key": "q", "name": "question implies answer"}],
    "asks_step_marks": True,
    "criteria": [{"name": "clear", "points": 3}],
    "asks_comment": True,
    "repeat_percent": 30,
    "check_percent": 30,
}
PROTOCOLS = [
    {"protocol": "pick-best"},
    {"protocol": "pick-best", **EVERYTHING},
    {"protocol": "ranking", "allows_ties": True, **EVERYTHING},
    {"protocol": "best-worst", **EVERYTHING},
]


# --- a world of sentinels ------------------------------------------------------------------------
def number_rows_from(first: int) -> None:
    """Every table counts on from its own large number, so that an id can be told in a page."""
    models = [m for app in ("generation", "raters") for m in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        for n, model in enumerate(models):
            table, start = model._meta.db_table, first + n * 10_000
            if connection.vendor == "postgresql":
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {start})")
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, start])


def make_world(questions: int = 6, **settings: Any) -> dict[str, Study]:
    """Three studies: one that is open, one that is closed, one that is a draft."""
    number_rows_from(77_710_001)
    owner = make_researcher("Zqresearcher")
    records = [
        question_record(n) | {"id": f"Zqquestionkey-{n}", "solution": "Zqsolution"}
        for n in range(questions + 1)
    ]
    given = {"format": "jsonl", "set_name": "Zqset", "user": owner, "now": NOW}
    questions_import(lines=as_lines(records), **given)
    lines = [
        {
            "question_id": f"Zqquestionkey-{n}",
            "source": source,
            "text": rationale_text(n, wording),
        }
        for n in range(questions + 1)
        for wording, source in enumerate(SOURCES)
    ]
    rationales_import(lines=as_lines(lines), **given)
    Source.objects.update(model="Zqmodel", revision="Zqrevision", prompt="few-shot")
    GenerationBatch.objects.update(
        prompt_hash="Zqhash", model_revision="Zqrevision", problem="Zqproblem"
    )
    Rationale.objects.update(
        prompt="Zqprompt", training_text="Zqtraining", reason="Zqreason", seed=77_999_001
    )
    return {state: make_study(state, owner, **settings) for state in ("open", "closed", "draft")}


def make_study(state: str, owner, **settings: Any) -> Study:
    study = study_create(
        owner=owner,
        name=f"Zqstudy {state}",
        question_set=QuestionSet.objects.get(),
        sources=[Source.objects.get(name=name) for name in SOURCES],
        seed=77_999_002,
        questions=QuestionSet.objects.get().questions.count() - 1,
        now=NOW,
        **{"raters_per_triple": 3, **settings},
    )
    add_check(study)
    for rater in raters_add(study=study, count=4, now=NOW):
        Rater.objects.filter(pk=rater.pk).update(name=f"Zqrater-{rater.pk}")
    invitation_switch(study=study, user=owner, on=True, now=NOW)
    conduct_study(study)
    if state != "draft":
        study_open(study=study, user=owner, now=NOW)
    if state == "closed":
        study_close(study=study, user=owner, now=NOW)
    return study


def conduct_study(study: Study) -> None:
    """A plan that is frozen and then changed, and every rater excluded: no rater learns of it."""
    plan = {
        "hypothesis": "Zqhypothesis", "sides": "two-sided", "headline": "", "ratings": 77_999_003,
        "raters": None, "stopping": "Zqstopping", "rules": {"too-fast": {"seconds": 3}},
    }  # fmt: skip
    by = {"study": study, "user": study.owner, "now": NOW}
    plan_save(**plan, **by)
    study_freeze(**by)
    plan_save(**plan | {"sides": "one-sided"}, why="Zqwhy", **by)
    for rater in study.raters.all():
        exclusion_asked(rater=rater, reason="Zqexclusion", **by)


def add_check(study: Study) -> None:
    """A check on a question that the study does not ask itself, with texts of its sources."""
    asked = study.triples.values("question")
    question = study.question_set.questions.exclude(pk__in=asked).get()
    texts = list(question.rationales.order_by("text")[:3])
    checks_add(study=study, checks=[Check(question, texts, expected=1)])


def sentinels() -> set[str]:
    """Every name, every id and every digest; in lower case, as they are searched for."""
    found = {name.lower() for name in NAMES} | {"77999001", "77999002", "77999003"}
    for app in ("generation", "raters"):
        for model in apps.get_app_config(app).get_models():
            found |= {str(pk) for pk in model.objects.values_list("pk", flat=True)}
    assert min(len(text) for text in found) >= 5, "too short to be told from anything else"
    found |= set(StudyFreeze.objects.values_list("sha256", flat=True))
    return found | set(Rationale.objects.values_list("import_digest", flat=True))


# --- what a browser receives ----------------------------------------------------------------------
def received(response) -> str:
    """All of it, and again with escapes undone, in lower case; without the address asked for."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    raw = "\n".join([body.decode(), headers, response.cookies.output()])
    undone = "\n".join([raw, html.unescape(raw), unquote(raw), *decoded(raw)])
    return undone.replace(response.wsgi_request.get_full_path(), "").lower()


def decoded(text: str) -> Iterator[str]:
    """What Base64 hides, compressed or not, in a signed cookie or anywhere else."""
    for token in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        for start in range(4):
            part = token[start:].translate(str.maketrans("-_", "+/"))
            content = base64.b64decode(part + "A" * (-len(part) % 4))
            yield content.decode("latin-1")
            if content[:1] == b"\x78":
                with suppress(zlib.error):
                    yield zlib.decompressobj().decompress(content).decode("latin-1")


def leaks(response) -> list[str]:
    text = received(response)
    return sorted(sentinel for sentinel in sentinels() if sentinel in text)

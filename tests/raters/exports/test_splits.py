"""A study's splits are drawn among the questions that its set held when the study was made."""

from importlib import import_module

import pytest
from django.apps import apps

from generation.models import Source
from generation.services.imports import questions_import, rationales_import
from raters.exports.likeness import groups
from raters.exports.shape import SPLITS, Task
from raters.exports.splits import splits
from raters.models import Study
from raters.services.freezing import study_terms
from tests.factories import NOW, as_lines, draft, make_study
from tests.raters.judged import make_judged, ranking

from .reading import content

pytestmark = pytest.mark.django_db
UNLIKE = {
    "horse": "The horse ate turnips. How many?",
    "goat": "A goat climbed hills. How many?",
    "duck": "Ducks swam in ponds. How many?",
    "camel": "A camel carried salt. How much?",
}
BETWEEN = {
    "a": "Horse and goat ate turnips and climbed hills. How many?",
    "b": "Goats and ducks climbed hills and swam in ponds. How many?",
    "c": "Ducks and camels swam in ponds and carried salt. How much?",
}


def questions_add(texts: dict[str, str]) -> None:
    lines = as_lines({"id": key, "question": text, "answer": 7} for key, text in texts.items())
    questions_import(lines=lines, format="jsonl", set_name="farm", user=None, now=NOW)


@pytest.fixture
def study(db) -> Study:
    questions_add(UNLIKE)
    texts = as_lines(
        {"question_id": key, "source": source, "text": f"By {source}.\n#### 7"}
        for key in UNLIKE
        for source in ("S1", "S2")
    )
    rationales_import(lines=texts, format="jsonl", set_name="farm", user=None, now=NOW)
    return draft()


def test_questions_that_come_later_move_none(study):
    before = splits(Task(study))
    assert before.keys() == UNLIKE.keys()
    questions_add(BETWEEN)
    study.refresh_from_db()
    assert splits(Task(study)) == before
    now = splits(Task(draft(name="another")))
    assert now.keys() == UNLIKE.keys() | BETWEEN.keys()
    assert len(set(now.values())) == 1, "they would have moved"
    assert len(set(before.values())) > 1


def test_a_study_made_before_this_was_kept_has_what_its_set_holds_now(study):
    last = study.last_question
    Study.objects.update(last_question=None)
    import_module("raters.migrations.0011_split").fill(apps, None)
    study.refresh_from_db()
    assert study.last_question == last == study.question_set.questions.latest("pk").pk


def test_it_is_no_term_of_a_plan(study):
    assert "last_question" not in study_terms(study)


def test_where_models_were_shown_every_question_every_split_is_empty():
    study = make_judged(
        lambda rater, question, sources: {
            **ranking(sources, S1=1, S2=2, S3=3), "step_marks": [[-1], [], []]
        },
        protocol="ranking", questions=2, asks_step_marks=True,
    )  # fmt: skip
    shown = "Q: A box holds 9 red and 8 blue balls. How many balls does it hold?\nA: 17\n#### 17"
    Source.objects.filter(name="S1").update(examples=shown)
    for name in ("dpo.jsonl", "stepwise.jsonl"):
        assert content(study, name)
        assert [content(study, name, split=split) for split in SPLITS] == [b"", b"", b""]


def test_a_folder_works_its_splits_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "raters.exports.splits.groups", lambda texts: asked.append(1) or groups(texts)
    )
    assert content(make_study(closed=True), "dataset.zip")
    assert asked == [1]

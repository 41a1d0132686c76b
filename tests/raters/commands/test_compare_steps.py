"""`compare_steps STUDY`: in how many triples the sources reason differently."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.models import Source
from generation.services.imports import rationales_import
from raters.services.studies import study_create
from tests.factories import NOW, make_question_set, make_researcher

pytestmark = pytest.mark.django_db

TEXTS = {
    "first": ("1 + 2 = 3.\n#### 3", "2 + 3 = 5.\n#### 5", "3 + 4 = 7.\n#### 7"),
    "second": ("So 2 + 1 = 3.\n#### 3", "2 + 2 = 4. 4 + 1 = 5.\n#### 5", "4 + 3 = 7.\n#### 7"),
    "third": ("Count: 1 + 2 = 3.\n#### 3", "The answer is 5.", "3 + 3 = 6. 6 + 1 = 7.\n#### 7"),
}


@pytest.fixture
def study():
    """One equation in three wordings; three ways, one of them a jump; two ways."""
    owner = make_researcher()
    question_set = make_question_set(questions=3, user=owner)
    lines = [
        json.dumps({"question_id": f"q00{number}", "source": name, "text": text})
        for name, texts in TEXTS.items()
        for number, text in enumerate(texts)
    ]
    rationales_import(lines=lines, format="jsonl", set_name="sums", user=owner, now=NOW)
    return study_create(
        owner=owner,
        name="steps",
        question_set=question_set,
        sources=[Source.objects.get(name=name) for name in TEXTS],
        raters_per_triple=1,
        now=NOW,
    )


def test_it_counts_triples_and_pairs(study, capsys):
    call_command("compare_steps", "steps")
    assert capsys.readouterr().out.splitlines() == [
        "triples: 3",
        "step sequences differ between some sources: 2 of 3 (67 %)",
        "all step sequences differ: 1 of 3 (33 %)",
        "first against second: 1 of 3 (33 %)",
        "first against third: 2 of 3 (67 %)",
        "second against third: 2 of 3 (67 %)",
    ]


def test_a_study_that_is_not_there_is_named():
    with pytest.raises(CommandError, match="No study is named 'steps'"):
        call_command("compare_steps", "steps")

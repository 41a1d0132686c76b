"""JSON that Python reads, and that would break later: 400 and a sentence, at every endpoint."""

import pytest
from django.test import Client

from tests.factories import make_raters, make_study
from tests.raters.api.asking import PROBLEM, rater, researcher

pytestmark = pytest.mark.django_db


def send(asker, path, text):
    """Text as it stands; what breaks is answered, not raised."""
    client = Client(raise_request_exception=False)
    return client.post(
        f"/api/v1/{path}", text, content_type="application/json", headers=asker.headers
    )


@pytest.fixture
def study():
    return make_study()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("webhooks/", r'{"url": "https://x.org/", "kinds": ["\ud800"]}'),
        ("webhooks/", r'{"\udfff": 1}'),
        ("studies/CODE/exports/", r'{"name": "\ud800"}'),
        ("studies/CODE/exports/", r'{"name": "dpo", "wishes": {"split": "a\ud83d!"}}'),
        ("rate/submit/", r'{"judgement": {"outcome": "\ud800"}}'),
    ],
)
def test_half_of_a_character_is_refused_wherever_it_stands(study, path, text):
    asker = rater(*make_raters(study, 1)) if path.startswith("rate") else researcher(study.owner)
    answer = send(asker, path.replace("CODE", study.code), text)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert "half of a character" in answer.json()["detail"]


def test_two_halves_are_a_character(study):
    answer = send(researcher(study.owner), "studies/", r'{"name": "\ud83d\ude00"}')
    assert {error["field"] for error in answer.json()["errors"]} == {"question_set", "sources"}


@pytest.mark.parametrize("depth", [21, 900, 5_000, 200_000])
def test_brackets_without_an_end_are_refused(study, depth):
    text = '{"name": "dpo", "wishes": ' + "[" * depth + "]" * depth + "}"
    answer = send(researcher(study.owner), f"studies/{study.code}/exports/", text)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert "20 deep" in answer.json()["detail"]


@pytest.mark.parametrize("wish", ["min_raters", "min_probability"])
def test_a_number_too_large_for_any_is_not_valid(study, wish):
    text = f'{{"name": "dpo", "wishes": {{"{wish}": 1e400}}}}'
    answer = send(researcher(study.owner), f"studies/{study.code}/exports/", text)
    assert (answer.status_code, answer["Content-Type"]) == (422, PROBLEM)
    assert wish in answer.json()["detail"]

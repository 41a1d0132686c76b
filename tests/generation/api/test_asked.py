"""A field that an endpoint does not know is named, at every endpoint that takes a body."""

from io import BytesIO

import pytest

from config.api.schema import document
from raters.models import Study
from tests.factories import make_study
from tests.flows.test_api_access import World, described, world  # noqa: F401  (a fixture)
from tests.raters.api.asking import rater, researcher

pytestmark = pytest.mark.django_db


def taking() -> list[str]:
    return [path for (_, path), operation in described() if "requestBody" in operation]


@pytest.mark.parametrize("path", taking())
def test_a_field_that_an_endpoint_does_not_know_is_refused_by_name(world: World, path):  # noqa: F811
    alice, theo = researcher(world.alice), rater(world.theo)
    asker = theo if path.startswith("rate/") else alice
    answer = asker.post(world.address(path), world.body(path) | {"sead": 5})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "sead"
    assert error["detail"].startswith("There is no field 'sead'; there are: ")


def test_nothing_is_made_of_what_has_a_field_too_many():
    study = make_study()
    asked = {"name": "another", "question_set": study.question_set_id, "sources": [1, 2]}
    answer = researcher(study.owner).post("studies/", asked | {"rater_per_triple": 5})
    assert answer.status_code == 422
    assert "raters_per_triple" in answer.json()["detail"], "what there is, is said"
    assert Study.objects.count() == 1


def test_an_inner_field_is_named_with_where_it_stands(world: World):  # noqa: F811
    body = world.body("rate/submit/")
    body["judgement"] |= {"reason": []}
    answer = rater(world.theo).post("rate/submit/", body)
    assert [error["field"] for error in answer.json()["errors"]] == ["judgement.reason"]
    body = world.body("studies/") | {"reasons": [{"key": "a", "name": "b", "slot": 1}]}
    answer = researcher(world.alice).post("studies/", body)
    assert [error["field"] for error in answer.json()["errors"]] == ["reasons.0.slot"]


def test_a_file_of_too_many_fields_is_not_imported(world: World):  # noqa: F811
    body = world.body("question-sets/import/") | {"more": BytesIO(b"{}")}
    answer = researcher(world.alice).post("question-sets/import/", body)
    assert [error["field"] for error in answer.json()["errors"]] == ["more"]


def test_the_document_says_that_there_are_no_other_fields():
    shapes = document()["components"]["schemas"]
    asked = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, operation in described()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    }
    open_shapes = {name for name in asked if shapes[name].get("additionalProperties") is not False}
    assert asked
    assert open_shapes == set()

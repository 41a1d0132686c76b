"""The API does what its OpenAPI document says, asked all that the document allows, and more.

Schemathesis makes the requests, valid and not, for each kind of person; every other one is about
things that exist. Nothing breaks (5xx), and no answer has a status, a kind, or a shape that the
document does not describe.
"""

from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from generation.models import Source
from tests.factories import make_admin, make_researcher
from tests.flows.test_api_access import World, world  # noqa: F401  (a fixture)
from tests.raters.api.asking import Asker, rater, researcher

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = {"owner": 6, "researcher": 2, "admin": 2, "rater": 2, "stranger": 1}


@pytest.fixture(autouse=True)
def connection_kept():
    """The test's transaction outlives the requests, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def asker(who: str, world: World) -> Asker:  # noqa: F811
    people = {
        "stranger": Asker,
        "rater": lambda: rater(world.theo),
        "researcher": lambda: researcher(make_researcher("bob")),
        "owner": lambda: researcher(world.alice),
        "admin": lambda: researcher(make_admin()),
    }
    return people[who]()


def about_what_exists(case: Any, world: World) -> None:  # noqa: F811
    """Put numbers, codes and tokens of the world where the case made some up."""
    path = case.path.removeprefix("/api/v1/")
    if case.path_parameters:
        address = world.address(path).split("/")
        for name in case.path_parameters:
            case.path_parameters[name] = address[path.split("/").index(f"{{{name}}}")]
    real = {
        "question_set": world.set.pk,
        "source": world.source.pk,
        "sources": list(Source.objects.values_list("pk", flat=True)),
        "token": world.token,
    }
    if isinstance(case.body, dict):
        case.body |= {name: value for name, value in real.items() if name in case.body}


@pytest.mark.parametrize("who", EXAMPLES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_answer_breaks_or_differs_from_the_document(who, mode, world):  # noqa: F811
    headers, number = asker(who, world).headers, count()
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES[who],
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case):
            if next(number) % 2:
                about_what_exists(case, world)
            with transaction.atomic():
                answer = case.call(headers=headers)
                transaction.set_rollback(True)
            asked.add((case.method, case.path))
            case.validate_response(answer, checks=CHECKS)

        try:
            check()
        except Exception as problem:
            if "Unsatisfiable" not in type(problem).__name__:
                raise
    assert asked

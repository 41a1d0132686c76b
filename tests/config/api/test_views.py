"""The OpenAPI document is anybody's to read; asked otherwise, it answers as every address does."""

import pytest
from django.test import Client

from tests.raters.api.asking import PROBLEM


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_document_is_only_read(method):
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/v1/schema/", "{}")
    assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM)
    assert answer["Allow"] == "GET, HEAD"
    assert method in answer.json()["detail"]


def test_a_stranger_reads_the_document_or_asks_how_long_it_is():
    whole, head = Client().get("/api/v1/schema/"), Client().head("/api/v1/schema/")
    assert whole.json()["openapi"].startswith("3.")
    assert (head.status_code, head.content) == (200, b"")

"""A script that asks the API: with a researcher's token, a rater's code, or nothing."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from raters.models import Rater
from raters.services.tokens import SCOPES, token_create
from tests.factories import NOW

PROBLEM = "application/problem+json"


class Asker:
    def __init__(self, authorization: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": authorization} if authorization else {}

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", headers=self.headers | headers)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Any = None) -> HttpResponse:
        """A form where the body holds a file, JSON otherwise."""
        body = {} if body is None else body
        is_form = any(hasattr(value, "read") for value in body.values())
        if is_form:
            return self.client.post(f"/api/v1/{path}", body, headers=self.headers)
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body, default=str),
            content_type="application/json",
            headers=self.headers,
        )


def researcher(user: User, *scopes: str) -> Asker:
    """With a new token of these scopes; of all where none is named."""
    given = scopes or tuple(SCOPES)
    _, text = token_create(user=user, name="a script", scopes=given, days=None, now=NOW)
    return Asker(f"Bearer {text}")


def rater(who: Rater) -> Asker:
    return Asker(f"Rater {who.code}")

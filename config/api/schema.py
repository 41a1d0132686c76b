"""The API's OpenAPI document: what the views say of themselves, and what they all have in common.

Common: what a method needs (its scope), and that every error is a problem (problems.py).
"""

from functools import cache
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

PROBLEM = {
    "type": "object",
    "description": "Problem details as in RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "additionalProperties": False,
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


class Described(AutoSchema):
    """An operation says which scope it needs, and is named after its address, not our code."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None and self.scope:
            operation["x-scope"] = self.scope
        return operation

    @property
    def scope(self) -> str:
        return str(getattr(self.view, "scopes", {}).get(self.method, ""))

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_operation_id(self) -> str:
        """studies_open, batches_list: the address without its parameters, and what is done."""
        parts = [p for p in self.path.removeprefix("/api/v1/").split("/") if p and "{" not in p]
        verbs = {
            "GET": "list" if self._is_list_view() else "read",
            "DELETE": "remove",
            "POST": "post",
        }
        return "_".join([*parts, verbs[self.method]]).replace("-", "_")


class WaysIn(OpenApiAuthenticationExtension):
    """The two ways in, as the OpenAPI document names them."""

    target_class = "raters.api.authentication.TokenOrRater"
    name = ["token", "rater"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "A researcher's token."},
            {"type": "http", "scheme": "rater", "description": "A rater's own code."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        scopes = getattr(auto_schema.view, "scopes", {})
        return {"rater" if "rater" in scopes.values() else "token": []}


class NothingElse(OpenApiSerializerExtension):
    """What is sent has the fields that are named, and no other."""

    target_class = "generation.api.asked.Asked"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, True)
        return schema | {"additionalProperties": False}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation may answer with a problem, whatever went wrong."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    answer = {
        "description": "A problem: who asks may not, or what was sent does not do.",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = answer
    return result


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; it does not change while the process runs."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return schema

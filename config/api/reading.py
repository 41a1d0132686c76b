"""The OpenAPI document as plain values for a page: sections, operations, fields in order.

Knows the parts of OpenAPI that ours has. Pure: a dict in, values out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    about: str
    scope: str
    takes: list[Field]
    gives: list[Field]
    status: str


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    operations: list[Operation] = field(default_factory=list)


def sections(document: Schema) -> list[Section]:
    found: dict[str, Section] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = operation["tags"][0]
            section = found.setdefault(name, Section(name))
            section.operations.append(_operation(document, path, method, operation))
    return list(found.values())


def _operation(document: Schema, path: str, method: str, operation: Schema) -> Operation:
    status = min(operation["responses"])
    asked = operation.get("requestBody", {}).get("content", {})
    given = operation["responses"][status].get("content", {})
    taken = [
        Field(each["name"], _kind(document, each["schema"]), bool(each.get("required")), "")
        for each in operation.get("parameters", ())
        if each["in"] == "query"
    ]
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        about=operation.get("description", ""),
        scope=operation.get("x-scope", ""),
        takes=[*taken, *_fields(document, _schema(asked))],
        gives=list(_fields(document, _schema(given))),
        status=status,
    )


def _schema(content: Schema) -> Schema:
    return next((each.get("schema", {}) for each in content.values()), {})


def _fields(document: Schema, schema: Schema) -> Iterator[Field]:
    whole = _resolved(document, schema)
    required = whole.get("required", ())
    for name, inner in whole.get("properties", {}).items():
        about = inner.get("description", "") or ", ".join(_choices(document, inner))
        yield Field(name, _kind(document, inner), name in required, about)


def _choices(document: Schema, schema: Schema) -> list[str]:
    return [str(each) for each in _resolved(document, schema).get("enum", ()) if each is not None]


def _kind(document: Schema, schema: Schema) -> str:
    """ "integer", "list of string", "ReasonShape or null"."""
    whole = _resolved(document, schema)
    kind = whole.get("type", "")
    if kind == "array":
        return f"list of {_kind(document, whole.get('items', {}))}"
    if kind == "object" and whole.get("properties"):
        kind = "{" + ", ".join(whole["properties"]) + "}"
    return f"{kind or 'any'}{' or null' if whole.get('nullable') else ''}"


def _resolved(document: Schema, schema: Schema) -> Schema:
    """A schema with what it refers to in its place."""
    parts = [schema, *schema.get("allOf", ()), *schema.get("oneOf", ())[:1]]
    found: dict[str, Any] = {}
    for part in parts:
        target = part.get("$ref", "")
        found |= document["components"]["schemas"][target.rpartition("/")[2]] if target else {}
        found |= part
    return found

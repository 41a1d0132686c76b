"""Croissant 1.0 metadata (JSON-LD): the files of a data set folder and the type of every column.

A column may have any name, an `@id` may not: what cannot stand there becomes `_`, and the column's
place tells it from others.
"""

import re
from collections.abc import Iterable
from typing import Any

from raters.exports.shape import Task

TYPES = {
    "text": "sc:Text",
    "json": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "texts": "sc:Text",
    "integers": "sc:Integer",
    "booleans": "sc:Boolean",
}
NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_-]+")
LISTS = ("texts", "integers", "booleans")
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(task: Task, parts: Iterable[Any]) -> dict[str, Any]:
    study = task.study
    listed = list(parts)
    closed = study.closed_at
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": " ".join(study.name.split()),
        "description": f"Rationales for {study.question_set.name}, rated blind"
        + (", by simulated raters too." if task.wishes.simulated else "."),
        "version": "1.0.0",
        **({"datePublished": closed.date().isoformat()} if closed else {}),
        "distribution": [_file(part) for part in listed],
        "recordSet": [_records(part) for part in listed],
    }


def _file(part: Any) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": part.path,
        "name": part.path,
        "contentUrl": part.path,
        "contentSize": f"{part.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": part.sha256,
    }


def _records(part: Any) -> dict[str, Any]:
    name = f"{part.config}_{part.split}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            _field(f"{name}/{_slug(column.name, place)}", part.path, column)
            for place, column in enumerate(part.columns)
        ],
    }


def _slug(name: str, place: int) -> str:
    slug = NOT_IN_AN_ID.sub("_", name)
    return name if slug == name else f"{slug}.{place}"


def _field(name: str, path: str, column: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "dataType": TYPES[column.kind],
        **({"repeated": True} if column.kind in LISTS else {}),
        "source": {"fileObject": {"@id": path}, "extract": {"column": column.name}},
    }

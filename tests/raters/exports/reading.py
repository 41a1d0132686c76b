"""What an export yields, read back as its readers would."""

import csv
import io
import json
from typing import Any

from raters.exports import EXPORTS, Tally, Task, Wishes
from raters.exports.manifest import Checked, manifest_of
from raters.models import Study


def content(study: Study, name: str, tally: Tally | None = None, **wishes: Any) -> bytes:
    """The bytes of `name`, such as "dpo.jsonl", made as wished."""
    export, _, form = name.partition(".")
    task = Task(study, Wishes(**wishes), tally or Tally())
    return b"".join(EXPORTS[export].blocks(form, task))


def about_of(study: Study, name: str, **wishes: Any) -> dict[str, Any]:
    """The manifest of that file."""
    export, _, form = name.partition(".")
    task = Task(study, Wishes(**wishes))
    checked = Checked(EXPORTS[export].blocks(form, task))
    list(checked)
    return manifest_of(EXPORTS[export], form, task, checked, file=f"x-{name}")


def text(study: Study, name: str, **options: Any) -> str:
    return content(study, name, **options).decode()


def csv_rows(study: Study, name: str = "ratings.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(study, name))))


def json_rows(study: Study, name: str = "ratings.jsonl", **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(study, name, **options).splitlines()]

"""What an export yields, read back as its readers would."""

import csv
import io
import json
from typing import Any

from raters.exports import EXPORTS, Tally, Wishes, stream
from raters.models import Study


def text(study: Study, name: str, *, per_rater: bool = False, tally: Tally | None = None) -> str:
    wishes = Wishes(per_rater=per_rater)
    return b"".join(stream(EXPORTS[name], study, wishes, tally or Tally())).decode()


def csv_rows(study: Study) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(study, "ratings.csv"))))


def json_rows(study: Study, name: str = "ratings.jsonl", **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(study, name, **options).splitlines()]

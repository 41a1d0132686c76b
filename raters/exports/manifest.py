"""What a file is, so that its reader can trust it: counts, checksum, and the settings behind it.

Made from the study's data alone: no clock, no host. A closed study gives the same bytes for ever,
so the manifest of a download, whose rows are read once more, is that of the file already given.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings

from raters.exports import Export, Tally, Wishes, stream
from raters.models import Study

SUFFIX = ".manifest.json"


class Checked:
    """Passes blocks on, and counts and hashes them on the way."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._digest = hashlib.sha256()
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._digest.update(block)
            self.bytes += len(block)
            yield block

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def manifest(export: Export, study: Study, wishes: Wishes, *, file: str) -> bytes:
    """The manifest of a file that nobody keeps: the rows are made once more and hashed."""
    tally = Tally()
    checked = Checked(stream(export, study, wishes, tally))
    for _ in checked:
        pass
    return manifest_of(export, study, wishes, tally, checked, file=file)


def manifest_of(
    export: Export, study: Study, wishes: Wishes, tally: Tally, checked: Checked, *, file: str
) -> bytes:
    """The manifest of a file of this name that was just written through `checked`."""
    about: dict[str, Any] = {
        "file": file,
        "export": export.name,
        "format_version": export.version,
        "app": "triptych",
        "app_version": app_version(),
        "rows": tally.rows,
        "bytes": checked.bytes,
        "sha256": checked.sha256,
        "counts": {what: n for what, n in sorted(tally.counts.items()) if n},
        "columns": list(export.columns(study)),
        "wishes": {"per_rater": wishes.per_rater} if export.takes_per_rater else {},
        "study": _study(study),
    }
    if tally.prompt_styles:
        about["prompt_styles"] = dict(sorted(tally.prompt_styles.items()))
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()


def _study(study: Study) -> dict[str, Any]:
    sources = study.study_sources.order_by("position")
    return {
        "code": study.code,
        "name": study.name,
        "state": study.state,
        "closed_at": study.closed_at and study.closed_at.isoformat(),
        "protocol": study.protocol,
        "asked": _asked(study),
        "question_set": study.question_set.name,
        "sources": list(sources.values_list("source__name", flat=True)),
        "triples": study.triple_count,
        "raters_per_triple": study.raters_per_triple,
        "triples_per_rater": study.triples_per_rater,
        "most_per_rater": study.most_per_rater,
        "seed": study.seed,
        "funnel": study.funnel,
    }


def _asked(study: Study) -> dict[str, Any]:
    """What raters could say beside the answer, and which assignments came beside the triples."""
    return {
        "shows_gold_answer": study.shows_gold_answer,
        "none_good": study.allows_none_good,
        "too_close": study.allows_too_close,
        "equal_ranks": study.allows_ties,
        "reasons": study.reasons,
        "step_marks": study.asks_step_marks,
        "criteria": study.criteria,
        "comment": study.asks_comment,
        "repeat_percent": study.repeat_percent,
        "check_percent": study.check_percent,
        "counts_partial": study.counts_partial,
    }


@cache
def app_version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]

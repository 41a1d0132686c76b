"""What a file is, so that its reader can trust it: counts, checksum, and what was asked for.

Made from the study's data alone: no clock, no host. A closed study gives the same bytes for ever.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings

from raters.exports import Export
from raters.exports.shape import Task
from raters.models import Study, Withdrawal
from raters.services.conduct import plan_in_short

SUFFIX = ".manifest.json"


class Checked:
    """Passes blocks on, and counts and hashes them on the way; `heard` after each."""

    def __init__(self, blocks: Iterable[bytes], heard: Callable[[], None] | None = None) -> None:
        self._blocks = blocks
        self._heard = heard
        self._digest = hashlib.sha256()
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._digest.update(block)
            self.bytes += len(block)
            yield block
            if self._heard:
                self._heard()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def manifest_of(
    export: Export, form: str, task: Task, checked: Checked, *, file: str
) -> dict[str, Any]:
    """The manifest of a file of this name that was just written through `checked`."""
    about = about_export(export, form, task)
    return {"file": file, "bytes": checked.bytes, "sha256": checked.sha256, **about}


def about_export(export: Export, form: str, task: Task) -> dict[str, Any]:
    """What there is to say of what was just exported, whatever became of its bytes."""
    tally = task.tally
    about: dict[str, Any] = {
        "export": f"{export.name}.{form}",
        "format_version": export.version,
        **application(),
        "rows": tally.rows,
        "counts": {what: n for what, n in sorted(tally.counts.items()) if n},
        "columns": [column.name for column in export.of(form, task).columns(task)],
        "wishes": task.wishes.plain(),
        "is_snapshot": task.is_snapshot,
        "study": about_study(task.study),
    }
    if task.is_snapshot and task.until:
        about["until"] = task.until.isoformat()
    if tally.prompt_styles:
        about["prompt_styles"] = dict(sorted(tally.prompt_styles.items()))
    return about


def as_bytes(about: dict[str, Any]) -> bytes:
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()


def application() -> dict[str, str]:
    return {"app": "triptych", "app_version": app_version()}


def about_study(study: Study) -> dict[str, Any]:
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
        "source_kinds": list(sources.values_list("source__kind", flat=True)),
        "triples": study.triple_count,
        "raters_per_triple": study.raters_per_triple,
        "triples_per_rater": study.triples_per_rater,
        "most_per_rater": study.most_per_rater,
        # While raters rate, the orders could be computed from it.
        **({"seed": study.seed} if study.state == Study.State.CLOSED else {}),
        "funnel": study.funnel,
        "withdrawals": Withdrawal.objects.counted(study),
        "plan": plan_in_short(study=study),
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

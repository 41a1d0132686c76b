"""Reads the exported files that sources are trained on: preference pairs, best-rated rationales.

The file and the manifest beside it are all that passes from raters to training: `dpo.jsonl` (format
2) or `sft.jsonl` (format 2), not conversational. A file that is not the one its manifest describes
is refused in a sentence. Also what a trained preference is to be held against: always the same
source, always the longer text.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = ".manifest.json"
FORMATS = {"dpo.jsonl": 2, "sft.jsonl": 2}
TEXTS = {"dpo.jsonl": ("prompt", "chosen", "rejected"), "sft.jsonl": ("prompt", "completion")}
HELD_OUT_OF = 5
Row = dict[str, Any]


class FileRefused(ValueError):
    """Why a file is not trained on, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`rows` as they stand in the file; `questions` is the name of their question set."""

    export: str
    rows: tuple[Row, ...]
    sha256: str
    split: str
    study: str
    questions: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares of the held-out pairs that a rule without any reading gets right; ties are halves."""

    source: str
    always_source: float
    longer: float


def read_preferences(path: Path, export: str) -> Preferences:
    """The file of this export at `path`, if its manifest vouches for it."""
    about = _manifest(path)
    content = _content(path)
    digest = hashlib.sha256(content).hexdigest()
    if about.get("export") != export:
        raise FileRefused(f"'{path}' is {about.get('export', 'something')!s}, not {export}.")
    if about.get("format_version") != FORMATS[export]:
        raise FileRefused(
            f"'{path}' is of format {about.get('format_version')}; this version reads format "
            f"{FORMATS[export]}: export it again."
        )
    if about.get("sha256") != digest:
        raise FileRefused(
            f"'{path}' is not the file that its manifest describes (its checksum differs): "
            "download both again."
        )
    wishes = about.get("wishes") or {}
    if wishes.get("conversational"):
        raise FileRefused(
            f"'{path}' holds conversations; a source of ours is asked with plain prompts: export "
            "it without --conversational."
        )
    study = about.get("study") or {}
    return Preferences(
        export=export,
        rows=_rows(path, content, export),
        sha256=digest,
        split=str(wishes.get("split") or ""),
        study=str(study.get("code", "")),
        questions=str(study.get("question_set", "")),
    )


def _manifest(path: Path) -> dict[str, Any]:
    beside = path.with_name(path.name + MANIFEST)
    try:
        about = json.loads(beside.read_text("utf-8"))
    except OSError:
        raise FileRefused(
            f"There is no manifest '{beside.name}' beside '{path}': download it from the study's "
            "page, or let `manage.py export` write both."
        ) from None
    except ValueError:
        raise FileRefused(f"The manifest '{beside}' is no JSON: download it again.") from None
    if not isinstance(about, dict):
        raise FileRefused(f"The manifest '{beside}' describes no file: download it again.")
    return about


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise FileRefused(f"'{path}' cannot be read: {problem.strerror}.") from None


def _rows(path: Path, content: bytes, export: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    for number, line in enumerate(content.splitlines(), start=1):
        row = _row(line)
        missing = [name for name in TEXTS[export] if not isinstance(row.get(name), str)]
        if missing:
            raise FileRefused(f"Line {number} of '{path}' has no {' and no '.join(missing)}.")
        rows.append(row)
    if not rows:
        raise FileRefused(f"'{path}' holds no rows: rate more, or ask for less sure ones.")
    return tuple(rows)


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def hold_out(
    found: Preferences, other: Preferences | None = None
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """(to train on, to measure on): the other file, else a fifth of the questions."""
    if found.split in ("validation", "test"):
        raise FileRefused(
            f"This is the {found.split} split, which is kept to measure on: train on the train "
            "split."
        )
    if other is not None:
        known = {(found.study, row["question"]) for row in found.rows}
        shared = {(other.study, row["question"]) for row in other.rows} & known
        if shared:
            raise FileRefused(
                f"{len(shared)} questions are in both files: export the train split, and the "
                "validation split to measure on."
            )
        return found.rows, other.rows
    ordered = sorted({row["question"] for row in found.rows}, key=_drawn)
    measured = set(ordered[: len(ordered) // HELD_OUT_OF])
    if not measured:
        raise FileRefused(
            f"{len(ordered)} questions are too few to hold a fifth of them out: rate more, or name "
            "a file to measure on."
        )
    kept = tuple(row for row in found.rows if row["question"] not in measured)
    return kept, tuple(row for row in found.rows if row["question"] in measured)


def _drawn(question: str) -> str:
    return hashlib.sha256(f"held out\n{question}".encode()).hexdigest()


def each_once(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Every rationale that stands in the pairs, chosen or not, with its prompt, in their order."""
    both = [(row["prompt"], row[side]) for row in rows for side in ("chosen", "rejected")]
    return list(dict.fromkeys(both))


def rules(trained: Sequence[Row], held_out: Sequence[Row]) -> Rules:
    """The source is the one chosen most, less rejected, in what is trained on: no peeking."""
    lead: Counter[str] = Counter()
    for row in trained:
        lead[row["chosen_source"]] += 1
        lead[row["rejected_source"]] -= 1
    source = min(lead, key=lambda name: (-lead[name], name))
    by_source = [_half(row["chosen_source"] == source, row["rejected_source"] == source)
                 for row in held_out]  # fmt: skip
    by_length = [_half(len(row["chosen"]) > len(row["rejected"]),
                       len(row["chosen"]) < len(row["rejected"])) for row in held_out]  # fmt: skip
    return Rules(source, sum(by_source) / len(held_out), sum(by_length) / len(held_out))


def _half(is_right: bool, is_wrong: bool) -> float:
    return 0.5 if is_right == is_wrong else float(is_right)

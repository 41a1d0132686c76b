"""Triptych's own export, `ratings.jsonl` or `ratings.csv`, as lines that ratings_file takes.

Knows the export's columns. Leaves out what does not count (late, partial, of excluded raters,
checks, repeats) and says how many. A comment may have many lines, so a row of the CSV need not be
one line.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KNOWN_BY = {"study", "triple", "kind", "outcome", "counted"}
READ = (*sorted(KNOWN_BY), "question", "rater", "picked")
BROKEN = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as surrogateescape keeps it
WHOLE = 3  # sources, of which best and worst are a whole ranking
Texts = dict[tuple[str, str], str]  # (item, source) -> the text as raters saw it


@dataclass(slots=True)
class OwnExport:
    """Rows as `ratings_file` has them, each with its line; a reason in place of a damaged one."""

    path: Path
    texts: Texts = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[tuple[int, dict[str, Any] | str]]:
        says_picks = self._says_picks()
        for number, row in self._lines():
            if isinstance(row, str):
                yield number, row
                continue
            if str(row.get("counted")).lower() != "true":
                self.left_out["do not count"] += 1
                continue
            shown = _shown(row)
            said = _said(row, shown, says_picks)
            if said is None:
                self.left_out["say that none is good, which ranks nothing"] += 1
                continue
            item = str(row["triple"])
            self.texts.update({(item, source): text for source, _, text in shown if text})
            about = {"item": item, "question": row["question"], "rater": row["rater"]}
            yield number, {**about, "order": [source for source, _, _ in shown], **said}

    def notes(self) -> Iterator[str]:
        yield "The file is Triptych's own export."
        for why, count in sorted(self.left_out.items()):
            yield f"{count} of its ratings {why} and are left out."

    def _says_picks(self) -> bool:
        """Whether only best ones are known; *too close* and *none good* do not say it."""
        for _, row in self._lines():
            if not isinstance(row, str) and row["outcome"] in ("pick", "ranking", "best-worst"):
                few = len(_shown(row)) <= WHOLE
                return row["outcome"] == "pick" or (row["outcome"] == "best-worst" and not few)
        return True

    def _lines(self) -> Iterator[tuple[int, dict[str, Any] | str]]:
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            if self.path.suffix == ".csv":
                reader = csv.DictReader(file)
                for cells in reader:
                    yield reader.line_num, _damage(cells) or cells
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    row = _parsed(line)
                    yield number, row if isinstance(row, str) else _damage(row, line) or row


def own_export(path: Path) -> OwnExport | None:
    """The file as an export of ours, if it is one: its first row has the columns."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        first = file.readline()
    if path.suffix == ".csv":
        columns = set(next(csv.reader([first]), []))
    else:
        row = _parsed(first)
        columns = set() if isinstance(row, str) else set(row)
    return OwnExport(path) if columns >= KNOWN_BY else None


def _parsed(line: str) -> dict[str, Any] | str:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as problem:
        return f"is no JSON: {problem}"
    if not isinstance(row, dict) or not row.keys() >= KNOWN_BY:
        return "is no rating of an export"
    return row


def _damage(row: Mapping[Any, Any], line: str = "") -> str:
    """Why a row cannot be read, or ""."""
    if None in row or (not line and None in row.values()):
        return "has not as many cells as the header"
    if BROKEN.search(line or "".join(row.values())):
        return "is not UTF-8"
    if missing := [name for name in READ if name not in row]:
        return f"lacks {missing[0]!r}"
    if not line:
        ranks = [f"rank_{name}" for name in _slots(row)]
        return next((f"lacks {name!r}" for name in ranks if name not in row), "")
    shown = row.get("shown")
    if not isinstance(shown, list) or not all(isinstance(one, dict) for one in shown):
        return "lacks 'shown', a list of what stood in each slot"
    bad = (name for one in shown for name in ("source", "rank") if name not in one)
    return next((f"lacks the {name!r} of what was shown" for name in bad), "")


def _slots(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row if name[:1] == "a" and name[1:].isdigit() and row[name]]


def _shown(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Source, rank and text of every slot; of a CSV without the text."""
    if "shown" in row:
        shown = row["shown"]
        return [(one["source"], str(one["rank"] or ""), one.get("text", "")) for one in shown]
    return [(row[name], row[f"rank_{name}"], "") for name in _slots(row)]


def _said(
    row: Mapping[str, Any], shown: list[tuple[str, str, str]], says_picks: bool
) -> dict[str, Any] | None:
    """What a line of `ratings_file` says; None where it ranks nothing."""
    outcome = row["outcome"]
    if says_picks:
        return {"pick": {"tie": "too close", "none": "none good"}.get(outcome, row["picked"])}
    if outcome == "none":
        return None
    ranked: dict[str, list[str]] = {}
    for source, rank, _ in shown:
        ranked.setdefault("1" if outcome == "tie" else rank, []).append(source)
    return {"ranking": [ranked[rank] for rank in sorted(ranked)]}

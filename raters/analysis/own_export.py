"""Triptych's own export, `ratings.jsonl` or `ratings.csv`, as lines that ratings_file takes.

Knows the export's columns. Leaves out what does not count (late, partial, of excluded raters,
checks, repeats) and says how many. A comment may have many lines, so a row of the CSV need not be
one line.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KNOWN_BY = {"study", "triple", "kind", "outcome", "counted"}
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
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            if self.path.suffix == ".csv":
                reader = csv.DictReader(file)
                for cells in reader:
                    whole = None not in cells and None not in cells.values()
                    yield reader.line_num, cells if whole else "has not as many cells as the header"
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _parsed(line)


def own_export(path: Path) -> OwnExport | None:
    """The file as an export of ours, if it is one: its first row has the columns."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
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
    return row if isinstance(row, dict) and row.keys() >= KNOWN_BY else "is no rating of an export"


def _shown(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Source, rank and text of every slot; of a CSV without the text."""
    if "shown" in row:
        shown = row["shown"]
        return [(one["source"], str(one["rank"] or ""), one.get("text", "")) for one in shown]
    slots = [name for name in row if name[0] == "a" and name[1:].isdigit() and row[name]]
    return [(row[name], row[f"rank_{name}"], "") for name in slots]


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

"""The figures once more, from the ratings file and its manifest alone: no table is read.

So a reviewer who has the two files has the report's digits. What needs the texts (difficulty,
steps) or the raters' list (who took part) is not in a ratings file and not here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from raters.services.results import OfProtocol, of_protocol
from raters.services.results.annotations import Annotations, Asked, Said, said_in
from raters.services.results.counted import counted_of
from raters.services.results.spread import spread
from raters.statistics import Spreads


@dataclass(frozen=True, slots=True)
class Recomputed:
    ratings: int
    found: OfProtocol
    annotations: Annotations
    spreads: Spreads


def recomputed(lines: Iterable[str], manifest: dict[str, Any]) -> Recomputed:
    """`lines` of ratings.jsonl, in any order, and what its manifest says."""
    about = manifest["study"]
    names = tuple(about["sources"])
    rows = [row for row in map(json.loads, lines) if row["counted"]]
    codes = {
        what: {value: code for code, value in enumerate(sorted({row[what] for row in rows}))}
        for what in ("rater", "question", "triple")
    }
    counted = counted_of([_row(row, codes, names) for row in rows], len(names))
    asked = Asked(
        about["asked"]["reasons"], about["asked"]["step_marks"], about["asked"]["criteria"]
    )
    return Recomputed(
        ratings=len(rows),
        found=of_protocol(counted, names, about["protocol"], about["seed"]),
        annotations=said_in([_said(row, codes, names, asked) for row in rows], asked, names),
        spreads=spread(counted),
    )


def _row(row: dict[str, Any], codes: dict[str, dict[Any, int]], names: tuple[str, ...]) -> Any:
    is_pick = row["outcome"] == "pick"
    ranks = "".join("" if each["rank"] is None else str(each["rank"]) for each in row["shown"])
    return (
        codes["rater"][row["rater"]],
        codes["question"][row["question"]],
        codes["triple"][row["triple"]],
        "".join(map(str, _order(row, names))),
        row["outcome"],
        names.index(row["picked"]) if is_pick else None,
        ranks,
        float("nan") if row["elapsed_ms"] is None else row["elapsed_ms"],
        row["is_simulated"],
    )


def _said(
    row: dict[str, Any], codes: dict[str, dict[Any, int]], names: tuple[str, ...], asked: Asked
) -> Said:
    criteria = [each["name"] for each in asked.criteria]
    scores: list[list[int]] = [[0] * len(criteria) for _ in names] if row["scores"] else []
    for each in row["scores"]:
        scores[_slot(each)][criteria.index(each["criterion"])] = each["points"]
    return Said(
        rater=codes["rater"][row["rater"]],
        question=codes["question"][row["question"]],
        order=_order(row, names),
        reasons=[(_slot(each), each["key"]) for each in row["reasons"]],
        marks=[each["marks"] for each in sorted(row["step_marks"], key=_slot)],
        scores=scores,
    )


def _order(row: dict[str, Any], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(names.index(each["source"]) for each in row["shown"])


def _slot(each: dict[str, Any]) -> int:
    return int(each["slot"][1:]) - 1

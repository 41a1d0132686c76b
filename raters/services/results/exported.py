"""The figures once more, from the ratings file and its manifest alone: no table is read.

So a reviewer who has the two files has the report's digits. Flags and what the texts state are not
in a ratings file, nor is who took part without rating, so suspects and the flow are not here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from raters.models import Assignment
from raters.services.results import OfProtocol, of_protocol
from raters.services.results.annotations import Annotations, Asked, Said, said_in
from raters.services.results.counted import Row, counted_of
from raters.services.results.exclusions import Effects, effects
from raters.services.results.people import Beside, People, best_slot, people
from raters.services.results.planned import Planned, planned
from raters.services.results.reasoning import Reasoning, reasoning, written_by_people
from raters.services.results.robustness import Robustness, robustness
from raters.services.results.spread import spread
from raters.services.results.texts import Shown
from raters.statistics import Spreads

BESIDE = (Assignment.Kind.CHECK, Assignment.Kind.REPEAT)


@dataclass(frozen=True, slots=True)
class Recomputed:
    ratings: int
    found: OfProtocol
    planned: Planned | None
    annotations: Annotations
    people: People
    reasoning: Reasoning
    robustness: Robustness
    effects: Effects | None
    spreads: Spreads


def recomputed(lines: Iterable[str], manifest: dict[str, Any]) -> Recomputed:
    """`lines` of ratings.jsonl, in any order, and what its manifest says."""
    about = manifest["study"]
    names, protocol, seed = tuple(about["sources"]), about["protocol"], about["seed"]
    rows = [json.loads(line) for line in lines]
    beside = [_beside(row, names) for row in rows if row["kind"] in BESIDE and not row["is_late"]]
    key = ">".join(str(names.index(name)) for name in about["plan"]["headline"])
    rules = {row["rater"]: row["excluded"] for row in rows if row["excluded"]}
    everyone = counted_of([_row(row, names) for row in _countable(rows)], len(names))
    rows = [row for row in rows if row["counted"]]
    counted = counted_of([_row(row, names) for row in rows], len(names))
    shown: Shown = {row["triple"]: _texts(row, names) for row in rows}
    asked = Asked(
        about["asked"]["reasons"], about["asked"]["step_marks"], about["asked"]["criteria"]
    )
    human = written_by_people(about["source_kinds"])
    return Recomputed(
        ratings=len(rows),
        found=of_protocol(counted, names, protocol, seed),
        planned=planned(counted, names, protocol, key, about["plan"].get("sides", "")),
        annotations=said_in([_said(row, names, asked) for row in rows], asked, names),
        people=people(counted, beside, rules),
        reasoning=reasoning(counted, shown, names, human),
        robustness=robustness(counted, shown, names, protocol, seed),
        effects=effects(everyone, rules, names, protocol, key),
        spreads=spread(counted),
    )


def _countable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that count, or would were their raters not excluded."""
    kind = Assignment.Kind.STUDY
    whole = [r for r in rows if r["kind"] == kind and not r["is_late"] and not r["is_partial"]]
    return [row for row in whole if not row["is_simulated"]] or whole


def _row(row: dict[str, Any], names: tuple[str, ...]) -> Row:
    return Row(
        rater=row["rater"],
        question=row["question"],
        triple=row["triple"],
        order="".join(map(str, _order(row, names))),
        outcome=row["outcome"],
        picked=names.index(row["picked"]) if row["outcome"] == "pick" else None,
        ranks=_ranks(row),
        elapsed_ms=row["elapsed_ms"],
        simulated=row["is_simulated"],
    )


def _beside(row: dict[str, Any], names: tuple[str, ...]) -> Beside:
    """A check may show two texts of one source, or of another study's: it goes by slot alone."""
    slot = _slot(row) if row["slot"] else None
    return Beside(
        kind=row["kind"],
        rater=row["rater"],
        question=row["question"],
        triple=row["triple"],
        order=() if row["kind"] == Assignment.Kind.CHECK else _order(row, names),
        best=best_slot(row["outcome"], slot, _ranks(row)),
        expected=_slot({"slot": row["expected"]}) if row["expected"] else None,
    )


def _ranks(row: dict[str, Any]) -> str:
    return "".join("" if each["rank"] is None else str(each["rank"]) for each in row["shown"])


def _texts(row: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    by_source = {each["source"]: each["text"] for each in row["shown"]}
    return tuple(by_source[name] for name in names)


def _said(row: dict[str, Any], names: tuple[str, ...], asked: Asked) -> Said:
    criteria = [each["name"] for each in asked.criteria]
    scores: list[list[int]] = [[0] * len(criteria) for _ in names] if row["scores"] else []
    for each in row["scores"]:
        scores[_slot(each)][criteria.index(each["criterion"])] = each["points"]
    return Said(
        rater=row["rater"],
        question=row["question"],
        order=_order(row, names),
        reasons=[(_slot(each), each["key"]) for each in row["reasons"]],
        marks=[each["marks"] for each in sorted(row["step_marks"], key=_slot)],
        scores=scores,
    )


def _order(row: dict[str, Any], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(names.index(each["source"]) for each in row["shown"])


def _slot(each: dict[str, Any]) -> int:
    return int(each["slot"][1:]) - 1

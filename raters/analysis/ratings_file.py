"""Ratings from a CSV or JSONL file, a line each, as arrays; and every line that cannot be read.

    rater,item,ranking,order
    r1,q7,star>human=gptj,human|star|gptj

Knows the columns `rater` (may be missing), `item`, `question` (the item where missing), what the
rater said (`ranking`, or `pick`, or `chosen` and `rejected`) and `order`, the sources as shown,
first slot first. A pick may be `too close` or `none good`. In JSONL a ranking may also be a list
of lists and an order a list. Knows no text of a rationale, so a line of the file is a line.

An export of Triptych itself is told by its columns (own_export).

What most lines say (a ranking or a pick, with or without rater and order, of how many slots) is
what the file says: a line that says something else is damaged. Labels become codes while reading:
a million lines stay small.
"""

import csv
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raters.analysis.own_export import OwnExport, Texts, own_export
from raters.statistics import NONE_GOOD, TIE

Codes = NDArray[np.intp]
Said = tuple[tuple[str, ...], ...]  # sources, best first, equal ones together

RANKINGS, PICKS, PAIRS = "rankings", "picks", "pairs"
OUTCOMES = {"too close": TIE, "none good": NONE_GOOD}
MOST_NAMES = 60  # beyond that a column of names was taken for one of sources
KINDS = {
    "rankings": "a ranking", "picks": "a pick", "pairs": "one chosen and one rejected",
}  # fmt: skip


class UnreadableFile(ValueError):
    """The file as a whole says nothing; the message is a sentence for who gave it."""


class _Damaged(ValueError):
    """A line that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Damage:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ratings:
    """Columns of n ratings; `rater` is None where the file names none, `shown` where no order."""

    form: str  # RANKINGS, PICKS or PAIRS
    sources: tuple[str, ...]  # by name
    rater: Codes | None
    item: Codes
    question: Codes
    best: Codes  # index of the one source picked or ranked first, TIE or NONE_GOOD
    ranks: NDArray[np.float64]  # (n, sources), 1 best, NaN unranked; of picks all NaN
    shown: Codes | None  # (n, slots)
    rater_names: tuple[str, ...] = ()
    texts: tuple[tuple[int, int, str], ...] = ()  # item, source and the text, where there are any
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True)
class Read:
    ratings: Ratings
    damaged: tuple[Damage, ...]


def read_ratings(path: str | Path) -> Read:
    """Read `.csv`, `.jsonl` or `.ndjson`. Raises UnreadableFile where no line can be read."""
    path = Path(path)
    columns = _Columns()
    try:
        own = own_export(path)
        if own is not None:
            return _read_own(own, columns)
        with path.open("rb") as lines:
            if path.suffix == ".csv":
                _read_csv(lines, columns)
            elif path.suffix in (".jsonl", ".ndjson"):
                _read_jsonl(lines, columns)
            else:
                raise UnreadableFile(f"{path.name} ends in neither .csv nor .jsonl")
    except OSError as problem:
        raise UnreadableFile(f"cannot read {path}: {problem.strerror}") from problem
    return columns.finished()


def _read_own(own: OwnExport, columns: "_Columns") -> Read:
    for number, row in own.rows():
        try:
            if isinstance(row, str):
                raise _Damaged(row)
            columns.add(number, row)
        except _Damaged as problem:
            columns.damaged.append(Damage(number, str(problem)))
    found = columns.finished()
    ratings = replace(found.ratings, texts=columns.texts(own.texts), notes=tuple(own.notes()))
    return replace(found, ratings=ratings)


def _read_csv(lines: Iterable[bytes], columns: "_Columns") -> None:
    header: list[str] = []
    for number, raw in enumerate(lines, start=1):
        try:
            line = _decoded(raw, number)
            if not line:
                continue
            cells = next(csv.reader([line], strict=True)) if '"' in line else line.split(",")
            if not header:
                header = _header([cell.strip().lower() for cell in cells])
                continue
            if len(cells) != len(header):
                raise _Damaged(f"has {len(cells)} cells, the header {len(header)}")
            columns.add(number, dict(zip(header, cells, strict=True)))
        except csv.Error as problem:
            columns.damaged.append(Damage(number, f"is no CSV: {problem}"))
        except _Damaged as problem:
            columns.damaged.append(Damage(number, str(problem)))


def _header(names: list[str]) -> list[str]:
    missing = [name for name in ("item",) if name not in names]
    if missing or not {"ranking", "pick", "chosen"} & set(names):
        raise UnreadableFile(
            "the header needs item, and ranking or pick or chosen and rejected; "
            f"it has {', '.join(names)}"
        )
    return names


def _read_jsonl(lines: Iterable[bytes], columns: "_Columns") -> None:
    for number, raw in enumerate(lines, start=1):
        try:
            line = _decoded(raw, number)
            if not line:
                continue
            row = json.loads(line)
            if not isinstance(row, dict):
                raise _Damaged("is no JSON object")
            columns.add(number, row)
        except (json.JSONDecodeError, RecursionError) as problem:
            columns.damaged.append(Damage(number, f"is no JSON: {problem}"))
        except _Damaged as problem:
            columns.damaged.append(Damage(number, str(problem)))


def _decoded(raw: bytes, number: int) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as problem:
        raise _Damaged(f"is not UTF-8 at byte {problem.start + 1}") from problem


@dataclass(frozen=True, slots=True)
class _Shape:
    form: str
    has_rater: bool
    slots: int  # 0 without an order


@dataclass(slots=True)
class _Labels:
    """Codes by first appearance; the file's order is forgotten when they are sorted."""

    code: dict[Any, int] = field(default_factory=dict)

    def of(self, label: Any) -> int:
        return self.code.setdefault(label, len(self.code))

    def names(self, codes: Codes) -> tuple[str, ...]:
        """The labels of these codes, sorted."""
        kept = set(np.unique(codes).tolist())
        return tuple(sorted(label for label, code in self.code.items() if code in kept))


class _Columns:
    """Grows by a line at a time; every distinct judgement and order is understood once."""

    def __init__(self) -> None:
        self.damaged: list[Damage] = []
        self.raters, self.items, self.questions = _Labels(), _Labels(), _Labels()
        self.said, self.orders, self.shapes = _Labels(), _Labels(), _Labels()
        self.rows = {
            name: array("q")
            for name in ("line", "shape", "rater", "item", "question", "said", "order")
        }
        self.understood: dict[Any, tuple[int, int, str, int]] = {}
        self.kept_items: tuple[str, ...] = ()
        self.kept_sources: tuple[str, ...] = ()

    def add(self, number: int, row: Mapping[str, Any]) -> None:
        item = _label(row, "item")
        if not item:
            raise _Damaged("has no item")
        rater = _label(row, "rater")
        said, order, form, slots = self._judgement(row)
        shape = self.shapes.of(_Shape(form, bool(rater), slots))
        values = (
            number, shape, self.raters.of(rater), self.items.of(item),
            self.questions.of(_label(row, "question") or item), said, order,
        )  # fmt: skip
        for column, value in zip(self.rows.values(), values, strict=True):
            column.append(value)

    def _judgement(self, row: Mapping[str, Any]) -> tuple[int, int, str, int]:
        given = tuple(
            str(row.get(name) or "") for name in ("ranking", "pick", "chosen", "rejected", "order")
        )
        if given not in self.understood:
            form, said = _said(row)
            order = _order(row.get("order"), said)
            kept = self.said.of((form, said)), self.orders.of(order), form, len(order)
            self.understood[given] = kept
        return self.understood[given]

    def finished(self) -> Read:
        if not self.rows["line"]:
            raise UnreadableFile("no line of the file can be read" + _first(self.damaged))
        rows = {name: np.array(column, dtype=np.intp) for name, column in self.rows.items()}
        shapes = list(self.shapes.code)
        usual = int(np.argmax(np.bincount(rows["shape"])))
        kept = rows["shape"] == usual
        odd = [
            Damage(int(line), _unlike(shapes[shape], shapes[usual]))
            for line, shape in zip(rows["line"][~kept], rows["shape"][~kept], strict=True)
        ]
        rows = {name: column[kept] for name, column in rows.items()}
        damaged = sorted((*self.damaged, *odd), key=lambda one: one.line)
        return Read(self._arrays(rows, shapes[usual]), tuple(damaged))

    def texts(self, given: Texts) -> tuple[tuple[int, int, str], ...]:
        """By the codes that `finished` has given to items and sources; those that it kept."""
        items = {item: at for at, item in enumerate(self.kept_items)}
        sources = {source: at for at, source in enumerate(self.kept_sources)}
        return tuple(
            (items[item], sources[source], text)
            for (item, source), text in sorted(given.items())
            if item in items and source in sources
        )

    def _arrays(self, rows: Mapping[str, Codes], shape: _Shape) -> Ratings:
        said = {at: one for one, at in self.said.code.items()}
        orders = {at: one for one, at in self.orders.code.items()}
        used = [said[at][1] for at in np.unique(rows["said"])]
        shown = [orders[at] for at in np.unique(rows["order"])]
        named = {name for one in used for group in one for name in group}
        names = tuple(sorted(named.union(*shown) - OUTCOMES.keys()))
        if len(names) > MOST_NAMES:
            raise UnreadableFile(f"{len(names)} sources: more than {MOST_NAMES} are no sources")
        at = {name: i for i, name in enumerate(names)} | OUTCOMES
        self.kept_items, self.kept_sources = self.items.names(rows["item"]), names
        which = np.unique(rows["said"], return_inverse=True)[1]
        order = np.unique(rows["order"], return_inverse=True)[1]
        best = [at[one[0][0]] if len(one[0]) == 1 else TIE for one in used]
        ranks = [_ranks(one if shape.form != PICKS else (), at) for one in used]
        slots = np.array([[at[name] for name in one] for one in shown], dtype=np.intp)
        return Ratings(
            form=shape.form,
            sources=names,
            rater=_in_order(self.raters, rows["rater"]) if shape.has_rater else None,
            item=_in_order(self.items, rows["item"]),
            question=_in_order(self.questions, rows["question"]),
            best=np.array(best, dtype=np.intp)[which],
            ranks=np.array(ranks, dtype=np.float64)[which],
            shown=slots[order] if shape.slots else None,
            rater_names=self.raters.names(rows["rater"]) if shape.has_rater else (),
        )


def _label(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, dict | list | bool):
        raise _Damaged(f"has no text as {name}: {json.dumps(value)}")
    return "" if value is None else str(value).strip()


def _said(row: Mapping[str, Any]) -> tuple[str, Said]:
    """The form of what a line says, and the sources in it, best first."""
    given = [name for name in ("ranking", "pick", "chosen", "rejected") if row.get(name)]
    if given == ["ranking"]:
        return RANKINGS, _ranking(row["ranking"])
    if given == ["pick"]:
        return PICKS, ((_name(row["pick"], "pick"),),)
    if given == ["chosen", "rejected"]:
        return PAIRS, _distinct(tuple((_name(row[name], name),) for name in given), "the pair")
    if not given:
        raise _Damaged("has no ranking, no pick and no chosen and rejected")
    if given in (["chosen"], ["rejected"]):
        raise _Damaged(f"has {given[0]} without {'rejected' if given == ['chosen'] else 'chosen'}")
    raise _Damaged(f"has {' and '.join(given)}: one of them is enough")


def _ranking(value: Any) -> Said:
    groups = value
    if isinstance(value, str):
        groups = [group.split("=") for group in value.split(">")]
    if not isinstance(groups, list):
        raise _Damaged(f"has a ranking that is neither text nor a list: {value!r}")
    said = tuple(
        tuple(sorted(_name(name, "ranking") for name in (one if isinstance(one, list) else [one])))
        for one in groups
    )
    if sum(map(len, said)) < 2:
        raise _Damaged("has a ranking of fewer than two sources")
    return _distinct(said, "the ranking")


def _name(value: Any, column: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Damaged(f"has an empty name in {column}")
    name = value.strip()
    if name in OUTCOMES and column != "pick":
        raise _Damaged(f"has '{name}' in {column}, which only a pick can be")
    return name


def _distinct(said: Said, what: str) -> Said:
    often = Counter(name for group in said for name in group)
    if twice := [name for name, times in often.items() if times > 1]:
        raise _Damaged(f"names {twice[0]} twice in {what}")
    return said


def _order(value: Any, said: Said) -> tuple[str, ...]:
    if not value:
        return ()
    names = value.split("|") if isinstance(value, str) else value
    if not isinstance(names, list):
        raise _Damaged(f"has an order that is neither text nor a list: {value!r}")
    order = tuple(_name(name, "order") for name in names)
    _distinct((order,), "the order")
    for name in (name for group in said for name in group):
        if name not in order and name not in OUTCOMES:
            raise _Damaged(f"says something of {name}, which its order does not show")
    return order


def _ranks(said: Said, at: Mapping[str, int]) -> list[float]:
    ranks = [float("nan")] * sum(1 for index in at.values() if index >= 0)
    for rank, group in enumerate(said, start=1):
        for name in group:
            ranks[at[name]] = float(rank)
    return ranks


def _in_order(labels: _Labels, codes: Codes) -> Codes:
    """Codes by name instead of by appearance, so that the order of lines changes no digit."""
    rank = np.empty(len(labels.code), dtype=np.intp)
    rank[[labels.code[name] for name in sorted(labels.code)]] = np.arange(len(labels.code))
    return np.unique(rank[codes], return_inverse=True)[1].astype(np.intp)


def _unlike(shape: _Shape, usual: _Shape) -> str:
    if shape.form != usual.form:
        return f"says {KINDS[shape.form]}, most lines say {KINDS[usual.form]}"
    if shape.has_rater != usual.has_rater:
        return "has no rater, unlike most lines" if usual.has_rater else "alone has a rater"
    return f"has an order of {shape.slots} slots, most lines have {usual.slots}"


def _first(damaged: list[Damage]) -> str:
    return f"; line {damaged[0].line} {damaged[0].reason}" if damaged else ": it is empty"

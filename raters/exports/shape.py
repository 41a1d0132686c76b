"""The shape that all exports share: a task in, rows out, counts beside.

A row is a dictionary in the order of its columns; how it becomes bytes is for forms.py.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

from raters.models import Study

Kind = Literal[
    "text", "integer", "number", "boolean", "texts", "integers", "booleans", "messages", "json"
]
Row = dict[str, Any]
SPLITS = ("train", "validation", "test")


class ExportRefused(Exception):
    """Says in a sentence why there is no such file, and what there is."""


class Column(NamedTuple):
    """`json` is whatever JSON can hold: text in CSV and Parquet, the thing itself in JSONL.

    An absent text is empty and never null: a reader that takes a column's type from the first part
    of a file reads the rest, too.
    """

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a researcher may ask of an export; each applies where the export says so."""

    per_rater: bool = False
    conversational: bool = False
    min_probability: float = 0.0
    min_raters: int = 1
    split: str = ""
    simulated: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.min_probability < 1:
            raise ExportRefused(
                f"min_probability is a number from 0 to below 1, not {self.min_probability}."
            )
        if self.min_raters < 1:
            raise ExportRefused(f"min_raters is a whole number from 1, not {self.min_raters}.")
        if self.split not in ("", *SPLITS):
            raise ExportRefused(f"There is no split {self.split!r}: {', '.join(SPLITS)}.")

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Wishes":
        """Of names and values as a form, a query or JSON gives them; ExportRefused otherwise."""
        known = {each.name: type(each.default) for each in fields(cls)}
        wished: dict[str, Any] = {}
        for name, value in said.items():
            if name not in known:
                raise ExportRefused(f"There is no wish {name!r}; there are: {', '.join(known)}.")
            try:
                wished[name] = _wish(known[name], value)
            except (TypeError, ValueError, OverflowError) as problem:
                raise ExportRefused(f"{name} cannot be {value!r}.") from problem
        return cls(**wished)

    def plain(self) -> dict[str, Any]:
        """Only what was asked for: what is left at its default is not worth a word."""
        default = asdict(Wishes())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


def _wish(kind: Any, value: Any) -> Any:
    if kind is bool:
        if str(value).lower() not in ("true", "false", "1", "0", "on", ""):
            raise ValueError(value)
        return str(value).lower() in ("true", "1", "on")
    if value == "":
        return {float: 0.0, int: 1, str: ""}[kind]
    return kind(value)


@dataclass(slots=True)
class Tally:
    """Rows written, triples read, and whatever else a format counts (what it left out, and why).

    The study's triples are read in so many `passes`.
    """

    rows: int = 0
    triples: int = 0
    passes: int = 1
    counts: Counter[str] = field(default_factory=Counter)
    prompt_styles: Counter[str] = field(default_factory=Counter)

    def share(self, triples: int) -> float:
        """How much is read of a study of so many triples."""
        return min(1.0, self.triples / max(1, triples * self.passes))

    def add(self, part: "Tally", *, of: str) -> None:
        """What was written and counted of a part of the file, under its name."""
        self.rows += part.rows
        self.counts.update({f"{of}: {what}": n for what, n in part.counts.items()})
        self.prompt_styles.update({f"{of}: {what}": n for what, n in part.prompt_styles.items()})


@dataclass(frozen=True, slots=True)
class Task:
    """One file to make. `until`: nothing later is read of a study that still runs.

    `splits` are worked out once for all that the file holds (splits.py), and so are the keys that
    ask what another asks (repeated.py), where a file has several parts.
    """

    study: Study
    wishes: Wishes = field(default_factory=Wishes)
    tally: Tally = field(default_factory=Tally)
    until: datetime | None = None
    is_snapshot: bool = False
    splits: dict[str, str] = field(default_factory=dict)
    repeated: set[str] | None = None

    @property
    def end(self) -> datetime:
        found = self.until if self.is_snapshot else self.study.closed_at
        assert found, "a study that is not closed is read until some time"
        return found


Rows = Callable[[Task], Iterator[Row]]

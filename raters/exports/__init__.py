"""What leaves a study as a file: one registry that the pages, the command and the links read.

An export is a module with a `lines` function that yields one row of bytes at a time, in an order
that depends on the data alone, and counts in a `Tally` what it wrote and what it left out. Knows
nothing of HTTP or of files on disk (files.py). An export names sources, so it is refused until
the study is closed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from raters.exports import dpo, flags, ratings, stepwise
from raters.exports.shape import Lines, Tally, Wishes
from raters.models import Study

__all__ = ["EXPORTS", "Export", "Tally", "Wishes", "offered", "refusal", "stream"]

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Export:
    """One downloadable file. `version` changes when its columns change their meaning."""

    name: str
    version: int
    content_type: str
    columns: Callable[[Study], tuple[str, ...]]
    lines: Lines
    says: str
    takes_per_rater: bool = False

    def file_name(self, wishes: Wishes) -> str:
        """What the file is called; one made as wished for is no namesake of the plain one."""
        start, dot, ending = self.name.partition(".")
        return f"{start}{'-per-rater' if wishes.per_rater else ''}{dot}{ending}"


EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        Export(
            name="ratings.csv",
            version=3,
            content_type="text/csv; charset=utf-8",
            columns=ratings.csv_columns,
            lines=ratings.csv_lines,
            says="One row a rating, for a spreadsheet or R. Raters are numbered, never named.",
        ),
        Export(
            name="ratings.jsonl",
            version=3,
            content_type="application/jsonl; charset=utf-8",
            columns=ratings.jsonl_columns,
            lines=ratings.jsonl_lines,
            says="The same rows without loss, with the rationales that each rating judged.",
        ),
        Export(
            name="dpo.jsonl",
            version=2,
            content_type="application/jsonl; charset=utf-8",
            columns=dpo.columns,
            lines=dpo.lines,
            says="Chosen and rejected rationales, one row a pair, as TRL's DPOTrainer reads them.",
            takes_per_rater=True,
        ),
        Export(
            name="stepwise.jsonl",
            version=1,
            content_type="application/jsonl; charset=utf-8",
            columns=stepwise.columns,
            lines=stepwise.lines,
            says="Steps with the marks that raters gave them, one row a rationale, in TRL's "
            "stepwise form.",
        ),
        Export(
            name="flags.csv",
            version=1,
            content_type="text/csv; charset=utf-8",
            columns=flags.columns,
            lines=flags.csv_lines,
            says="Questions that raters called broken, with the reason they gave.",
        ),
        Export(
            name="flags.jsonl",
            version=1,
            content_type="application/jsonl; charset=utf-8",
            columns=flags.columns,
            lines=flags.jsonl_lines,
            says="The same flags without loss.",
        ),
    )
}


def offered() -> list[dict[str, Any]]:
    """The exports as a page lists them."""
    return [
        {"name": each.name, "says": each.says, "takes_per_rater": each.takes_per_rater}
        for each in EXPORTS.values()
    ]


def refusal(study: Study) -> str:
    """Why nothing leaves this study yet, in a sentence; empty where it may."""
    if study.state == Study.State.CLOSED:
        return ""
    return (
        f"The study is {study.get_state_display()}. Its exports name the sources, so they are "
        "given once it is closed."
    )


def stream(export: Export, study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    """The file in blocks: large enough for the network, small enough for any memory."""
    block = bytearray()
    for line in export.lines(study, wishes, tally):
        block += line
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)

"""What leaves a study as a file: one registry that pages, API and command read.

An export is a module that says its columns and yields its rows, in an order that depends on the
data alone, and counts in a `Tally` what it wrote and what it left out; forms.py makes bytes of
them. Knows nothing of HTTP or of files on disk (files.py).

What names sources is refused until the study is closed. While it runs there are snapshots of what
names none: flags as they are, ratings with labels for sources (snapshot.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from raters.exports import (
    dpo,
    flags,
    folder,
    guesses,
    kto,
    ratings,
    reward,
    rewardbench,
    sft,
    snapshot,
    statistics,
    stepwise,
)
from raters.exports.forms import FORMS, blocks
from raters.exports.shape import Column, ExportRefused, Rows, Tally, Task, Wishes
from raters.models import Study

__all__ = ["EXPORTS", "Export", "ExportRefused", "Tally", "Task", "Wishes", "offered", "refusal"]

Columns = Callable[[Task], tuple[Column, ...]]
SURE = ("min_probability", "min_raters", "split", "simulated")
TYPES = {**FORMS, "zip": "application/zip"}


@dataclass(frozen=True, slots=True)
class Layout:
    columns: Columns
    rows: Rows


@dataclass(frozen=True, slots=True)
class Export:
    """One export in all its forms. `version` changes when its columns change their meaning.

    `wide`: how CSV and Parquet have it, where the rows of JSONL nest; `running`: what stands for
    it while the study runs, and `says_running` of it where that is not the same.
    """

    name: str
    version: int
    says: str
    layout: Layout
    takes: tuple[str, ...] = ()
    wide: Layout | None = None
    running: Layout | None = None
    says_running: str = ""
    needs_figures: bool = False
    forms: tuple[str, ...] = field(default=tuple(FORMS))

    def of(self, form: str, task: Task) -> Layout:
        if task.is_snapshot and self.running:
            return self.running
        return self.wide if self.wide and form != "jsonl" else self.layout

    def why_not(self, form: str, wishes: Wishes) -> str:
        """Why there is no such file, in a sentence; empty where there is."""
        if form not in self.forms:
            return f"{self.name} is written as {' or '.join(self.forms)}, not as {form}."
        foreign = [name for name in wishes.plain() if name not in self.takes]
        if foreign:
            return f"{self.name} does not take {', '.join(foreign)}; it takes: " + (
                f"{', '.join(self.takes)}." if self.takes else "no wishes."
            )
        return ""

    def file_name(self, form: str, wishes: Wishes, *, is_snapshot: bool = False) -> str:
        """What the file is called; one made as wished for is no namesake of the plain one."""
        said = [
            name.replace("_", "-") if value is True else f"{name.replace('_', '-')}-{value}"
            for name, value in wishes.plain().items()
        ]
        return "-".join([self.name, *said, *(["snapshot"] if is_snapshot else [])]) + f".{form}"

    def blocks(self, form: str, task: Task) -> Iterator[bytes]:
        """The file in blocks, streamed."""
        if form == "zip":
            return folder.blocks(task)
        layout = self.of(form, task)
        return blocks(form, layout.columns(task), layout.rows(task))


def _of(module: Any) -> Layout:
    return Layout(module.columns, module.rows)


EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        Export(
            "ratings",
            5,
            "One row a rating. Raters are numbered, never named. JSONL says everything about the "
            "rationales that each rating judged; CSV and Parquet have a column a slot.",
            _of(ratings),
            wide=Layout(ratings.wide_columns, ratings.wide_rows),
            running=_of(snapshot),
            says_running="One row a rating: when, how long, what was said, of rationales that go "
            "by labels; the same columns in every form.",
        ),
        Export(
            "statistics",
            2,
            "The figures of the results page, one a row, to the last digit.",
            _of(statistics),
            needs_figures=True,
        ),
        Export(
            "dpo",
            2,
            "Chosen and rejected rationales, one row a pair, as TRL's DPOTrainer reads them.",
            _of(dpo),
            takes=("per_rater", "conversational", *SURE),
        ),
        Export(
            "kto",
            2,
            "Rationales that raters liked or did not, one row each, for TRL's KTOTrainer.",
            _of(kto),
            takes=("conversational", *SURE),
        ),
        Export(
            "reward",
            1,
            "The pairs with their margin, for TRL's RewardTrainer.",
            _of(reward),
            takes=("conversational", *SURE),
        ),
        Export(
            "sft",
            2,
            "The best-rated rationale of each question, for TRL's SFTTrainer.",
            _of(sft),
            takes=("conversational", *SURE),
        ),
        Export(
            "stepwise",
            2,
            "Steps with the marks that raters gave them, one row a rationale, in TRL's stepwise "
            "form.",
            _of(stepwise),
            takes=("split", "simulated"),
        ),
        Export(
            "rewardbench",
            1,
            "The pairs in RewardBench's columns, to test a reward model with.",
            _of(rewardbench),
            takes=SURE,
        ),
        Export(
            "flags",
            1,
            "Questions that raters called broken, with the reason they gave.",
            _of(flags),
            running=_of(flags),
        ),
        Export(
            "guesses",
            2,
            "Which kind of writer raters thought had written what, asked at the end.",
            _of(guesses),
        ),
        Export(
            "dataset",
            2,
            "All of it as one folder that datasets.load_dataset reads: Parquet in train, "
            "validation and test, a card, Croissant metadata and checksums.",
            Layout(lambda task: (), lambda task: iter(())),
            takes=("simulated",),
            forms=("zip",),
        ),
    )
}


def offered(study_state: str) -> list[dict[str, Any]]:
    """The exports as a page lists them: those that a study in this state gives."""
    is_closed = study_state == Study.State.CLOSED
    return [
        {
            "name": each.name,
            "says": each.says if is_closed else each.says_running or each.says,
            "takes": each.takes,
            "forms": each.forms,
        }
        for each in EXPORTS.values()
        if is_closed or each.running
    ]


def refusal(study: Study, export: Export | None = None) -> str:
    """Why this does not leave the study yet, in a sentence; empty where it may."""
    if study.state == Study.State.CLOSED:
        return ""
    if study.state != Study.State.DRAFT and export and export.running:
        return ""
    return (
        f"The study is {study.get_state_display()}. Its exports name the sources, so they are "
        "given once it is closed."
    )

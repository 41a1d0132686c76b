"""The data set's card: README.md, whose front matter tells `datasets` which file is which split."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any

import yaml

from raters.exports.shape import Task
from raters.models import Study

SAYS = {
    "dpo": "pairs for direct preference optimisation: `prompt`, `chosen`, `rejected`",
    "kto": "single rationales with a `label`",
    "reward": "pairs with their `margin`, for a reward model",
    "sft": "the best-rated rationale of each question",
    "stepwise": "steps with what raters said of each",
    "rewardbench": "pairs in RewardBench's columns",
    "ratings": "every rating behind the others, one row each",
}


REHEARSED = """
**Ratings by simulated raters are taken in, as was wished.** Simulated raters are programs, for
rehearsals. `is_simulated` says of every row whether they had a say in it: do not publish such rows
as what people prefer.
"""


def card(task: Task, parts: Iterable[Any]) -> str:
    study = task.study
    listed = list(parts)
    by_config = {name: list(of) for name, of in groupby(listed, key=attrgetter("config"))}
    front: dict[str, Any] = {
        "pretty_name": study.name,
        "tags": ["preference", "rationales", "human-feedback", "triptych"],
        "size_categories": [_size(sum(part.rows for part in listed))],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": part.split, "path": part.path} for part in of],
                **({"default": True} if number == 0 else {}),
            }
            for number, (name, of) in enumerate(by_config.items())
        ],
    }
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    rehearsed = REHEARSED if task.wishes.simulated else ""
    return f"---\n{head}---\n\n{_body(study, by_config)}{rehearsed}"


def _body(study: Study, by_config: dict[str, list[Any]]) -> str:
    sources = ", ".join(
        study.study_sources.order_by("position").values_list("source__name", flat=True)
    )
    lines = [
        f"- `{name}`: {SAYS[name]} ({', '.join(f'{part.rows} {part.split}' for part in of)})"
        for name, of in by_config.items()
    ]
    return f"""# {" ".join(study.name.split())}

Rationales by {sources} for questions of {study.question_set.name}, compared by raters who did not
know who wrote which. {study.triple_count} questions with a rationale of each source,
{study.raters_per_triple} raters asked for each, by the protocol "{study.get_protocol_display()}".

{chr(10).join(lines)}

Ratings were counted per question and pair before anything was paired; ties give no pair, and no
pair stands in both directions. Nearly equal questions are in one split, and those that are like a
few-shot example are in none. `ratings` has one split, since it is a record and no training data.
Raters are numbered, never named. `manifest.json` has the checksum of every other file,
`croissant.json` describes every column to machines. Made by Triptych.
"""


def _size(rows: int) -> str:
    for most, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if rows < most:
            return name
    return "100K<n<1M" if rows < 1_000_000 else "n>1M"

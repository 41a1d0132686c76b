"""Preference pairs for direct preference optimisation: prompt, chosen, rejected.

`prompt + chosen` is the sequence as the sources were asked and answered: the prompt holds no
hint, the texts are the generated ones. What raters saw, normalised, stands beside in
`chosen_shown` and `rejected_shown`. Which ratings make which pairs is decided in preferences.py;
this module only reads, joins and writes.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from generation.answers import Choice
from generation.prompts import prompt_for_export
from raters.exports.reading import Member, RatedTriple, rated_triples
from raters.exports.shape import Options, Tally, json_line
from raters.models import Study
from raters.preferences import Judged, Pair, pairs

COLUMNS: tuple[str, ...] = (
    "prompt",
    "chosen",
    "rejected",
    "chosen_shown",
    "rejected_shown",
    "chosen_source",
    "rejected_source",
    "question",
    "wins",
    "ties",
    "losses",
    "raters",
    "probability",
    "margin",
    "rater",
    "weight",
)


def columns(study: Study) -> tuple[str, ...]:
    return COLUMNS


def lines(study: Study, options: Options, tally: Tally) -> Iterator[bytes]:
    """The pairs question by question: pairs never reach over a question, so memory stays flat."""
    for _, of_question in groupby(rated_triples(study), key=attrgetter("question")):
        triples = [triple for triple in of_question if triple.kind == "study"]
        found = pairs(
            [judged for triple in triples for judged in _judged(triple)],
            per_rater=options.per_rater,
        )
        tally.counts.update(dict(found.dropped))
        members = {str(member.rationale): member for t in triples for member in t.members}
        for pair in found.pairs:
            tally.rows += 1
            yield json_line(_row(triples[0], members, pair))


def _judged(triple: RatedTriple) -> Iterator[Judged]:
    positions = {member.pk: position for position, member in enumerate(triple.members)}
    for rating in triple.ratings:
        if rating.counted:
            yield Judged(
                rating=str(rating.pk),
                rater=rating.rater,
                triple=str(triple.number),
                question=triple.question,
                outcome=rating.outcome,  # type: ignore[arg-type]
                picked=None if rating.picked is None else positions[rating.picked],
                rationales=tuple(str(member.rationale) for member in triple.members),
                texts=tuple(member.shown for member in triple.members),
            )


def _row(triple: RatedTriple, members: dict[str, Member], pair: Pair) -> dict[str, Any]:
    choices = [Choice(choice["label"], choice["text"]) for choice in triple.choices]
    prompt = prompt_for_export(triple.question_text, choices)
    chosen, rejected = members[pair.chosen], members[pair.rejected]
    return {
        "prompt": prompt,
        "chosen": _completion(prompt, chosen.text),
        "rejected": _completion(prompt, rejected.text),
        "chosen_shown": chosen.shown,
        "rejected_shown": rejected.shown,
        "chosen_source": chosen.source,
        "rejected_source": rejected.source,
        "question": triple.question,
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
        "raters": pair.raters,
        "probability": pair.probability,
        "margin": pair.margin,
        "rater": pair.rater,
        "weight": pair.weight,
    }


def _completion(prompt: str, text: str) -> str:
    """The text as it follows the prompt: "A:" and " Three plus four ..." join as one sequence."""
    return text if prompt[-1:].isspace() else " " + text.strip()

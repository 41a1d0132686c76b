"""Preference pairs for direct preference optimisation: prompt, chosen, rejected.

`prompt + chosen` is the sequence as the sources were asked and answered: the prompt is in the
format in which both were asked and holds no hint, the texts are the generated ones. What raters
saw, normalised, stands beside in `chosen_shown` and `rejected_shown`. Which ratings make which
pairs is decided in preferences.py; this module only reads, joins and writes. Simulated raters
rehearse: their ratings make no pair, and are counted.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from generation.answers import Choice
from generation.prompts import prompt_for_export, style_for
from raters.exports.reading import Member, RatedTriple, rated_triples
from raters.exports.shape import Tally, Wishes, json_line
from raters.models import Study
from raters.preferences import Judged, Pair, pairs

SIMULATED = "ratings by simulated raters"
STYLES_DIFFER = "pairs whose sources were asked in different styles"
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


def lines(study: Study, wishes: Wishes, tally: Tally) -> Iterator[bytes]:
    """The pairs question by question: pairs never reach over a question, so memory stays flat."""
    for _, of_question in groupby(rated_triples(study), key=attrgetter("question")):
        triples = [triple for triple in of_question if triple.kind == "study"]
        found = pairs(
            [judged for triple in triples for judged in _judged(triple, tally)],
            per_rater=wishes.per_rater,
        )
        tally.counts.update(dict(found.dropped))
        members = {_name(member): member for t in triples for member in t.members}
        for pair in found.pairs:
            tally.rows += 1
            yield json_line(_row(triples[0], members, pair, tally))


def _name(member: Member) -> str:
    """What tells two rationales of a question apart, whatever their primary keys."""
    return f"{member.source}\n{member.text}"


def _judged(triple: RatedTriple, tally: Tally) -> Iterator[Judged]:
    positions = {member.pk: position for position, member in enumerate(triple.members)}
    for rating in triple.ratings:
        if rating.counted and rating.is_simulated:
            tally.counts[SIMULATED] += 1
        elif rating.counted:
            yield Judged(
                rating=str(rating.pk),
                rater=rating.rater,
                triple=str(triple.number),
                question=triple.question,
                outcome=rating.outcome,  # type: ignore[arg-type]
                picked=None if rating.picked is None else positions[rating.picked],
                ranks=rating.ranks_by_position(),
                rationales=tuple(_name(member) for member in triple.members),
                texts=tuple(member.shown for member in triple.members),
            )


def _row(
    triple: RatedTriple, members: dict[str, Member], pair: Pair, tally: Tally
) -> dict[str, Any]:
    choices = [Choice(choice["label"], choice["text"]) for choice in triple.choices]
    chosen, rejected = members[pair.chosen], members[pair.rejected]
    style = _style(chosen, rejected, style_for(choices), tally)
    prompt = prompt_for_export(triple.question_text, choices, style=style)
    return {
        "prompt": prompt,
        "chosen": completion(prompt, chosen.text),
        "rejected": completion(prompt, rejected.text),
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


def _style(chosen: Member, rejected: Member, fits: str, tally: Tally) -> str:
    """The format in which the pair's sources were asked; where they differ, what fits the question.

    A source that nobody asked here (imported, human) goes along with the other.
    """
    asked = {member.style or fits for member in (chosen, rejected) if member.is_asked}
    tally.counts[STYLES_DIFFER] += len(asked) > 1
    style = asked.pop() if len(asked) == 1 else fits
    tally.prompt_styles[style] += 1
    return style


def completion(prompt: str, text: str) -> str:
    """The text as it follows the prompt: "A:" and " Three plus four ..." join as one sequence."""
    return text if prompt[-1:].isspace() else " " + text.strip()

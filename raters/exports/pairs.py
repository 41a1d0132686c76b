"""Questions with the pairs that raters made of their rationales: what every training format reads.

Which ratings make which pairs is decided in preferences.py; this module reads, joins, and counts
what was left out. Simulated raters rehearse: their ratings make no pair, unless that is wished, and
then every row says whether they had a say in it. Pairs never reach over a question, so memory
stays flat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from generation.answers import Choice, read_choices
from generation.prompts import prompt_for_export, style_for
from raters.exports.reading import Member, RatedTriple, Said, preferred_triples
from raters.exports.repeated import repeated_keys
from raters.exports.shape import Column, Task, Wishes
from raters.exports.splits import split_of
from raters.exports.standing import Standing
from raters.preferences import BELOW, Judged, Pair, question_pairs

SIMULATED = "ratings by simulated raters"
SIMULATED_TOO = "ratings by simulated raters that were taken in, as wished"
REPEATED = "of a question that stands under another key too"
UNSURE = "rationales of a pair that is less sure than wished"
STYLES_DIFFER = "pairs whose sources were asked in different styles"


@dataclass(slots=True)
class Asked:
    """One question, its rationales by name, the pairs among them, and the style that fits it.

    `pairs` are as sure as wished, of `all_pairs`. `mark` is what each of its rows says of simulated
    raters, where they are taken in.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]
    members: dict[str, Member]
    pairs: list[Pair]
    all_pairs: tuple[Pair, ...]
    fits: str
    mark: dict[str, bool]

    def prompt(self, style: str) -> str:
        return prompt_for_export(self.text, self.choices, style=style)

    def plain(self) -> str:
        """The question as a person would put it, its choices a line each."""
        lines = [f"({choice.label.lower()}) {choice.text}" for choice in self.choices]
        return "\n".join([self.text, *lines])


def asked_questions(task: Task) -> Iterator[Asked]:
    """The questions of the wished split, in order, with their pairs."""
    split, wishes, tally = split_of(task), task.wishes, task.tally
    triples = preferred_triples(task)
    repeated = repeated_keys(task.study) if task.repeated is None else task.repeated
    for key, of_question in groupby(triples, key=attrgetter("question")):
        if wishes.split and split.get(key) != wishes.split:
            continue
        rated = list(of_question)
        judged = [one for triple in rated for one in _judged(triple, task)]
        found = question_pairs(judged, per_rater=wishes.per_rater)
        if key in repeated:
            tally.counts[REPEATED] += len(found.pairs)
            continue
        for reason, count in found.dropped:
            tally.counts[reason] += count
        sure = [pair for pair in found.pairs if is_sure(pair, wishes)]
        tally.counts[BELOW] += len(found.pairs) - len(sure)
        first = rated[0]
        choices = read_choices(first.choices)
        members = {member.name: member for triple in rated for member in triple.members}
        mark = row_mark(any(one.is_simulated for each in rated for one in each.ratings), wishes)
        fits = style_for(choices)
        about = (key, first.question_text, choices, members)
        yield Asked(*about, sure, found.pairs, fits, mark)


def mark_column(task: Task) -> tuple[Column, ...]:
    return (Column("is_simulated", "boolean"),) if task.wishes.simulated else ()


def row_mark(is_simulated: bool, wishes: Wishes) -> dict[str, bool]:
    return {"is_simulated": is_simulated} if wishes.simulated else {}


def is_taken(is_simulated: bool, task: Task) -> bool:
    """Whether this rating makes rows; one by a simulated rater is counted either way."""
    if is_simulated:
        task.tally.counts[SIMULATED_TOO if task.wishes.simulated else SIMULATED] += 1
    return task.wishes.simulated or not is_simulated


def is_sure(pair: Pair, wishes: Wishes) -> bool:
    return pair.probability >= wishes.min_probability and pair.raters >= wishes.min_raters


def is_label_sure(standing: Standing, task: Task) -> bool:
    """Whether every pair that this one's label rests on is as sure as wished."""
    sure = all(is_sure(pair, task.wishes) for pair in standing.pairs)
    task.tally.counts[UNSURE] += not sure
    return sure


def _judged(triple: RatedTriple[Said], task: Task) -> Iterator[Judged]:
    members, number = triple.members, str(triple.number)
    names, texts = tuple([m.name for m in members]), tuple([m.shown for m in members])
    positions = {member.pk: position for position, member in enumerate(members)}
    for rating, rater, is_simulated, outcome, picked, ranks in triple.ratings:
        if is_simulated and not is_taken(is_simulated, task):
            continue
        at = None if picked is None else positions[picked]
        about = (str(rating), rater, number, triple.question)
        yield Judged(*about, outcome, at, names, texts, ranks)  # type: ignore[arg-type]


def pair_style(chosen: Member, rejected: Member, fits: str, task: Task) -> str:
    """The format in which the pair's sources were asked; where they differ, what fits the question.

    A source that nobody asked here (imported, human) goes along with the other.
    """
    asked = {member.style or fits for member in (chosen, rejected) if member.is_asked}
    task.tally.counts[STYLES_DIFFER] += len(asked) > 1
    style = asked.pop() if len(asked) == 1 else fits
    task.tally.prompt_styles[style] += 1
    return style


def member_style(member: Member, fits: str, task: Task) -> str:
    """The format in which this one's source was asked."""
    style = member.style or fits
    task.tally.prompt_styles[style] += 1
    return style


def completion(prompt: str, text: str) -> str:
    """The text as it follows the prompt: "A:" and " Three plus four ..." join as one sequence."""
    return text if prompt[-1:].isspace() else " " + text.strip()


def said_by(role: str, text: str) -> list[dict[str, Any]]:
    """A text as a conversation of one message."""
    return [{"role": role, "content": text.strip()}]

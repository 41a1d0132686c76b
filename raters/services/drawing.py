"""Draws the triples of a study: which questions, which rationale of each source, as shown.

Reads only, so that nothing waits for it. What is drawn depends on the seed and on the texts alone:
never on names, ids, the order of creation, or the order in which sources were named. Does not
know places or orders (raters.assignment); services/studies.py writes what is drawn here.
"""

import hashlib
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random

from generation.models import Question, QuestionSet, Rationale, Source
from raters.normalisation import Normalised, normalise


class NothingDrawn(Exception):
    """Why there are no triples, as a sentence that says what to do."""


@dataclass
class Funnel:
    """From all questions to the triples drawn; per source by its name. For researchers only.

    `repeated` counts those of `all_right` that ask what another asks, under a later key.
    `identical` counts triples of which two texts are the same as written, `identical_shown` those
    that also, or only, are the same once normalised. Neither gives a pair between the two.
    """

    questions: int = 0
    parsed: dict[str, int] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    all_right: int = 0
    repeated: int = 0
    drawn: int = 0
    identical: int = 0
    identical_shown: int = 0


@dataclass(frozen=True)
class DrawnTriple:
    """One question with a rationale of each source, in the order of `Drawing.sources`."""

    question: Question
    rationales: list[Rationale]
    shown: list[Normalised]

    @property
    def has_identical_texts(self) -> bool:
        return _some_alike([rationale.text for rationale in self.rationales])

    @property
    def has_identical_shown(self) -> bool:
        return _some_alike([text.text for text in self.shown])


@dataclass(frozen=True)
class Drawing:
    """`sources` stand in an order that their texts decide: it names nobody."""

    sources: list[Source]
    triples: list[DrawnTriple]
    funnel: Funnel


# The ids of a source's right rationales for each question, sorted by text.
Samples = dict[int, list[int]]


def draw_triples(
    *,
    question_set: QuestionSet,
    sources: list[Source],
    wanted: int | None,
    seed: int,
    among: set[int] | None = None,
) -> Drawing:
    """One triple for each of `wanted` questions (all if None) that every source got right.

    What two questions ask alike is asked once, as the one whose key comes first has it.
    `among` are the primary keys of those that may be drawn; None: any of the set.
    """
    rng = Random(seed)
    funnel = Funnel(questions=question_set.questions.count())
    found = [_right_samples(source, question_set, funnel) for source in sources]
    by_texts = sorted(zip(found, sources, strict=True), key=lambda pair: pair[0][0])
    samples = [_only(right, among) for (_, right), _ in by_texts]
    questions = _questions(question_set, [source.name for source in sources], samples, funnel)
    if wanted and wanted > len(questions):
        raise NothingDrawn(
            f"{wanted} questions were asked for, but every source is right on {len(questions)} "
            f"different ones of '{question_set.name}' only."
        )
    questions = rng.sample(questions, wanted or len(questions))
    chosen = [[rng.choice(right[question.pk]) for right in samples] for question in questions]
    rationales = Rationale.objects.in_bulk([pk for row in chosen for pk in row])
    triples = [
        _shown(question, [rationales[pk] for pk in row])
        for question, row in zip(questions, chosen, strict=True)
    ]
    funnel.drawn = len(triples)
    funnel.identical = sum(triple.has_identical_texts for triple in triples)
    funnel.identical_shown = sum(triple.has_identical_shown for triple in triples)
    return Drawing([source for _, source in by_texts], triples, funnel)


def _right_samples(
    source: Source, question_set: QuestionSet, funnel: Funnel
) -> tuple[str, Samples]:
    """A digest of the source's right texts, and these by question."""
    own = Rationale.objects.filter(source=source, question__question_set=question_set, hinted=False)
    parsed = own.exclude(verdict=Rationale.Verdict.UNPARSED)
    samples: Samples = {}
    digest = hashlib.sha256()
    for text, pk, question in sorted(
        own.reaching_gold().values_list("text", "pk", "question").iterator()
    ):
        digest.update(hashlib.sha256(text.encode()).digest())
        samples.setdefault(question, []).append(pk)
    funnel.parsed[source.name] = parsed.values("question").distinct().count()
    funnel.right[source.name] = len(samples)
    return digest.hexdigest(), samples


def _only(samples: Samples, among: set[int] | None) -> Samples:
    return samples if among is None else {q: s for q, s in samples.items() if q in among}


def _questions(
    question_set: QuestionSet, names: list[str], samples: list[Samples], funnel: Funnel
) -> list[Question]:
    """The different ones that every source got right, sorted by what they say."""
    everywhere = set.intersection(*(set(right) for right in samples))
    funnel.all_right = len(everywhere)
    if not everywhere:
        raise NothingDrawn(
            f"No question of '{question_set.name}' was answered right by every one of "
            f"{', '.join(names)}; choose other sources or add samples."
        )
    by_key = sorted(question_set.questions.defer("solution"), key=attrgetter("key"))
    different: dict[str, Question] = {}
    for question in by_key:
        if question.pk in everywhere:
            different.setdefault(question.asks, question)
    funnel.repeated = len(everywhere) - len(different)
    return sorted(different.values(), key=_content)


def _content(question: Question) -> tuple[str, ...]:
    """What questions are sorted by, alike on every database: their key comes last."""
    return question.text, str(question.choices), question.gold_answer, question.key


def _shown(question: Question, rationales: list[Rationale]) -> DrawnTriple:
    gold, choices = question.gold_shown, question.offered
    texts = [
        normalise(rationale.text, gold_display=gold, choices=choices) for rationale in rationales
    ]
    return DrawnTriple(question, rationales, texts)


def _some_alike(texts: list[str]) -> bool:
    return len(set(texts)) < len(texts)

"""What a room sees: from a workshop's rows to a frozen plain value. The one place that reveals.

A scene holds no row, key, source or model. Who wrote what is in it at the stage REVEAL and at no
other, so no page before can leak it. A scene depends on the workshop's version alone, because
nothing is taken while bars are shown: it is kept, and two hundred phones cost one reading.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Count

from generation.answers import Choice
from raters.models import (
    Stage,
    Workshop,
    WorkshopItem,
    WorkshopParticipant,
    WorkshopResponse,
)
from raters.services.workshops.taking_part import answers_open, picks_open

MOST_BARS, KEPT_SECONDS = 8, 300


@dataclass(frozen=True, slots=True)
class Bar:
    """`name` "" is all the answers that have no bar of their own."""

    name: str
    count: int
    percent: int
    is_correct: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """`stage` is "waiting", "question", "triple", "bars", "reveal" or "ended"."""

    stage: str
    number: int = 0
    total: int = 0
    question: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    gold: str = ""
    texts: tuple[tuple[str, ...], ...] = ()
    answers: tuple[Bar, ...] = ()
    picks: tuple[Bar, ...] = ()
    writers: tuple[str, ...] = ()
    takes_answers: bool = False
    takes_picks: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """What this phone said of the question that is shown; `pick` 1 is A1."""

    answer: str = ""
    pick: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many phones are in the room, and how many said what is asked now."""

    here: int
    given: int


def scene_of(workshop: Workshop) -> Scene:
    key = f"workshop-scene:{workshop.code}:{workshop.version}"
    scene: Scene | None = cache.get(key)
    if scene is None:
        scene = _scene(workshop)
        cache.set(key, scene, KEPT_SECONDS)
    return scene


def own_of(participant: WorkshopParticipant) -> Own:
    workshop = participant.workshop
    own = participant.responses.filter(item__workshop=workshop, item__position=workshop.at).first()
    if own is None:
        return Own()
    return Own(own.answer, None if own.slot is None else own.slot + 1)


def counts_of(workshop: Workshop) -> Counts:
    said = WorkshopResponse.objects.filter(item__workshop=workshop, item__position=workshop.at)
    said = said.exclude(answer="") if workshop.stage == Stage.QUESTION else said.exclude(slot=None)
    return Counts(workshop.participants.count(), said.count())


def _scene(workshop: Workshop) -> Scene:
    if workshop.ended_at is not None:
        return Scene("ended")
    here = workshop.items.filter(position=workshop.at).select_related("question").first()
    total = workshop.items.count()
    if here is None:
        return Scene("waiting", total=total)
    stage = Stage(workshop.stage)
    question, texts = here.question, list(here.texts.order_by("slot").select_related("source"))
    choices = question.offered
    is_triple, has_bars = stage >= Stage.TRIPLE, stage >= Stage.BARS
    is_revealed = stage == Stage.REVEAL
    return Scene(
        stage=stage.label,
        number=here.position + 1,
        total=total,
        question=question.text,
        choices=choices,
        gold=question.gold_shown if is_triple else "",
        texts=tuple(tuple(t.shown_text.splitlines()) for t in texts) if is_triple else (),
        answers=_answer_bars(here, choices) if has_bars else (),
        picks=_pick_bars(here, len(texts)) if has_bars else (),
        writers=tuple(text.source.name for text in texts) if is_revealed else (),
        takes_answers=answers_open(workshop, here),
        takes_picks=picks_open(workshop, here),
    )


def _pick_bars(item: WorkshopItem, slots: int) -> tuple[Bar, ...]:
    found = item.responses.exclude(slot=None).values_list("slot").annotate(n=Count("id"))
    counts = dict(found.order_by())
    return _bars((f"A{slot + 1}", counts.get(slot, 0), False) for slot in range(slots))


def _answer_bars(item: WorkshopItem, choices: tuple[Choice, ...]) -> tuple[Bar, ...]:
    """Choices in their order; numbers by value, the most frequent ones and the rest together."""
    found = item.responses.exclude(answer="").values_list("answer").annotate(n=Count("id"))
    counts = Counter(dict(found.order_by()))
    gold = item.question.gold_answer
    if choices:
        return _bars(
            (f"({choice.label.lower()}) {choice.text}", counts[choice.label], choice.label == gold)
            for choice in choices
        )
    ranked = sorted(counts.items(), key=lambda each: (-each[1], Fraction(each[0])))
    own, rest = ranked[:MOST_BARS], ranked[MOST_BARS:]
    named = [(name, count, name == gold) for name, count in sorted(own, key=_value)]
    return _bars([*named, *([("", sum(n for _, n in rest), False)] if rest else [])])


def _value(counted: tuple[str, int]) -> Fraction:
    return Fraction(counted[0])


def _bars(counted: Iterable[tuple[str, int, bool]]) -> tuple[Bar, ...]:
    rows = list(counted)
    total = sum(count for _, count, _ in rows)
    return tuple(
        Bar(name, count, round(100 * count / total) if total else 0, is_correct)
        for name, count, is_correct in rows
    )


@dataclass(frozen=True, slots=True)
class WorkshopLine:
    code: str
    name: str
    join_code: str
    questions: int
    here: int
    created_at: datetime
    ended_at: datetime | None
    owner: str


def workshop_lines(*, user: User) -> list[WorkshopLine]:
    """A presenter's workshops, newest first; an admin's are all."""
    found = Workshop.objects.of(user).select_related("owner")
    counted = found.annotate(
        questions=Count("items", distinct=True), here=Count("participants", distinct=True)
    )
    return [
        WorkshopLine(
            code=each.code,
            name=each.name,
            join_code=each.join_code or "",
            questions=each.questions,
            here=each.here,
            created_at=each.created_at,
            ended_at=each.ended_at,
            owner=each.owner.get_username(),
        )
        for each in counted
    ]

"""What the pages and the command show of training runs, as plain values. Writes nothing.

Reads what the parts left: a loop's figures are counted from the rationales of its batches, so they
are those of anyone who counts again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from generation.models import GenerationBatch, QuestionSet, Rationale, TrainingPart, TrainingRun
from generation.services.training_settings import read_settings
from generation.steps import split_steps

Name, State = TrainingPart.Name, TrainingPart.State


@dataclass(frozen=True, slots=True)
class LoopLine:
    """One loop; shares are of its questions, None as long as they are not known. `by_size`:
    digits or steps -> (right, asked)."""

    number: int
    source: str
    source_pk: int | None
    questions: int
    right: int | None
    rationalized: int | None
    steps: int
    steps_done: int
    loss: float | None
    checkpoint_hash: str
    accuracy: float | None
    by_size: dict[int, tuple[int, int]]

    @property
    def failed(self) -> int | None:
        if self.right is None or self.rationalized is None:
            return None
        return self.questions - self.right - self.rationalized

    def share(self, count: int | None) -> float | None:
        return 100 * count / self.questions if count is not None and self.questions else None


@dataclass(frozen=True, slots=True)
class RunLine:
    """`accuracy` is of held-out questions, `preference` of held-out pairs, both in per cent."""

    pk: int
    name: str
    kind: str
    is_star: bool
    base: str
    question_set: str
    state: str
    rationalizes: bool
    loops: int
    loops_done: int
    accuracy: float | None
    preference: float | None
    created_at: datetime


def training_runs(*, sets: QuerySet[QuestionSet]) -> QuerySet[TrainingRun]:
    """The runs whose question sets one works with, both of them."""
    kept = TrainingRun.objects.filter(question_set__in=sets, held_out__in=sets)
    return kept.select_related("base", "question_set", "held_out", "created_by", "parent")


def run_lines(*, runs: Iterable[TrainingRun]) -> list[RunLine]:
    return [_run_line(run) for run in runs]


def _run_line(run: TrainingRun) -> RunLine:
    asked, is_star = read_settings(run.settings), run.kind == TrainingRun.Kind.STAR
    done = run.parts.filter(name=Name.MEASURE, state=State.DONE).select_related("batch")
    measured = done.order_by("-loop").first() if is_star else None
    sizes = by_size(measured.batch) if measured and measured.batch else {}
    trained = run.parts.filter(name=Name.TRAIN).first()
    preferred = trained.told.get("held_out_accuracy") if trained and not is_star else None
    return RunLine(
        pk=run.pk,
        name=run.name,
        kind=run.get_kind_display(),
        is_star=is_star,
        base=run.base.name,
        question_set=run.question_set.name,
        state=run.state,
        rationalizes=asked.rationalizes,
        loops=asked.loops,
        loops_done=measured.loop if measured else 0,
        accuracy=_accuracy(sizes),
        preference=None if preferred is None else 100 * preferred,
        created_at=run.created_at,
    )


def run_loops_shown(*, run: TrainingRun) -> list[LoopLine]:
    """A line a loop that has begun, the base as loop 0."""
    parts = {(part.loop, part.name): part for part in run.parts.select_related("source", "batch")}
    return [_line(run, parts, loop) for loop in range(max((n for n, _ in parts), default=-1) + 1)]


def _line(run: TrainingRun, parts: dict[tuple[int, str], TrainingPart], loop: int) -> LoopLine:
    train, measured = parts.get((loop, Name.TRAIN)), parts.get((loop, Name.MEASURE))
    is_measured = measured is not None and measured.state == State.DONE
    sizes = by_size(measured.batch) if measured and is_measured and measured.batch else {}
    source = run.base if loop == 0 else train.source if train else None
    hinted = Rationale.objects.filter(pk__in=train.kept_ids, hinted=True).count() if train else None
    return LoopLine(
        number=loop,
        source=source.name if source else "",
        source_pk=source.pk if source else None,
        questions=run.question_set.questions.count() if loop else 0,
        right=len(train.kept_ids) - hinted if train and hinted is not None else None,
        rationalized=hinted,
        steps=train.steps if train else 0,
        steps_done=train.steps_done if train else 0,
        loss=train.loss if train else None,
        checkpoint_hash=train.checkpoint_hash if train else "",
        accuracy=_accuracy(sizes),
        by_size=sizes,
    )


def by_size(batch: GenerationBatch) -> dict[int, tuple[int, int]]:
    """Digits of a sum, or steps of a solution (0 where none is known) -> (right, asked)."""
    rows = Rationale.objects.filter(batch=batch, hinted=False, sample_index=0).order_by()
    right, asked = Counter[int](), Counter[int]()
    for verdict, text, solution in rows.values_list(
        "verdict", "question__text", "question__solution"
    ):
        size = _size(batch.source.style, text, solution)
        asked[size] += 1
        right[size] += verdict == Rationale.Verdict.RIGHT
    return {size: (right[size], asked[size]) for size in sorted(asked)}


def _size(style: str, text: str, solution: str) -> int:
    if style.startswith("addition"):
        return len(text.partition("+")[0].split())
    return len(split_steps(solution)) if solution else 0


def _accuracy(sizes: dict[int, tuple[int, int]]) -> float | None:
    asked = sum(n for _, n in sizes.values())
    return 100 * sum(right for right, _ in sizes.values()) / asked if asked else None


def run_siblings(*, run: TrainingRun) -> list[TrainingRun]:
    """Other runs from the same base on the same data, to be drawn beside it; at most three."""
    same = Q(kind=run.kind, base=run.base, question_set=run.question_set, held_out=run.held_out)
    return list(TrainingRun.objects.filter(same).exclude(pk=run.pk).order_by("-pk")[:3])


def run_now(*, run: TrainingRun) -> dict[str, Any]:
    """What is under way, in plain values: which part of which loop."""
    part = run.parts.exclude(state=State.DONE).select_related("batch").order_by("-pk").first()
    if part is None or run.state != TrainingRun.State.RUNNING:
        return {}
    return {
        "loop": part.loop,
        "name": part.name,
        "waits": part.name == Name.TRAIN and part.state == State.QUEUED,
        "batch": part.batch_id,
        "steps": part.steps,
        "steps_done": part.steps_done,
        "loss": part.loss,
    }

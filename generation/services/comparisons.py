"""Sources that learned from one base, side by side with it: on held-out questions and pairs.

Training on every right rationale, on the best rated and by DPO are three answers to one question.
A comparison is a training run whose parts only measure (training.py); it refuses a source that
learned from what it would be measured on.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from generation.datasets.preferences import FileRefused, Preferences, read_preferences
from generation.models import Question, QuestionSet, Rationale, Source, TrainingRun
from generation.services.preferring import preferring_rows
from generation.services.training import check_run_name, run_advance
from generation.services.training_settings import TrainingRefused

EXPORT = "dpo.jsonl"


@dataclass(frozen=True)
class ComparisonSettings:
    """`sources` by their numbers, the base first; `sha256` is of the file of `pairs`."""

    sources: tuple[int, ...]
    pairs: str
    sha256: str
    max_new_tokens: int = 256


def comparison_create(
    *,
    name: str,
    base: Source,
    sources: Sequence[Source],
    held_out: QuestionSet,
    pairs: Path,
    now: datetime,
    max_new_tokens: int = 256,
    user: User | None = None,
) -> TrainingRun:
    """Freeze what is compared and begin to measure."""
    name = check_run_name(name)
    if not sources:
        raise TrainingRefused("Choose at least one source that learned from the base.")
    if not held_out.questions.exists():
        raise TrainingRefused(f"'{held_out.name}' holds no questions; import some first.")
    if not 1 <= max_new_tokens <= 100_000:
        raise TrainingRefused(f"A rationale has 1 to 100,000 tokens, not {max_new_tokens}.")
    found = read_preferences(pairs, EXPORT)
    rated = QuestionSet.objects.filter(name=found.questions).first()
    if rated is None:
        raise TrainingRefused(
            f"The file comes from the question set '{found.questions}', which is not here: import "
            "it under that name."
        )
    for source in sources:
        _check_source(source, base, held_out, found, rated)
    asked = ComparisonSettings(
        sources=(base.pk, *(source.pk for source in sources)),
        pairs=str(pairs.absolute()),
        sha256=found.sha256,
        max_new_tokens=max_new_tokens,
    )
    with transaction.atomic():
        run = TrainingRun.objects.create(
            name=name,
            kind=TrainingRun.Kind.COMPARE,
            base=base,
            question_set=rated,
            held_out=held_out,
            settings=asdict(asked),
            created_by=user,
            created_at=now,
        )
        transaction.on_commit(partial(run_advance, run_id=run.pk, now=now))
    run.refresh_from_db()
    return run


def comparable_sources(*, base: Source) -> list[Source]:
    """What was trained from this base, and from the base alone."""
    made = Source.objects.filter(training_part__run__base=base)
    return list(made.select_related("training_part__run").order_by("training_part"))


def compared_pairs(*, run: TrainingRun) -> Preferences:
    """The pairs that are scored, if the file still is what was queued."""
    found = read_preferences(Path(run.settings["pairs"]), EXPORT)
    if found.sha256 != run.settings["sha256"]:
        raise FileRefused(
            f"'{run.settings['pairs']}' was replaced since this was queued: queue a new comparison."
        )
    return found


def _check_source(
    source: Source, base: Source, held_out: QuestionSet, pairs: Preferences, rated: QuestionSet
) -> None:
    part = getattr(source, "training_part", None)
    if part is None or part.run.base_id != base.pk:
        raise TrainingRefused(f"'{source.name}' was not trained from '{base.name}'.")
    learned = _learned(part.run, part.kept_ids)
    scored = rated.questions.filter(key__in={row["question"] for row in pairs.rows})
    for questions, what in (
        (held_out.questions, f"of '{held_out.name}'"),
        (scored, "of the pairs"),
    ):
        shared = sum(text in learned for text in questions.values_list("text", flat=True))
        if shared:
            raise TrainingRefused(
                f"'{source.name}' learned from {shared} questions {what}: measure on what none of "
                "the sources has seen, such as the validation split."
            )


def _learned(run: TrainingRun, kept_ids: list[int]) -> set[str]:
    """The texts of the questions whose rationales a run trained on."""
    if run.kind == TrainingRun.Kind.STAR:
        kept: Any = Rationale.objects.filter(pk__in=kept_ids)
        return set(kept.values_list("question__text", flat=True))
    keys = {row["question"] for row in preferring_rows(run=run)}
    asked = Question.objects.filter(question_set=run.question_set, key__in=keys)
    return set(asked.values_list("text", flat=True))

"""Which split a question belongs to: train, validation or test, or none where models were shown it.

Nearly equal questions (likeness.py) go together. A group's split is the hash of its template, so it
is the same on every run, whatever is added to the question set later. Few-shot examples (those we
ship, and those of the study's sources) are grouped along: whatever is like one is in no split.
"""

import hashlib
from functools import lru_cache

from django.db.models import QuerySet

from generation.models import Question
from generation.prompts import STYLES, few_shot_examples, read_examples
from raters.exports.likeness import groups
from raters.exports.shape import Task
from raters.models import Study

OF_TEN = ("train",) * 8 + ("validation", "test")
EXAMPLE = "example:"


def split_of(task: Task) -> dict[str, str]:
    """Split by the question's key, for those that have one; nothing where no split is wished."""
    if not task.wishes.split:
        return {}
    return splits(task)


def splits(task: Task) -> dict[str, str]:
    found = _questions(task.study).order_by("key").values_list("key", "text")
    return dict(_assigned(tuple(found.iterator()), _examples(task)))


def _questions(study: Study) -> QuerySet[Question]:
    """Those that its set held when the study was made: what comes later moves none of them."""
    found = Question.objects.filter(question_set=study.question_set_id)
    return found.filter(pk__lte=study.last_question) if study.last_question else found


@lru_cache(maxsize=1)  # three splits of one study in a row ask the same
def _assigned(
    questions: tuple[tuple[str, str], ...], examples: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    texts = {f"q:{key}": text for key, text in questions}
    texts |= {f"{EXAMPLE}{number}": text for number, text in enumerate(examples)}
    of_group = groups(texts)
    shown = {group for key, group in of_group.items() if key.startswith(EXAMPLE)}
    return tuple(
        (key, _drawn(of_group[f"q:{key}"]))
        for key, _ in questions
        if of_group[f"q:{key}"] not in shown
    )


def _drawn(group: str) -> str:
    digest = hashlib.sha256(f"triptych split 1\n{group}".encode()).digest()
    return OF_TEN[int.from_bytes(digest[:8]) % len(OF_TEN)]


def _examples(task: Task) -> tuple[str, ...]:
    ours = {example.text for style in STYLES for example in few_shot_examples(style)}
    texts = task.study.study_sources.exclude(source__examples="").values_list("source__examples")
    theirs = {example.text for (text,) in texts for example in read_examples(text)}
    return tuple(sorted(ours | theirs))

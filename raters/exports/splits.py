"""Which split a question belongs to: train, validation or test, or none where models were shown it.

Nearly equal questions (likeness.py) go together. A group's split is drawn from the digest of its
template, so it is the same on every run, whatever is added to the question set later. Few-shot
examples (those we ship, and those of the study's sources) are grouped along: whatever is like one
is in no split.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.db.models import QuerySet

from generation.models import Question
from generation.prompts import STYLES, few_shot_examples, read_examples
from raters.exports.likeness import groups
from raters.exports.shape import Task
from raters.models import Study

OF_TEN = ("train",) * 8 + ("validation", "test")


def split_of(task: Task) -> dict[str, str]:
    """Split by the question's key, for those that have one; nothing where no split is wished."""
    if task.wishes.split and not task.splits:
        task.splits.update(splits(task))
    return task.splits if task.wishes.split else {}


def splits(task: Task) -> dict[str, str]:
    found = _questions(task.study).values_list("key", "text")
    return assigned(found.iterator(), _examples(task))


def assigned(questions: Iterable[tuple[str, str]], examples: Sequence[str]) -> dict[str, str]:
    """Of questions by key, read once. A number is the key of an example."""
    group_of = groups(chain(enumerate(examples), questions))
    shown = {group_of.pop(number) for number in range(len(examples))}
    return {
        str(key): OF_TEN[group % len(OF_TEN)]
        for key, group in group_of.items()
        if group not in shown
    }


def _questions(study: Study) -> QuerySet[Question]:
    """Those that its set held when the study was made: what comes later moves none of them."""
    found = Question.objects.filter(question_set=study.question_set_id)
    return found.filter(pk__lte=study.last_question) if study.last_question else found


def _examples(task: Task) -> tuple[str, ...]:
    ours = {example.text for style in STYLES for example in few_shot_examples(style)}
    texts = task.study.study_sources.exclude(source__examples="").values_list("source__examples")
    theirs = {example.text for (text,) in texts for example in read_examples(text)}
    return tuple(sorted(ours | theirs))

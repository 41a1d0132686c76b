"""Rows for tests, made through the services: people, questions, rationales, studies, ratings.

Every clock reads `NOW` unless a test says otherwise. Texts depend on the question's number and on
the place of the source in the list alone, so nothing in them names a source.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User

from generation.models import QuestionSet, Source
from generation.services.imports import questions_import, rationales_import
from raters.judgement import Judgement
from raters.models import Assignment, Rater, Study
from raters.services.assigning import assignments_hand
from raters.services.bundles import bundle_reserve
from raters.services.people import staff_ensure
from raters.services.rating import Submitted, rating_submit
from raters.services.studies import study_create
from raters.services.study_states import raters_add, study_close, study_open

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
WORDINGS = (
    "Start from {a} and count {b} more: that is {sum}.\nThe answer is {sum}.",
    "{a} + {b} = <<{a}+{b}={sum}>>{sum}\n#### {sum}",
    "There are {a} of one kind. There are {b} of the other. Together they are {sum}.\nA: {sum}",
    "First take {b}. Then add {a} to it, which makes {sum} in all.\nThe answer is {sum}.",
    "Both numbers are given, {b} and {a}, so their sum {sum} is wanted.\n#### {sum}",
    "Adding {b} to {a} leaves {sum} on the table.\nThe answer is {sum}.",
)


def make_researcher(name: str = "alice") -> User:
    return staff_ensure(username=name, is_admin=False)


def make_admin(name: str = "root") -> User:
    return staff_ensure(username=name, is_admin=True)


def as_lines(records: Iterable[dict[str, Any]]) -> list[str]:
    return [json.dumps(record) for record in records]


def question_record(number: int) -> dict[str, Any]:
    """Question 3 asks for 4 + 5; its key is "q003"."""
    a, b = number + 1, number + 2
    text = f"A box holds {a} red and {b} blue balls. How many balls does it hold?"
    return {"id": f"q{number:03}", "question": text, "answer": a + b}


def rationale_text(number: int, wording: int) -> str:
    """A right rationale of question `number`, as the source in this place of the list writes it."""
    a, b = number + 1, number + 2
    return WORDINGS[wording].format(a=a, b=b, sum=a + b)


def make_question_set(
    name: str = "sums", *, questions: int = 6, user: User | None = None, now: datetime = NOW
) -> QuestionSet:
    lines = as_lines(question_record(number) for number in range(questions))
    return questions_import(
        lines=lines, format="jsonl", set_name=name, user=user, now=now
    ).question_set


def make_rationales(
    question_set: QuestionSet,
    *,
    sources: Sequence[str] = ("S1", "S2", "S3"),
    user: User | None = None,
    now: datetime = NOW,
) -> list[Source]:
    """One right rationale of every source for every question of a set of `make_question_set`."""
    keys = list(question_set.questions.values_list("key", flat=True))
    lines = as_lines(
        {"question_id": key, "source": source, "text": rationale_text(int(key[1:]), wording)}
        for key in keys
        for wording, source in enumerate(sources)
    )
    rationales_import(lines=lines, format="jsonl", set_name=question_set.name, user=user, now=now)
    return [Source.objects.get(name=name) for name in sources]


def make_study(
    *,
    name: str = "a study",
    owner: User | None = None,
    questions: int = 6,
    sources: Sequence[str] = ("S1", "S2", "S3"),
    raters_per_triple: int = 3,
    opened: bool = True,
    closed: bool = False,
    now: datetime = NOW,
    **more: Any,
) -> Study:
    """A study with a question set of its own; `more` goes to study_create (seed, instructions)."""
    owner = owner or make_researcher()
    question_set = make_question_set(f"set of {name}", questions=questions, user=owner, now=now)
    study = study_create(
        owner=owner,
        name=name,
        question_set=question_set,
        sources=make_rationales(question_set, sources=sources, user=owner, now=now),
        raters_per_triple=raters_per_triple,
        now=now,
        **more,
    )
    if opened or closed:
        study_open(study=study, user=owner, now=now)
    if closed:
        study_close(study=study, user=owner, now=now)
    return study


def draft(**changes: Any) -> Study:
    """A draft of all sources there are on the first question set, unless something else is said."""
    asked: dict[str, Any] = {
        "owner": make_researcher(),
        "name": "a study",
        "question_set": QuestionSet.objects.first(),
        "sources": list(Source.objects.order_by("name")),
        "raters_per_triple": 2,
        "now": NOW,
    }
    return study_create(**{**asked, **changes})


def make_rater(study: Study, *, now: datetime = NOW) -> Rater:
    return make_raters(study, 1, now=now)[0]


def make_raters(study: Study, count: int, *, now: datetime = NOW) -> list[Rater]:
    return raters_add(study=study, count=count, now=now)


def claim(rater: Rater, *, now: datetime = NOW) -> Assignment:
    """The triple that this rater has next; the test fails where there is none."""
    hand = take(rater, now=now)
    assert hand, f"nothing is left for {rater}"
    return hand[0]


def take(rater: Rater, *, now: datetime = NOW, skipped: bool = False) -> list[Assignment]:
    """What this rater has in hand and ahead, once they have begun; maybe nothing."""
    if rater.study.triples_per_rater:
        bundle_reserve(rater=rater, now=now)
    return assignments_hand(rater=rater, now=now, skipped=skipped)


def submit(
    rater: Rater,
    assignment: Assignment,
    *,
    outcome: str = "pick",
    slot: int | None = 0,
    judgement: Judgement | None = None,
    key: str = "",
    now: datetime = NOW,
    revise: bool = False,
) -> Submitted:
    """Rate this assignment by its outcome or a whole judgement; a key of its own unless given."""
    said = judgement or Judgement(outcome, slot=slot if outcome == "pick" else None)
    return rating_submit(
        token=str(assignment.token),
        key=key or str(uuid4()),
        judgement=said,
        now=now,
        revise=revise,
    )


def rate(
    rater: Rater, *, outcome: str = "pick", slot: int | None = 0, now: datetime = NOW
) -> Submitted:
    """Rate whatever this rater has next; `slot` 0 is A1."""
    submitted = submit(rater, claim(rater, now=now), outcome=outcome, slot=slot, now=now)
    rater.refresh_from_db()
    return submitted


def rate_all(study: Study, raters: Sequence[Rater], *, slot: int = 0, now: datetime = NOW) -> int:
    """Let these raters rate in turn until nothing is left for any; how many ratings that made."""
    made, busy = 0, list(raters)
    while busy:
        for rater in list(busy):
            hand = take(rater, now=now)
            if not hand:
                busy.remove(rater)
            else:
                submit(rater, hand[0], slot=slot, now=now)
                rater.refresh_from_db()
                made += 1
    return made

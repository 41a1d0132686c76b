"""Practice before the first triple: made by a researcher, answered by raters, some of whom pass.

For whoever makes practice (pages, commands):

    practice_add(study=, user=, now=, question=, rationales=, expected=, why=,
                 gold_answer="", qualifies=True) -> PracticeTriple
    practice_drop(triple=, user=, now=)
    practice_import(study=, user=, now=, lines=) -> int        JSONL, all of it or nothing
    PracticeTriple.objects.of(study)                           in the order that raters meet them
    practice_problem(study=) -> str                            why none of it may change now, or ""
    paying.path_save(..., qualification_percent=80)            the share to pass; 0: nobody is out

`expected` is a slot, 0 for A1; a line of a file names it as raters see it:

    {"question": "What is 3 * 4?", "answer": "12", "rationales": ["3 * 4 = 12.", "3 * 4 = 13."],
     "expected": "A1", "why": "A2 says 3 * 4 = 13.", "qualifies": true}

Each refuses by StudyRefused (practice_import by PracticeRefused, with `problems`, a sentence a bad
line): what the study asks itself, what its sources wrote, and any change once somebody has
practised, so that all who are held to it practise alike.

How raters answer it, practising.py knows. Knows nothing of places, ratings or preferences.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from generation.models import Rationale
from raters.judgement import MOST_SLOTS
from raters.models import (
    AuditEntry,
    PracticeAnswer,
    PracticeTriple,
    Study,
    Triple,
    TripleRationale,
)
from raters.protocols import BEST_WORST, StudyRefused
from raters.services.freezing import canonical, deviations_note

FEWEST_TEXTS = 2
LONGEST_TEXT = 20_000
MOST_PRACTICE = 50
MOST_PROBLEMS = 20
FIELDS = {"question", "answer", "rationales", "expected", "why", "qualifies"}


class PracticeRefused(StudyRefused):
    """A file of practice triples that is not taken; `problems` has a sentence for each bad line."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def practice_add(
    *,
    study: Study,
    user: User | None,
    now: datetime,
    question: str,
    rationales: Sequence[str],
    expected: int,
    why: str,
    gold_answer: str = "",
    qualifies: bool = True,
) -> PracticeTriple:
    """One more, after those that are there."""
    given = _Given(question, list(rationales), expected, why, gold_answer, qualifies)
    with transaction.atomic():
        (made,) = _write(study, [given])
        _changed(study, user, now, "practice added")
    return made


def practice_drop(*, triple: PracticeTriple, user: User | None, now: datetime) -> None:
    study = triple.study
    with transaction.atomic():
        _locked(study)
        PracticeTriple.objects.filter(pk=triple.pk).delete()
        _changed(study, user, now, "practice dropped")


def practice_import(*, study: Study, user: User | None, now: datetime, lines: Iterable[str]) -> int:
    """Practice triples from JSONL, after those that are there; how many."""
    given, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given.append(_read(line))
            _check(study, given[-1])
        except StudyRefused as refused:
            problems.append(f"Line {number}: {refused}")
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise PracticeRefused(problems)
    if not given:
        raise PracticeRefused(["The file has no practice triple; write one JSON object a line."])
    with transaction.atomic():
        made = _write(study, given)
        _changed(study, user, now, "practice imported")
    return len(made)


def practice_problem(*, study: Study) -> str:
    """Why the practice of this study stays as it is; empty where it may change."""
    if study.state == Study.State.CLOSED:
        return f"'{study.name}' is closed: its practice stays as it was."
    if PracticeAnswer.objects.filter(triple__study=study).exists():
        return "Somebody has practised already, so the practice stays: all raters meet the same."
    return ""


@dataclass(frozen=True, slots=True)
class _Given:
    question: str
    rationales: list[str]
    expected: int
    why: str
    gold_answer: str
    qualifies: bool


def _read(line: str) -> _Given:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise StudyRefused(f"this is not JSON ({problem}).") from None
    if not isinstance(said, dict):
        raise StudyRefused("a practice triple is a JSON object, in braces.")
    if strange := sorted(said.keys() - FIELDS):
        raise StudyRefused(
            f"{strange[0][:60]!a} is no field; there are {', '.join(sorted(FIELDS))}."
        )
    if not isinstance(answer := said.get("answer", ""), str | int | float):
        raise StudyRefused("'answer' is a text or a number.")
    texts = said.get("rationales")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise StudyRefused("'rationales' is a list of texts, A1 first.")
    return _Given(
        question=_text(said, "question"),
        rationales=texts,
        expected=_slot(said.get("expected")),
        why=_text(said, "why"),
        gold_answer=str(answer),
        qualifies=said.get("qualifies", True) is True,
    )


def _text(said: dict[str, Any], name: str) -> str:
    if not isinstance(said.get(name), str):
        raise StudyRefused(f"'{name}' is missing or no text.")
    return str(said[name])


def _slot(said: Any) -> int:
    """ "A2" or 2 is slot 1; what cannot be one is refused with the number of texts at hand."""
    text = str(said).strip().upper().removeprefix("A") if isinstance(said, str | int) else ""
    return int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 3 else -1


def _check(study: Study, given: _Given) -> None:
    if not given.question.strip() or not given.why.strip():
        raise StudyRefused(
            "a practice triple needs a question, and why the expected pick is right."
        )
    texts, fewest = given.rationales, 3 if study.protocol == BEST_WORST else FEWEST_TEXTS
    if not fewest <= len(texts) <= MOST_SLOTS:
        raise StudyRefused(f"it has {len(texts)} texts; {fewest} to {MOST_SLOTS} can be shown.")
    if not 0 <= given.expected < len(texts):
        raise StudyRefused(f"the expected pick is one of A1 to A{len(texts)}.")
    if any(not text.strip() for text in texts) or len({*map(_plain, texts)}) < len(texts):
        raise StudyRefused("two of the texts are the same, or one is empty.")
    every = (given.question, given.why, given.gold_answer, *texts)
    if any(len(text) > LONGEST_TEXT or not _is_plain(text) for text in every):
        raise StudyRefused(f"texts are plain, of at most {LONGEST_TEXT:,} characters.")
    _check_apart(study, given)


def _check_apart(study: Study, given: _Given) -> None:
    """Practice on what is judged later would teach a taste; so nothing of the study is in it."""
    of_study = Triple.objects.filter(study=study, kind=Triple.Kind.STUDY)
    if of_study.filter(question__text__iexact=given.question.strip()).exists():
        raise StudyRefused(
            f"the study asks '{given.question.strip()[:60]}' itself; practise on another question."
        )
    written = Rationale.objects.filter(source__in=study.study_sources.values("source"))
    shown = TripleRationale.objects.filter(triple__study=study)
    for text in (text.strip() for text in given.rationales):
        if written.filter(text__iexact=text).exists() or shown.filter(shown_text__iexact=text):
            raise StudyRefused(
                f"'{text[:60]}' is by a source of the study; practise on texts of your own."
            )


def _is_plain(text: str) -> bool:
    """Whether a database and a page can hold it: no NUL, and no half of a character."""
    return not re.search("[\0\ud800-\udfff]", text)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _locked(study: Study) -> Study:
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if problem := practice_problem(study=locked):
        raise StudyRefused(problem)
    return locked


def _write(study: Study, given: Sequence[_Given]) -> list[PracticeTriple]:
    locked = _locked(study)
    for each in given:
        _check(locked, each)
    own = PracticeTriple.objects.of(locked)
    if own.count() + len(given) > MOST_PRACTICE:
        raise StudyRefused(f"A study has at most {MOST_PRACTICE} practice triples.")
    last = own.aggregate(last=Max("number"))["last"]
    first = 0 if last is None else last + 1
    return PracticeTriple.objects.bulk_create(
        PracticeTriple(
            study=locked,
            number=number,
            question=each.question.strip(),
            gold_answer=each.gold_answer.strip(),
            rationales=[text.strip() for text in each.rationales],
            expected=each.expected,
            why=each.why.strip(),
            qualifies=each.qualifies,
        )
        for number, each in enumerate(given, start=first)
    )


def _changed(study: Study, user: User | None, now: datetime, action: str) -> None:
    """The study's digest of its practice, by which raters' pages know that there is some."""
    terms = ("question", "gold_answer", "rationales", "expected", "why", "qualifies")
    rows = list(PracticeTriple.objects.of(study).values(*terms))
    digest = hashlib.sha256(canonical(rows).encode()).hexdigest() if rows else ""
    Study.objects.filter(pk=study.pk).update(practice_sha256=digest)
    study.practice_sha256 = digest
    AuditEntry.objects.create(
        study=study, user=user, action=action, detail=f"{len(rows)} in all", at=now
    )
    deviations_note(study=study, user=user, why=action, now=now)

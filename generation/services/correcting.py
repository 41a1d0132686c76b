"""Corrects the gold answer of a question, and judges anew every rationale that was written for it.

Knows: that a text argues for the answer it states, or that its file declared, whatever was gold.
Does not know: which studies show the question (raters' side of it is told what each text comes to).
"""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction

from generation.answers import (
    Choice,
    Judgement,
    display_answer,
    judge,
    named_choice,
    normalise_number,
    same_answer,
)
from generation.models import Question, Rationale

ROWS_AT_ONCE = 500


class CorrectionRefused(Exception):
    """Why an answer cannot be the gold one, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What another gold answer makes of the texts: `judged` by primary key."""

    before: str
    after: str
    judged: dict[int, Judgement]
    changed: int

    @property
    def reaching(self) -> set[int]:
        """The rationales whose answer is then the gold one."""
        return {pk for pk, found in self.judged.items() if found.verdict in ("right", "declared")}

    @property
    def verdicts(self) -> dict[str, int]:
        return dict(Counter(found.verdict for found in self.judged.values()))


def correction(*, question: Question, answer: str) -> Correction:
    """What would become of the question's texts; nothing is written."""
    choices = question.offered
    gold = _gold(question, answer, choices)
    judged, changed = {}, 0
    for each in Rationale.objects.filter(question=question):
        found = judged[each.pk] = _judged(each, gold, choices)
        changed += found.verdict != each.verdict
    return Correction(question.gold_answer, gold, judged, changed)


def question_correct(*, question: Question, answer: str) -> Correction:
    """Make it the gold answer, and store the verdicts that follow. The data set's own solution
    stays: nobody sees it."""
    with transaction.atomic():
        locked = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
        found = correction(question=locked, answer=answer)
        Question.objects.filter(pk=question.pk).update(gold_answer=found.after)
        rows = list(Rationale.objects.filter(pk__in=found.judged))
        for row in rows:
            judged = found.judged[row.pk]
            row.verdict, row.answer = judged.verdict, judged.answer[:200]
            row.reason = judged.reason[:300]
        columns = ["verdict", "answer", "reason"]
        Rationale.objects.bulk_update(rows, columns, batch_size=ROWS_AT_ONCE)
    question.refresh_from_db()
    return found


def _gold(question: Question, answer: str, choices: tuple[Choice, ...]) -> str:
    gold = named_choice(answer, choices) if choices else normalise_number(answer)
    if gold is None:
        what = (
            "one of the choices: " + ", ".join(choice.label for choice in choices)
            if choices
            else "a number"
        )
        raise CorrectionRefused(f"“{answer[:60]}” cannot be the answer; name {what}.")
    if same_answer(gold, question.gold_answer):
        shown = display_answer(gold, choices)
        raise CorrectionRefused(f"“{shown}” is the answer already; name the one that is right.")
    return gold


def _judged(rationale: Rationale, gold: str, choices: tuple[Choice, ...]) -> Judgement:
    """As an import would judge the same text now. What was declared of it stays declared: a text
    that was written for the old gold answer argues for that one."""
    was_declared = rationale.verdict == Rationale.Verdict.DECLARED or rationale.reason.startswith(
        "declared for"
    )
    declared = rationale.answer if was_declared else None
    return judge(rationale.text, gold_answer=gold, choices=choices, declared_answer=declared)

"""Judges texts against their questions, each once: reading a text for its answer takes time.

What was judged before a transaction opens need not be judged while it holds the database.
"""

from generation.answers import Choice, Judgement, judge
from generation.datasets.items import RationaleItem
from generation.models import Question

Content = tuple[str, str | None, str, tuple[Choice, ...]]


class Verdicts:
    """Remembers by content, so a question that changed meanwhile is judged anew."""

    def __init__(self) -> None:
        self._known: dict[Content, Judgement] = {}

    def of(self, item: RationaleItem, question: Question) -> Judgement:
        choices = question.offered
        content = (item.text, item.declared_answer, question.gold_answer, choices)
        if content not in self._known:
            self._known[content] = judge(
                item.text,
                gold_answer=question.gold_answer,
                choices=choices,
                declared_answer=item.declared_answer,
            )
        return self._known[content]

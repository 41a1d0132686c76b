"""Questions that stand in a study under two keys: only those of the first key make pairs.

A study is drawn of questions that differ (services/drawing.py). One that was drawn before that was
so may hold the same question twice, and raters may have preferred one text here and another there.
The database looks, in one query, for what is the same without any white space; only that is read.
"""

from functools import reduce
from operator import attrgetter
from typing import Any

from django.db.models import Count, F, TextField, Value
from django.db.models.functions import Replace

from generation.models import Question
from raters.models import Study, Triple

BLANKS = " \t\r\n"


def repeated_keys(study: Study) -> set[str]:
    """The keys of this study's questions that ask what an earlier key asks."""
    asked = Question.objects.filter(triple__study=study, triple__kind=Triple.Kind.STUDY)
    dense = asked.annotate(letters=reduce(_without, BLANKS, F("text"))).order_by()
    alike = dense.values("letters").annotate(rows=Count("pk")).filter(rows__gt=1)
    if not alike.exists():
        return set()
    found = dense.filter(letters__in=alike.values("letters")).only("key", "text", "choices")
    first: dict[str, str] = {}
    for question in sorted(found, key=attrgetter("key")):
        first.setdefault(question.asks, question.key)
    return {question.key for question in found if first[question.asks] != question.key}


def _without(text: Any, blank: str) -> Any:
    return Replace(text, Value(blank), Value(""), output_field=TextField())

"""CommonsenseQA v1.11: a question with five labelled choices.

    {"id": "1afa...", "answerKey": "A", "question": {"stem": "A revolving door ...",
     "question_concept": "revolving door", "choices": [{"label": "A", "text": "bank"}, ...]}}

Source: Talmor et al. 2019, as kept in ezelikman/STaR, commonsenseqa/, commit 6ffd3c4. Two choices
of a question may have the same words (24 of the 1,221 questions in the dev file), so the answer is
kept as a label. The concept is not read: neither raters nor models are shown it.
"""

from generation.datasets.fields import (
    BadValue,
    Record,
    choices_field,
    key_field,
    label_field,
    record_field,
    text_field,
)
from generation.datasets.items import QuestionItem, question_key


def question(record: Record, line: int) -> QuestionItem:
    """The question of one line."""
    asked = record_field(record, "question")
    text, choices = text_field(asked, "stem"), choices_field(asked, "choices")
    if "answerKey" not in record:
        raise BadValue("'answerKey' is missing; import a file that has answers (train or dev)")
    gold = label_field(record, "answerKey", choices)
    key = key_field(record, "id") or question_key(text, choices)
    return QuestionItem(key, text, choices, gold, "", line)

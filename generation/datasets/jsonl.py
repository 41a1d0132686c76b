"""Our own JSON lines: questions, rationales, or questions with their rationales nested.

    {"id"?: "q1", "question": "...", "choices"?: ["ice", "water"] or [{"label", "text"}, ...],
     "answer": 72 or "B" or "water", "answer_key"?: "B", "solution"?: "..."}
    {"question_id" or "question": "...", "source": "...", "text": "...", "answer"?: "B"}
    {<a question>, "rationales": [{"source": "...", "text": "...", "answer"?: "B"}, ...]}

`answer` of a rationale is what it argues for; in a nested line that is the question's own answer
unless a rationale says otherwise. Fields that are not named here are ignored.
"""

from generation.answers import Choice
from generation.datasets.fields import (
    MAX_NAME,
    BadValue,
    Record,
    answer_text,
    choices_field,
    key_field,
    label_field,
    optional_text,
    read_answer,
    shown,
    text_field,
)
from generation.datasets.items import QuestionItem, RationaleItem, question_key


def question(record: Record, line: int) -> QuestionItem:
    """The question of one line."""
    text = text_field(record, "question")
    choices = () if record.get("choices") is None else choices_field(record, "choices")
    gold = _gold_answer(record, choices)
    key = key_field(record, "id") or question_key(text, choices)
    return QuestionItem(key, text, choices, gold, optional_text(record, "solution") or "", line)


def rationales(record: Record, line: int) -> list[RationaleItem]:
    """The rationale of a flat line, or all of a nested one."""
    return _nested(record, line) if "rationales" in record else [_flat(record, line)]


def _gold_answer(record: Record, choices: tuple[Choice, ...]) -> str:
    label = text = None
    if record.get("answer_key") is not None:
        if not choices:
            raise BadValue("'answer_key' needs 'choices'; give them, or the number as 'answer'")
        label = label_field(record, "answer_key", choices)
    if record.get("answer") is not None:
        text = answer_text(record["answer"], "'answer'")
    if text is None and label is None:
        raise BadValue("'answer' is missing; give a number, a label or the words of a choice")
    if label is None:
        return read_answer(text, "'answer'", choices)
    # The key decides between choices with the same words; it must not contradict the answer.
    keyed = tuple(choice for choice in choices if choice.label == label)
    if text is not None:
        try:
            read_answer(text, "'answer'", keyed)
        except BadValue:
            raise BadValue(
                f"'answer_key' {label} and 'answer' {shown(text)} name different choices; keep one"
            ) from None
    return label


def _flat(record: Record, line: int) -> RationaleItem:
    key, asked = key_field(record, "question_id"), optional_text(record, "question")
    if key is None and asked is None:
        raise BadValue("'question_id' and 'question' are missing; give one of them")
    declared = record.get("answer")
    return RationaleItem(
        source=text_field(record, "source", limit=MAX_NAME),
        text=text_field(record, "text"),
        declared_answer=None if declared is None else answer_text(declared, "'answer'"),
        question_key=key,
        question_text=asked,
        question=None,
        line=line,
    )


def _nested(record: Record, line: int) -> list[RationaleItem]:
    asked, given = question(record, line), record["rationales"]
    if not isinstance(given, list) or not given:
        raise BadValue(f"'rationales' is {shown(given)}; give a list with at least one")
    return [_nested_one(entry, n, asked) for n, entry in enumerate(given, start=1)]


def _nested_one(entry: object, number: int, asked: QuestionItem) -> RationaleItem:
    if not isinstance(entry, dict):
        raise BadValue(f"rationale {number} is {shown(entry)}; give an object in braces")
    try:
        source, text = text_field(entry, "source", limit=MAX_NAME), text_field(entry, "text")
        own = entry.get("answer")
        declared = asked.gold_answer if own is None else read_answer(own, "'answer'", asked.choices)
    except BadValue as problem:
        raise BadValue(f"rationale {number}: {problem}") from None
    return RationaleItem(source, text, declared, asked.key, asked.text, asked, asked.line)

"""GSM8K: a question, and a human solution whose last line is `#### <number>`.

    {"question": "Natalia sold clips to 48 ...", "answer": "Natalia sold 48/2 = ...\\n#### 72"}

Source: openai/grade-school-math, grade_school_math/data, commit 3101c7d (MIT). Knows nothing of
the file of model solutions beside it (see `gsm8k_solutions`).
"""

from generation.answers import normalise_number
from generation.datasets.fields import BadValue, Record, shown, text_field
from generation.datasets.items import QuestionItem, question_key


def question(record: Record, line: int) -> QuestionItem:
    """The question of one line."""
    text = text_field(record, "question")
    solution, gold = split_solution(text_field(record, "answer"), "####")
    return QuestionItem(question_key(text, ()), text, (), gold, solution, line)


def split_solution(answer: str, marker: str) -> tuple[str, str]:
    """The reasoning before the last `marker`, and the number after it."""
    reasoning, found, ending = answer.rpartition(marker)
    gold = normalise_number(ending) if found else None
    if gold is None:
        raise BadValue(f"the answer ends in {shown(answer[-40:])}; end it with '{marker} 72'")
    return reasoning.strip(), gold

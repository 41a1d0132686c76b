"""Solutions of GSM8K test questions by four models and by people, one question a line.

    {"question": ..., "ground_truth": "...\\nA: 18", "6b_finetuning": {"is_correct": false,
     "solution": "...\\nA: 26"}, "6b_verification": ..., "175b_finetuning": ..., ...}

Source: openai/grade-school-math, grade_school_math/data/example_model_solutions.jsonl, commit
3101c7d (MIT). `is_correct` is deliberately never read: verdicts come from our own extractor.
"""

from generation.datasets.fields import BadValue, Record, clean_text, record_field, text_field
from generation.datasets.gsm8k import split_solution
from generation.datasets.items import QuestionItem, RationaleItem, question_key

HUMAN = "human"
MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def rationales(record: Record, line: int) -> list[RationaleItem]:
    """The human solution and the four models' of one line, each with the whole question."""
    text, human = text_field(record, "question"), text_field(record, "ground_truth")
    solution, gold = split_solution(human, "A:")
    question = QuestionItem(question_key(text, ()), text, (), gold, solution, line)
    texts = {HUMAN: human} | {model: _solution(record, model) for model in MODELS}
    return [
        RationaleItem(source, written, None, question.key, text, question, line)
        for source, written in texts.items()
    ]


def _solution(record: Record, model: str) -> str:
    entry = record_field(record, model)
    if "solution" not in entry:
        raise BadValue(f"'{model}' has no 'solution'; give its text")
    return clean_text(entry["solution"], f"the solution of '{model}'")

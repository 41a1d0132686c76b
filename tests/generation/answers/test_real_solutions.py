"""The extractor against 5,276 real solutions, whose marks of correctness it never sees."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from generation.answers import judge, normalise_number
from generation.datasets import parse_questions, parse_rationales, text_lines
from generation.datasets.items import BadLine, QuestionItem, RationaleItem
from tests.data import data_file

SOLUTIONS = "gsm8k/example_model_solutions.jsonl"
MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def verdict(item: RationaleItem, text: str | None = None) -> str:
    assert item.question is not None
    return judge(text or item.text, gold_answer=item.question.gold_answer).verdict


@pytest.fixture(scope="module")
def marks() -> dict[tuple[int, str], bool]:
    """What the file says of each solution, by line and model."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in data_file(SOLUTIONS).read_text("utf-8").splitlines()
    ]
    return {(n, m): row[m]["is_correct"] for n, row in enumerate(rows, start=1) for m in MODELS}


@pytest.fixture(scope="module")
def solutions() -> list[RationaleItem]:
    with data_file(SOLUTIONS).open("rb") as file:
        items = list(parse_rationales(text_lines(file), "gsm8k-solutions"))
    assert not [item for item in items if isinstance(item, BadLine)]
    return [item for item in items if isinstance(item, RationaleItem)]


def test_verdicts_equal_the_marks_of_all_solutions(
    solutions: list[RationaleItem], marks: dict[tuple[int, str], bool]
) -> None:
    found = {(s.line, s.source): verdict(s) == "right" for s in solutions if s.source != "human"}
    assert len(found) == 5276
    assert found == marks


def test_every_human_solution_is_right(solutions: list[RationaleItem]) -> None:
    assert [verdict(s) for s in solutions if s.source == "human"] == ["right"] * 1319


def test_another_final_answer_flips_the_verdict_of_every_right_solution(
    solutions: list[RationaleItem],
) -> None:
    flipped = 0
    for solution in solutions:
        if verdict(solution) == "right":
            reasoning, _, ending = solution.text.rpartition("A:")
            answer = normalise_number(ending)
            assert answer is not None
            other = re.sub(r"\d(?!.*\d)", lambda m: str((int(m[0]) + 1) % 10), answer)
            assert verdict(solution, f"{reasoning}A: {other}") == "wrong"
            flipped += 1
    assert flipped == 1319 + 286 + 515 + 458 + 742


def test_human_6b_finetuning_and_175b_verification_are_all_right_on_243_questions(
    solutions: list[RationaleItem],
) -> None:
    wanted = ("human", "6b_finetuning", "175b_verification")
    triples = list(_all_right(solutions, wanted))
    assert len(triples) == 243
    assert sum(len(set(texts)) < 3 for texts in triples) == 2


def _all_right(
    solutions: list[RationaleItem], sources: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    lines: dict[int, dict[str, str]] = {}
    for solution in solutions:
        if solution.source in sources and verdict(solution) == "right":
            lines.setdefault(solution.line, {})[solution.source] = solution.text
    for texts in lines.values():
        if len(texts) == len(sources):
            yield tuple(texts.values())


def test_every_declared_explanation_of_the_250_triples_counts() -> None:
    with data_file("derived-cqa250-triples/triples.jsonl").open("rb") as file:
        items = list(parse_rationales(text_lines(file), "jsonl"))
    verdicts = [
        judge(
            item.text,
            gold_answer=item.question.gold_answer,
            choices=item.question.choices,
            declared_answer=item.declared_answer,
        ).verdict
        for item in items
        if isinstance(item, RationaleItem) and item.question
    ]
    assert verdicts == ["declared"] * 750


def test_every_dev_explanation_of_cos_e_counts() -> None:
    with data_file("star-commonsenseqa/dev_rand_split.jsonl").open("rb") as file:
        questions = {
            item.key: item
            for item in parse_questions(text_lines(file), "commonsenseqa")
            if isinstance(item, QuestionItem)
        }
    with data_file("cos-e/cose_dev_v1.11.jsonl").open("rb") as file:
        explanations = list(parse_rationales(text_lines(file), "cos-e"))
    verdicts = []
    for item in explanations:
        assert isinstance(item, RationaleItem)
        question = questions[item.question_key or ""]
        found = judge(
            item.text,
            gold_answer=question.gold_answer,
            choices=question.choices,
            declared_answer=item.declared_answer,
        )
        verdicts.append(found.verdict)
    assert verdicts == ["declared"] * 1221

"""Rationale files: what each format gives, and what a bad line says."""

import json
from typing import Any

import pytest

from generation.datasets import RATIONALE_FORMATS, parse_rationales, text_lines
from generation.datasets.items import DECLARED_GOLD, BadLine, RationaleItem, question_key
from tests.data import data_file

MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
SOLVED: dict[str, Any] = {"question": "How many?", "ground_truth": "It is 9*2 = 18.\nA: 18"} | {
    model: {"is_correct": False, "solution": f"{model} says\nA: 26"} for model in MODELS
}
NESTED: dict[str, Any] = {
    "id": "q1",
    "question": "What is wet?",
    "choices": ["ice", "water"],
    "answer_key": "B",
    "rationales": [
        {"source": "human", "text": "Water flows.", "ratings": [{"grammar": 1}]},
        {"source": "model", "text": "Ice is wet.", "answer": "ice"},
    ],
}


def read(*records: Any, format: str = "jsonl") -> list[RationaleItem]:
    items = list(parse_rationales(map(json.dumps, records), format))
    good = [item for item in items if isinstance(item, RationaleItem)]
    assert len(good) == len(items), items
    return good


def reason(record: Any, format: str = "jsonl") -> str:
    (item,) = parse_rationales([json.dumps(record)], format)
    assert isinstance(item, BadLine), item
    return item.reason


def test_gsm8k_solutions_are_five_sources_with_the_whole_question() -> None:
    items = read(SOLVED, format="gsm8k-solutions")
    assert [item.source for item in items] == ["human", *MODELS]
    assert items[0].text == "It is 9*2 = 18.\nA: 18"
    assert items[1].text == "6b_finetuning says\nA: 26"
    question = items[0].question
    assert question is not None
    assert (question.gold_answer, question.solution) == ("18", "It is 9*2 = 18.")
    assert {item.question for item in items} == {question}
    assert {item.question_key for item in items} == {question_key("How many?", ())}
    assert {item.declared_answer for item in items} == {None}


def test_gsm8k_solutions_never_read_the_mark_of_correctness() -> None:
    marked = {
        model: {"is_correct": True, "solution": SOLVED[model]["solution"]} for model in MODELS
    }
    unmarked = {model: {"solution": SOLVED[model]["solution"]} for model in MODELS}
    plain = read(SOLVED, format="gsm8k-solutions")
    assert read(SOLVED | marked, format="gsm8k-solutions") == plain
    assert read(SOLVED | unmarked, format="gsm8k-solutions") == plain


def test_cos_e_explanations_argue_for_the_gold_answer() -> None:
    record = {"id": "080e", "explanation": {"open-ended": "Beavers build.", "selected": "build"}}
    assert read(record, format="cos-e") == [
        RationaleItem("cos-e", "Beavers build.", DECLARED_GOLD, "080e", None, None, 1)
    ]


def test_a_flat_line_names_its_question_by_id_or_by_words() -> None:
    by_id = {"question_id": "q1", "source": "human", "text": "Water flows.", "answer": "B"}
    by_words = {"question": "What is wet?", "source": "human", "text": "Water flows."}
    first, second = read(by_id, by_words)
    assert first == RationaleItem("human", "Water flows.", "B", "q1", None, None, 1)
    assert second == RationaleItem("human", "Water flows.", None, None, "What is wet?", None, 2)


def test_a_nested_line_argues_for_its_answer_unless_a_rationale_says_otherwise() -> None:
    human, model = read(NESTED)
    assert human.question is not None
    assert human.question.key == human.question_key == "q1"
    assert human.question.gold_answer == "B"
    assert (human.source, human.declared_answer) == ("human", "B")
    assert (model.source, model.declared_answer) == ("model", "A")


@pytest.mark.parametrize(
    ("format", "record", "complaint"),
    [
        ("gsm8k-solutions", SOLVED | {"ground_truth": "18"}, "end it with 'A: 72'"),
        (
            "gsm8k-solutions",
            {"question": "?", "ground_truth": "A: 1"},
            "'6b_finetuning' is missing",
        ),
        ("gsm8k-solutions", SOLVED | {"6b_finetuning": {}}, "'6b_finetuning' has no 'solution'"),
        (
            "gsm8k-solutions",
            SOLVED | {"6b_finetuning": {"solution": " "}},
            "the solution of '6b_finetuning' is empty",
        ),
        ("cos-e", {"explanation": {"open-ended": "x"}}, "'id' is missing"),
        ("cos-e", {"id": "q", "explanation": "x"}, "'explanation' is 'x'; give an object"),
        ("jsonl", {"source": "a", "text": "b"}, "'question_id' and 'question' are missing"),
        ("jsonl", {"question_id": "q", "text": "b"}, "'source' is missing"),
        ("jsonl", {"question_id": "q", "source": "a"}, "'text' is missing"),
        ("jsonl", {"question_id": "q", "source": "a" * 101, "text": "b"}, "'source' has 101"),
        ("jsonl", {"question_id": "q", "source": "a", "text": "x" * 20_001}, "at most 20,000"),
        ("jsonl", {"question_id": "q", "source": "a", "text": "\0b"}, "NUL"),
        ("jsonl", NESTED | {"rationales": []}, "'rationales' is []; give a list"),
        ("jsonl", NESTED | {"rationales": ["x"]}, "rationale 1 is 'x'; give an object"),
        ("jsonl", NESTED | {"rationales": [{"source": "a"}]}, "rationale 1: 'text' is missing"),
        (
            "jsonl",
            NESTED | {"rationales": [{"source": "a", "text": "b", "answer": "fog"}]},
            "rationale 1: 'answer' 'fog' names none",
        ),
        ("jsonl", NESTED | {"answer_key": "Z"}, "'answer_key' is 'Z'; use one of A, B"),
    ],
)
def test_a_bad_line_says_what_is_wrong(format: str, record: Any, complaint: str) -> None:
    assert complaint in reason(record, format)


def test_a_line_gives_all_of_its_rationales_or_none() -> None:
    half = NESTED | {"rationales": [*NESTED["rationales"], {"source": "late"}]}
    items = list(parse_rationales([json.dumps(half)], "jsonl"))
    assert [type(item).__name__ for item in items] == ["BadLine"]


def test_a_question_that_says_two_things_in_one_file_is_a_bad_line() -> None:
    other = NESTED | {"answer_key": "A"}
    items = list(parse_rationales(map(json.dumps, [NESTED, NESTED, other]), "jsonl"))
    assert [item.line for item in items] == [1, 1, 2, 2, 3]
    assert isinstance(items[-1], BadLine)
    cos_e = [{"id": "q", "explanation": {"open-ended": text}} for text in ("a", "a", "b")]
    items = list(parse_rationales(map(json.dumps, cos_e), "cos-e"))
    assert [type(item).__name__ for item in items] == ["RationaleItem", "RationaleItem", "BadLine"]


def test_a_source_may_have_several_texts_for_a_question() -> None:
    flat = [{"question_id": "q", "source": "a", "text": text} for text in ("one", "two")]
    assert [item.text for item in read(*flat)] == ["one", "two"]


def test_an_unknown_format_says_which_there_are() -> None:
    assert RATIONALE_FORMATS == ("gsm8k-solutions", "cos-e", "jsonl")
    with pytest.raises(ValueError, match="'csv' is unknown; use one of gsm8k-solutions, cos-e"):
        parse_rationales([], "csv")


@pytest.mark.parametrize(
    ("name", "format", "count", "sources"),
    [
        ("gsm8k/example_model_solutions.jsonl", "gsm8k-solutions", 6595, {"human", *MODELS}),
        ("cos-e/cose_dev_v1.11.jsonl", "cos-e", 1221, {"cos-e"}),
        ("cos-e/cose_train_v1.11.jsonl", "cos-e", 9741, {"cos-e"}),
        (
            "derived-cqa250-triples/triples.jsonl",
            "jsonl",
            750,
            {"cos-e-human", "ecqa-human", "gpt3-greedy"},
        ),
    ],
)
def test_the_public_files_are_read_whole(
    name: str, format: str, count: int, sources: set[str]
) -> None:
    with data_file(name).open("rb") as file:
        items = list(parse_rationales(text_lines(file), format))
    assert not [item for item in items if isinstance(item, BadLine)]
    assert len(items) == count
    assert {item.source for item in items if isinstance(item, RationaleItem)} == sources

"""Question files: what each format gives, and what a bad line says."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.datasets import (
    QUESTION_FORMATS,
    RATIONALE_FORMATS,
    parse_questions,
    parse_rationales,
    text_lines,
)
from generation.datasets.items import BadLine, Choice, QuestionItem, question_key
from tests.data import data_file

CSQA = {
    "answerKey": "B",
    "id": "q1",
    "question": {
        "question_concept": "ink",
        "choices": [{"label": "A", "text": "desk"}, {"label": "B", "text": "blotter"}],
        "stem": "What absorbs ink?",
    },
}
ASKED = {"question": "What is wet?", "choices": ["ice", "water"]}


def one(record: Any, format: str = "jsonl") -> QuestionItem | BadLine:
    (item,) = parse_questions([json.dumps(record)], format)
    return item


def reason(record: Any, format: str = "jsonl") -> str:
    item = one(record, format)
    assert isinstance(item, BadLine), item
    return item.reason


def test_gsm8k_keeps_the_solution_behind_the_answer() -> None:
    record = {"question": "How many?", "answer": "It is 1,000+200 = 1,200.\n#### 1,200"}
    assert one(record, "gsm8k") == QuestionItem(
        key=question_key("How many?", ()),
        text="How many?",
        choices=(),
        gold_answer="1200",
        solution="It is 1,000+200 = 1,200.",
        line=1,
    )


def test_commonsenseqa_keeps_id_choices_and_label() -> None:
    assert one(CSQA, "commonsenseqa") == QuestionItem(
        key="q1",
        text="What absorbs ink?",
        choices=(Choice("A", "desk"), Choice("B", "blotter")),
        gold_answer="B",
        solution="",
        line=1,
    )


@pytest.mark.parametrize("answer", [72, "72", "$72.00", "72 clips"])
def test_jsonl_takes_a_number_in_any_form(answer: object) -> None:
    item = one({"id": 7, "question": "How many?", "answer": answer, "solution": "48+24"})
    assert isinstance(item, QuestionItem)
    assert (item.key, item.gold_answer, item.solution) == ("7", "72", "48+24")


def test_jsonl_keeps_the_decimals_that_the_file_has() -> None:
    (item,) = parse_questions(['{"question": "How much?", "answer": 0.10}'], "jsonl")
    assert isinstance(item, QuestionItem)
    assert item.gold_answer == "0.1"


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": "B"},
        {"answer": "b"},
        {"answer": "water"},
        {"answer_key": "b"},
        {"answer_key": "B", "answer": "water"},
    ],
)
def test_jsonl_takes_a_choice_by_label_words_or_both(answer: dict[str, str]) -> None:
    item = one(ASKED | answer)
    assert isinstance(item, QuestionItem)
    assert item.choices == (Choice("A", "ice"), Choice("B", "water"))
    assert item.gold_answer == "B"


def test_a_question_without_an_id_is_named_by_its_words() -> None:
    first, again = one(ASKED | {"answer": "A"}), one(ASKED | {"answer": "A"})
    other = one({"question": "What is wet?", "choices": ["ice", "fog"], "answer": "A"})
    assert isinstance(first, QuestionItem)
    assert isinstance(again, QuestionItem)
    assert isinstance(other, QuestionItem)
    assert first.key == again.key
    assert first.key != other.key
    assert len(first.key) == 32


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ([], "the line is []; write one object"),
        ({}, "'question' is missing; the line has no fields"),
        ({"quest": "?"}, "'question' is missing; the line has 'quest'"),
        ({"question": "  ", "answer": 1}, "'question' is empty"),
        ({"question": 5, "answer": 1}, "'question' is 5; give a text"),
        ({"question": "a\0b", "answer": 1}, "'question' holds a NUL byte near 'a\\x00b'"),
        ({"question": "a\ud800", "answer": 1}, "'question' is not valid Unicode"),
        ({"question": "x" * 20_001, "answer": 1}, "'question' has 20,001 characters; at most"),
        ({"question": "?"}, "'answer' is missing"),
        ({"question": "?", "answer": True}, "'answer' is True; give a text"),
        ({"question": "?", "answer": "blue"}, "'blue' is not a number"),
        ({"question": "?", "answer_key": "A"}, "'answer_key' needs 'choices'"),
        (ASKED | {"answer": "fog"}, "'fog' names none, or several, of: (A) ice, (B) water"),
        (ASKED | {"answer_key": "C"}, "'answer_key' is 'C'; use one of A, B"),
        (ASKED | {"answer_key": "A", "answer": "water"}, "name different choices"),
        (ASKED | {"answer": "A", "choices": "ice"}, "'choices' is 'ice'; give a list"),
        (ASKED | {"answer": "A", "choices": ["ice"]}, "give a list of 2 to 26"),
        (ASKED | {"answer": "A", "choices": ["ice", 5]}, "choice B is 5; give a text"),
        (
            ASKED | {"answer": "A", "choices": [{"label": "A", "text": "x"}] * 2},
            "has the labels A, A; give each choice its own",
        ),
        (
            ASKED | {"answer": "A", "choices": ["x", {"label": "AB", "text": "y"}]},
            "a choice has the label 'AB'; use one letter",
        ),
        (ASKED | {"answer": "A", "id": ["x"]}, "'id' is ['x']; give a text"),
        (ASKED | {"answer": "A", "id": "x" * 101}, "'id' has 101 characters; at most 100"),
    ],
)
def test_a_bad_line_says_what_is_wrong(record: Any, complaint: str) -> None:
    assert complaint in reason(record)


def test_gsm8k_wants_the_marker_and_a_number() -> None:
    for answer in ("It is 72.", "#### many"):
        assert "end it with '#### 72'" in reason({"question": "?", "answer": answer}, "gsm8k")


def test_commonsenseqa_without_answers_says_which_file_to_take() -> None:
    unanswered = {name: CSQA[name] for name in ("id", "question")}
    assert "import a file that has answers" in reason(unanswered, "commonsenseqa")


def test_one_bad_line_does_not_stop_the_rest() -> None:
    good = json.dumps(ASKED | {"answer": "A"})
    lines = ["\ufeff" + good + "\n", "\n", "{broken\n", "   \n", good + "\r\n"]
    items = list(parse_questions(lines, "jsonl"))
    assert [type(item).__name__ for item in items] == ["QuestionItem", "BadLine", "QuestionItem"]
    assert [item.line for item in items] == [1, 3, 5]
    assert isinstance(items[1], BadLine)
    assert items[1].reason.startswith("'{broken' is not JSON (")


@pytest.mark.parametrize(
    "line", ['{"a": ' + "[" * 100_000, '{"answer": ' + "9" * 5000 + "}", '{"question": "a\0b"}']
)
def test_hostile_json_is_a_bad_line(line: str) -> None:
    (item,) = parse_questions([line], "jsonl")
    assert isinstance(item, BadLine)


def test_bytes_that_are_not_utf_8_spoil_their_own_line_only() -> None:
    file = [
        b'{"question": "caf\xe9?", "answer": 1}\n',
        '{"question": "café?", "answer": 1}'.encode(),
    ]
    bad, good = parse_questions(text_lines(file), "jsonl")
    assert isinstance(bad, BadLine)
    assert "not valid Unicode" in bad.reason
    assert isinstance(good, QuestionItem)
    assert good.text == "café?"


def test_an_id_that_says_two_things_is_a_bad_line_and_a_repeated_line_is_not() -> None:
    rows = [ASKED | {"id": "q", "answer": answer} for answer in ("A", "A", "B")]
    items = list(parse_questions(map(json.dumps, rows), "jsonl"))
    assert [type(item).__name__ for item in items] == ["QuestionItem", "QuestionItem", "BadLine"]
    assert isinstance(items[2], BadLine)
    assert "'q' differs from line 1, which has the same id" in items[2].reason


_NAMES = st.sampled_from(
    ["question", "answer", "answer_key", "choices", "id", "text", "rationales"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.text(max_size=60) | st.dictionaries(_NAMES, _VALUES).map(json.dumps))
def test_no_line_breaks_a_parser(line: str) -> None:
    items: list[Any] = [
        *(item for name in QUESTION_FORMATS for item in parse_questions([line], name)),
        *(item for name in RATIONALE_FORMATS for item in parse_rationales([line], name)),
    ]
    for item in items:
        if isinstance(item, BadLine):
            assert item.reason.encode("utf-8")
            assert len(item.reason) <= 500


def test_lines_are_read_one_at_a_time() -> None:
    def endless() -> Any:
        while True:
            yield json.dumps(ASKED | {"answer": "A"})

    assert isinstance(next(parse_questions(endless(), "jsonl")), QuestionItem)


def test_an_unknown_format_says_which_there_are() -> None:
    assert QUESTION_FORMATS == ("gsm8k", "commonsenseqa", "jsonl")
    with pytest.raises(
        ValueError, match="'csv' is unknown; use one of gsm8k, commonsenseqa, jsonl"
    ):
        parse_questions([], "csv")


@pytest.mark.parametrize(
    ("name", "format", "count"),
    [
        ("gsm8k/test.jsonl", "gsm8k", 1319),
        ("gsm8k/train.jsonl", "gsm8k", 7473),
        ("star-commonsenseqa/dev_rand_split.jsonl", "commonsenseqa", 1221),
        ("star-commonsenseqa/train_rand_split.jsonl", "commonsenseqa", 9741),
        ("derived-cqa250-triples/triples.jsonl", "jsonl", 250),
    ],
)
def test_the_public_files_are_read_whole(name: str, format: str, count: int) -> None:
    with data_file(name).open("rb") as file:
        items = list(parse_questions(text_lines(file), format))
    assert not [item for item in items if isinstance(item, BadLine)]
    assert len({item.key for item in items if isinstance(item, QuestionItem)}) == count

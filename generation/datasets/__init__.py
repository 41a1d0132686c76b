"""Data sets as files: one parser for every format, streaming; a line gives items or a complaint.

A new format is a module with `question(record, line)` or `rationales(record, line)`, and a line in
the tables below. Formats know their fields; what is alike for all (JSON, blank lines, ids that say
two things) is here. Nothing here opens a file or reaches a database.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

from generation.datasets import commonsenseqa, cos_e, gsm8k, gsm8k_solutions, jsonl
from generation.datasets.fields import BadValue, Record, shown
from generation.datasets.items import BadLine, QuestionItem, RationaleItem

_QUESTIONS: dict[str, Callable[[Record, int], QuestionItem]] = {
    "gsm8k": gsm8k.question,
    "commonsenseqa": commonsenseqa.question,
    "jsonl": jsonl.question,
}
_RATIONALES: dict[str, Callable[[Record, int], list[RationaleItem]]] = {
    "gsm8k-solutions": gsm8k_solutions.rationales,
    "cos-e": cos_e.rationales,
    "jsonl": jsonl.rationales,
}
QUESTION_FORMATS = tuple(_QUESTIONS)
RATIONALE_FORMATS = tuple(_RATIONALES)
MAX_LINE = 2_000_000
MAX_REASON = 500

Item = TypeVar("Item", QuestionItem, RationaleItem)


def text_lines(binary: Iterable[bytes]) -> Iterator[str]:
    """The lines of a file opened in binary mode, so that one bad byte spoils one line only."""
    for line in binary:
        yield line.decode("utf-8", "surrogateescape")


def parse_questions(lines: Iterable[str], format: str) -> Iterator[QuestionItem | BadLine]:
    """The questions of a file in one of QUESTION_FORMATS, in its order."""
    read = _reader(_QUESTIONS, format)
    return _parse(lines, lambda record, line: [read(record, line)], _question_content)


def parse_rationales(lines: Iterable[str], format: str) -> Iterator[RationaleItem | BadLine]:
    """The rationales of a file in one of RATIONALE_FORMATS, in its order.

    A line gives all of its rationales or one BadLine, never some of them.
    """
    one_a_question = format == "cos-e"
    return _parse(
        lines,
        _reader(_RATIONALES, format),
        lambda item: _rationale_content(item, one_a_question),
    )


Reader = TypeVar("Reader")


def _reader(readers: dict[str, Reader], format: str) -> Reader:
    if format not in readers:
        raise ValueError(f"format '{format}' is unknown; use one of {', '.join(readers)}")
    return readers[format]


def _parse(
    lines: Iterable[str],
    read: Callable[[Record, int], list[Item]],
    content: Callable[[Item], tuple[str, int] | None],
) -> Iterator[Item | BadLine]:
    seen: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(lines, start=1):
        line = line.removeprefix("\ufeff") if number == 1 else line
        if not line.strip():
            continue
        try:
            items = read(_record(line), number)
            for item in items:
                _check_same(content(item), number, seen)
        except BadValue as problem:
            yield BadLine(number, str(problem)[:MAX_REASON])
        else:
            yield from items


def _record(line: str) -> Record:
    if len(line) > MAX_LINE:
        raise BadValue(f"the line has {len(line):,} characters; at most {MAX_LINE:,} are allowed")
    if "\0" in line:
        raise BadValue("the line holds a NUL byte; save the file as UTF-8 without it")
    try:
        record = json.loads(line, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise BadValue(
            f"{shown(line.strip())} is not JSON ({reason}); write one object a line"
        ) from None
    if not isinstance(record, dict):
        raise BadValue(f"the line is {shown(record)}; write one object in braces a line")
    return record


def _check_same(
    identity: tuple[str, int] | None, line: int, seen: dict[str, tuple[int, int]]
) -> None:
    """The same id twice is harmless if it says the same, and a contradiction if not."""
    if identity is None:
        return
    key, content = identity
    first_line, first_content = seen.setdefault(key, (line, content))
    if content != first_content:
        raise BadValue(
            f"the question {shown(key)} differs from line {first_line}, which has the same id;"
            " give it its own id, or remove one"
        )


def _question_content(item: QuestionItem) -> tuple[str, int]:
    return item.key, hash((item.text, item.choices, item.gold_answer, item.solution))


def _rationale_content(item: RationaleItem, one_a_question: bool) -> tuple[str, int] | None:
    if item.question is not None:
        return _question_content(item.question)
    if one_a_question and item.question_key is not None:
        return item.question_key, hash(item.text)
    return None

"""Data sets as files: one parser for every format, streaming, one item or one complaint a line."""

from collections.abc import Iterable, Iterator

from generation.datasets.items import BadLine, QuestionItem, RationaleItem

QUESTION_FORMATS = ("gsm8k", "commonsenseqa", "jsonl")
RATIONALE_FORMATS = ("gsm8k-solutions", "cos-e", "jsonl")


def text_lines(binary: Iterable[bytes]) -> Iterator[str]:
    """The lines of a file opened in binary mode, so that one bad byte spoils one line only."""
    for line in binary:
        yield line.decode("utf-8", "surrogateescape")


def parse_questions(lines: Iterable[str], format: str) -> Iterator[QuestionItem | BadLine]:
    """The questions of a file in one of QUESTION_FORMATS, in its order."""
    raise NotImplementedError


def parse_rationales(lines: Iterable[str], format: str) -> Iterator[RationaleItem | BadLine]:
    """The rationales of a file in one of RATIONALE_FORMATS, in its order."""
    raise NotImplementedError

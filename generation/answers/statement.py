"""Where a rationale states its answer, and what it states.

Looks for, in this order of trust:
1. explicit statements: `#### 72`, `A: 72`, `The answer is 72.`, `Answer: 72`, `\\boxed{72}`, and
   for choices a text that ends in `(e)`. Of several, **the last counts**: a text may correct
   itself. What follows a new `Q:` line is another question and is not looked at.
2. the last line, where nothing is stated: `... 48+24 = <<48+24=72>>72 clips`, `72 clips`,
   `So she sold 72 clips.`, or a choice on its own.

An answer that cannot be read as exactly one number or choice is refused with a reason, never
guessed: "2 hours and 30 minutes", "10+John's age", "(b) or (c)", a last line that was cut off.

Pure, and linear in the length of the text: all quantifiers below are bounded.
Formats: GSM8K (openai/grade-school-math, commit 3101c7d), CommonsenseQA prompts (ezelikman/STaR,
commit 6ffd3c4).
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generation.answers.choice import Choice, choices_named_first, named_choice
from generation.answers.number import normalise_number, numbers_in

NOTHING_STATED = "states no answer: nothing like '#### 72', 'A: 72', 'The answer is 72.' or '(c)'"


class Extraction(NamedTuple):
    """The answer that a text states, or the reason why none was found."""

    answer: str | None
    reason: str


class _Statement(NamedTuple):
    start: int
    clause: str
    whole: bool  # the clause must be the answer and nothing else
    opens: bool  # nothing but spaces stands before it


_MARK = re.compile(
    r"""
      (?P<line>\#{4}(?!\#)|^[ \t>]{0,8}A:)
    | \\boxed\{(?P<boxed>[^{}\n]{1,200})\}
    | \b(?:answer|correct\s(?:choice|option))
      (?:\s(?:to|for)\s[^\n.:]{1,60}?)?
      (?:\s(?:is|would\sbe|will\sbe)\b(?!\snot\b|\sneither\b)\s?:?|\s?[:=])
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_BOLD = re.compile(r"\*\*(?![0-9])|(?<![0-9])\*\*")
_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")
_NEXT_QUESTION = re.compile(r"(?<=\S)\s{0,9}\nQ:")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_ASIDE = re.compile(r"\(|;|,\s(?!and\b|or\b)(?=[A-Za-z])|\s(?:because|since|as|which|so)\s")
_FINAL_LABEL = re.compile(r"\(([A-Za-z])\)[\s.!\"'”’*]{0,9}\Z")
_CONCLUSION = re.compile(r"(?:so|thus|therefore|hence|altogether|in total|in all)\b", re.IGNORECASE)
_LINE_CAP = 2_000


def extract(
    text: str, choices: Sequence[Choice] = (), *, explicit_only: bool = False
) -> Extraction:
    """The answer that a text states: a label where there are choices, else a number."""
    text = _CALCULATOR.sub("", _BOLD.sub("", _NEXT_QUESTION.split(text, maxsplit=1)[0]))
    statements = list(_statements(text))
    if choices and (final := _final_label(text, choices, statements)):
        return Extraction(final, "")
    unread = ""
    for statement in reversed(statements):
        found = _read_choice(statement, choices) if choices else _read_number(statement)
        if found and found.answer is None and choices:
            unread = unread or found.reason
        elif found:
            return found
    if unread or explicit_only:
        return Extraction(None, unread or NOTHING_STATED)
    return _read_last_line(text, choices)


def _statements(text: str) -> Iterator[_Statement]:
    for mark in _MARK.finditer(text):
        opens = not text[max(0, mark.start() - 200) : mark.start()].strip()
        if mark["boxed"]:
            yield _Statement(mark.start(), mark["boxed"], True, opens)
            continue
        rest = text[mark.end() : mark.end() + _LINE_CAP].lstrip()
        whole = mark["line"] is not None
        clause = rest.split("\n", 1)[0] if whole else _SENTENCE_END.split(rest, maxsplit=1)[0]
        yield _Statement(mark.start(), clause, whole, opens)


def _read_number(statement: _Statement) -> Extraction | None:
    """What a statement says; None where it names no number at all, so that another may count."""
    clause = statement.clause
    left, _, right = clause.rpartition("=")
    if statement.whole:
        # "x = 5" is an answer; "Tom sold 48/2 = 24 clips in May." is a first step after "A:".
        answer = normalise_number(clause if re.search("[A-Za-z]{2}", left) else right)
    else:
        cut = _ASIDE.split(clause.lstrip(" ("), maxsplit=1)[0]
        numbers = list(numbers_in(cut.rpartition("=")[2]))
        answer = numbers[0] if len(numbers) == 1 else None
    if answer is not None:
        return Extraction(answer, "")
    if statement.opens or not re.search("[0-9]", clause):
        return None
    return Extraction(None, f"states '{clause[:60].strip()}', which is not one number")


def _read_choice(statement: _Statement, choices: Sequence[Choice]) -> Extraction | None:
    if statement.whole:
        label = named_choice(statement.clause, choices)
        named = {label} if label else choices_named_first(statement.clause, choices)
        if statement.opens and label is None:
            return None
    else:
        named = choices_named_first(statement.clause, choices)
    if len(named) == 1:
        return Extraction(named.pop(), "")
    shown = statement.clause[:60].strip()
    if named:
        both = " and ".join(f"({label.lower()})" for label in sorted(filter(None, named)))
        return Extraction(None, f"states '{shown}', which may be {both}")
    return Extraction(None, f"states '{shown}', which is none of the choices") if shown else None


def _final_label(
    text: str, choices: Sequence[Choice], statements: Sequence[_Statement]
) -> str | None:
    """The `(e)` that a text ends in, unless it is a part of what a statement says."""
    final = _FINAL_LABEL.search(text, max(0, len(text) - 20))
    if final is None or final[1].upper() not in {choice.label for choice in choices}:
        return None
    last = statements[-1] if statements else None
    inside = last is not None and last.clause.find(f"({final[1]})") >= 0
    return None if inside else final[1].upper()


def _read_last_line(text: str, choices: Sequence[Choice]) -> Extraction:
    line = text.strip().rpartition("\n")[2].strip().removeprefix("- ")[:_LINE_CAP]
    answer = named_choice(line, choices) if choices else _last_number(line)
    return Extraction(answer, "" if answer else NOTHING_STATED)


def _last_number(line: str) -> str | None:
    result = normalise_number(line.rpartition("=")[2])
    if result is None and _CONCLUSION.match(line) and line.endswith((".", "!")):
        numbers = list(numbers_in(line))
        result = numbers[0] if len(numbers) == 1 else None
    return result

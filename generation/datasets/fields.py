"""Fields of one JSON line, checked: a value that can be stored, or `BadValue` with what to do."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from generation.answers import Choice, named_choice, normalise_number

MAX_TEXT = 20_000  # a rationale is a page at most; more is a mistake in the file
MAX_NAME = 100  # ids and source names
_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Record = dict[str, Any]


class BadValue(ValueError):
    """A value that cannot be used; its message names the value and what to do about it."""


def shown(value: object) -> str:
    """A value as a complaint prints it: short, and safe to print."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def clean_text(value: object, name: str, *, limit: int = MAX_TEXT) -> str:
    """A text without outer white space, or a complaint that calls it `name`."""
    if not isinstance(value, str):
        raise BadValue(f"{name} is {shown(value)}; give a text")
    text = value.strip()
    if not text:
        raise BadValue(f"{name} is empty; give a text or leave the line out")
    if len(text) > limit:
        raise BadValue(f"{name} has {len(text):,} characters; at most {limit:,} are allowed")
    if "\0" in text:
        raise BadValue(f"{name} holds a NUL byte near {shown(_around(text, chr(0)))}; remove it")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        near = text[max(0, error.start - 10) : error.start + 10]
        raise BadValue(f"{name} is not valid Unicode near {shown(near)}; save as UTF-8") from None
    return text


def _around(text: str, character: str) -> str:
    position = text.index(character)
    return text[max(0, position - 10) : position + 10]


def text_field(record: Record, name: str, *, limit: int = MAX_TEXT) -> str:
    """The text under `name`, which the line must have."""
    if name not in record:
        raise BadValue(f"'{name}' is missing; the line has {_names(record)}")
    return clean_text(record[name], f"'{name}'", limit=limit)


def optional_text(record: Record, name: str, *, limit: int = MAX_TEXT) -> str | None:
    """The text under `name`; None where the line lacks it or says null."""
    return None if record.get(name) is None else text_field(record, name, limit=limit)


def key_field(record: Record, name: str) -> str | None:
    """An id under `name`, a text or a whole number; None where the line lacks it or says null."""
    value = record.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return None if value is None else clean_text(value, f"'{name}'", limit=MAX_NAME)


def record_field(record: Record, name: str) -> Record:
    """The object under `name`, which the line must have."""
    if name not in record:
        raise BadValue(f"'{name}' is missing; the line has {_names(record)}")
    if not isinstance(record[name], dict):
        raise BadValue(f"'{name}' is {shown(record[name])}; give an object in braces")
    return dict(record[name])


def choices_field(record: Record, name: str) -> tuple[Choice, ...]:
    """Choices as {label, text} or as plain texts, which are labelled A, B, C in their order."""
    given = record.get(name)
    if not isinstance(given, list) or not 2 <= len(given) <= len(_LABELS):
        raise BadValue(f"'{name}' is {shown(given)}; give a list of 2 to {len(_LABELS)} choices")
    choices = tuple(_choice(value, label) for value, label in zip(given, _LABELS, strict=False))
    labels = [choice.label for choice in choices]
    if len(set(labels)) < len(labels):
        raise BadValue(f"'{name}' has the labels {', '.join(labels)}; give each choice its own")
    return choices


def _choice(value: object, label: str) -> Choice:
    if not isinstance(value, dict):
        return Choice(label, clean_text(value, f"choice {label}"))
    label = text_field(value, "label").upper()
    if len(label) != 1 or label not in _LABELS:
        raise BadValue(f"a choice has the label {shown(label)}; use one letter, A to Z")
    return Choice(label, text_field(value, "text"))


def label_field(record: Record, name: str, choices: Sequence[Choice]) -> str:
    """The label under `name`, which must be one of the choices'."""
    label = text_field(record, name).upper()
    labels = [choice.label for choice in choices]
    if label not in labels:
        raise BadValue(f"'{name}' is {shown(record[name])}; use one of {', '.join(labels)}")
    return label


def answer_text(value: object, name: str) -> str:
    """An answer as text: JSON numbers as they are written, never true or false."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return clean_text(value, name)


def read_answer(value: object, name: str, choices: Sequence[Choice]) -> str:
    """The label or the normal number that an answer names."""
    text = answer_text(value, name)
    if choices:
        label = named_choice(text, choices)
        if label is None:
            offered = ", ".join(f"({choice.label}) {choice.text}" for choice in choices)
            raise BadValue(f"{name} {shown(text)} names none, or several, of: {offered}")
        return label
    number = normalise_number(text)
    if number is None:
        raise BadValue(f"{name} {shown(text)} is not a number; correct it, or give 'choices'")
    return number


def _names(record: Record) -> str:
    names = ", ".join(shown(name) for name in list(record)[:8])
    return names or "no fields"

"""The JSON that the API takes: what Python reads but nobody could store or print is refused."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 20  # no endpoint asks for more than five


class PlainJSON(JSONParser):
    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            read = super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError(f"Brackets stand more than {DEEPEST} deep.") from None
        _check(read)
        return read


def _check(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ParseError(f"Brackets stand more than {DEEPEST} deep.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParseError(f"{value[:60]!a} has half of a character.") from None
    elif isinstance(value, dict | list):
        inner = (*value, *value.values()) if isinstance(value, dict) else value
        for each in inner:
            _check(each, depth + 1)

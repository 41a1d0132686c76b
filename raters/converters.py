"""What may stand for a code in an address: the letters that codes are made of, and few of them.

Anything else (a NUL, a megabyte) is no address of ours and never reaches a database.
"""

import re

from django.urls import register_converter
from django.urls.converters import StringConverter


class CodeConverter(StringConverter):
    regex = "[A-Za-z0-9_-]{1,64}"


def is_code(text: str) -> bool:
    """Whether this, out of a query, could stand in an address."""
    return re.fullmatch(CodeConverter.regex, text) is not None


register_converter(CodeConverter, "code")

"""Numbers as people and models write them: finds them, and gives each its one normal form.

Knows currency signs, thousands separators, fractions, percentages, scientific notation, units and
scale words. Knows nothing of where in a text an answer stands (see `statement`), and does no
arithmetic: "5 + 3" is an expression, not a number, and is refused rather than guessed at.

"50%" is 50 and not 0.5: GSM8K asks "what percentage" and keeps "50" as the gold answer.
The removal of commas follows OpenAI's own grader (openai/grade-school-math, dataset.py, commit
3101c7d); equality by value instead of by characters is ours, so that "18.00" equals "18".
"""

import re
from fractions import Fraction
from itertools import islice

MAX_LENGTH = 200  # of a number, as written and in normal form: answers are stored in short columns

_MINUS_SIGNS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013\uff0d\ufe63", "-"))
_SCALES = {"k": 10**3, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

# Quantifiers are bounded, or possessive over a class that what follows cannot begin with: no
# text makes these backtrack.
_NUMBER = re.compile(
    r"""
    (?<![\w.,])
    (?P<sign>(?:-|minus\s|negative\s)\s?)?
    (?:US)?\\?[$€£¥]?\s?
    (?P<inner_sign>-)?
    (?:
        (?:(?P<whole>[0-9]{1,9})\s)?(?P<over>[0-9]++)\s?/\s?(?P<under>[0-9]++)
      | (?:
            (?P<digits>[0-9]{1,3}(?:,[0-9]{2,3}){0,130},[0-9]{3}(?![0-9]) | [0-9]++)
            (?P<decimals>\.[0-9]++)?
          | (?P<point>\.[0-9]++)
        )
        (?: e(?P<e>[+-]?[0-9]++)(?!\w) | \s?[x×*]\s?10\s?\^\s?\{?(?P<power>-?[0-9]++)\}? )?
    )
    (?:\s?(?P<scale>k|thousand|million|billion|trillion)\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# "18 dollars a day", "20%", "60 miles/hour": up to six words.
_UNIT = re.compile(
    r"\s?[\\]?[%°$€£¢]?(?:\s?[^\W\d_'’²³/]['’²³/\w-]{0,30})?(?:\s[^\W\d_][\w'’²³/-]{0,30}){0,5}"
    r"\s?[.!]?\s*$"
)
# "1.2.3", "5,6", "5x", "1 and a half"
_GOES_ON = re.compile(
    r"[.,][0-9]|\s?[xyn]\b|\sand\s(?:a|one|three)\s(?:half|third|quarters?)\b", re.IGNORECASE
)
_OPERATORS = "+*×÷/^=<>:~"


def normalise_number(text: str) -> str | None:
    """The number that a text consists of, apart from its unit: "$1,200.00" is "1200".

    None where the text is anything else, or a number longer than MAX_LENGTH.
    """
    text = " ".join(text.translate(_MINUS_SIGNS).split())
    match = _NUMBER.match(text)
    if match is None or _GOES_ON.match(text, match.end()) or not _UNIT.match(text, match.end()):
        return None
    return _normal(match)


def only_number(text: str) -> str | None:
    """The one number of a text; None where there are none, several, or an expression ("10+x")."""
    text = text.translate(_MINUS_SIGNS)
    matches = list(islice(_NUMBER.finditer(text), 2))
    if len(matches) != 1:
        return None
    match = matches[0]
    before, after = text[: match.start()].rstrip()[-1:], text[match.end() :].lstrip()[:1]
    in_expression = (before and before in _OPERATORS) or (after and after in _OPERATORS)
    if in_expression or _GOES_ON.match(text, match.end()):
        return None
    return _normal(match)


def same_answer(a: str, b: str) -> bool:
    """Whether two answers are equal: numbers by value, anything else but for case and spaces."""
    number_a, number_b = normalise_number(a), normalise_number(b)
    if number_a is not None or number_b is not None:
        return number_a == number_b
    return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()


def _normal(match: re.Match[str]) -> str | None:
    value = _value(match)
    written = "" if value is None else _written(value)
    return written if 0 < len(written) <= MAX_LENGTH else None


def _value(match: re.Match[str]) -> Fraction | None:
    parts = match.groupdict()
    exponent = int((parts["e"] or parts["power"] or "0")[:9])
    if match.end() - match.start() > MAX_LENGTH or abs(exponent) > MAX_LENGTH:
        return None
    if parts["under"]:
        if int(parts["under"]) == 0:
            return None
        size = int(parts["whole"] or 0) + Fraction(int(parts["over"]), int(parts["under"]))
    else:
        digits = (parts["digits"] or "0").replace(",", "")
        size = Fraction(digits + (parts["decimals"] or parts["point"] or ""))
    size *= Fraction(10) ** exponent * _SCALES.get((parts["scale"] or "").lower(), 1)
    return -size if bool(parts["sign"]) != bool(parts["inner_sign"]) else size


def _written(value: Fraction) -> str:
    """A decimal where one is exact ("0.2"), else the reduced fraction ("1/3")."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        places = max(places, power)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    decimals = f".{digits[-places:]}" if places else ""
    return f"{'-' if value < 0 else ''}{digits[: len(digits) - places]}{decimals}"

"""GSM8K's calculator: when a model has written `<<48/2=`, the result follows from arithmetic.

The result and the closing brackets are forced, as in OpenAI's grade-school-math; what the model
makes of them is its own. Exact fractions by a parser of our own (`generation.steps`), no eval: what
is not plain arithmetic of bounded length is left to the model.
"""

import re
from fractions import Fraction

from generation.steps import evaluate, plain

OPEN = re.compile(r"<<([^<>=\n]{1,100})=\Z")
ARITHMETIC = re.compile(r"[-+*/().%0-9]{1,100}")
DECIMALS = 4
ROUNDED_TO = 2
LONGEST = 12


def computed(text: str) -> str | None:
    """What must follow a text that has just opened a sum, as in `24>>`; else None."""
    asked = OPEN.search(text)
    expression = plain(asked[1]) if asked else ""
    if not ARITHMETIC.fullmatch(expression):
        return None
    value = evaluate(expression)
    if value is None or abs(value) >= 10**LONGEST:
        return None
    return f"{written(value)}>>"


def written(value: Fraction) -> str:
    """Up to four decimals as they are; what is longer is rounded to two, as people write it."""
    scaled = value * 10**DECIMALS
    exact = scaled.denominator == 1
    places = DECIMALS if exact else ROUNDED_TO
    digits = f"{float(value):.{places}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits

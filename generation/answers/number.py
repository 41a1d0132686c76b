"""Numbers as people and models write them: reads one, gives its one normal form, or a reason.

Knows currency signs, thousands separators, fractions, percentages, scientific notation, units and
scale words. Knows nothing of where in a text an answer stands (see `statement`), and does no
arithmetic: "5 + 3" is an expression, not a number, and is refused rather than guessed at.

"50%" is 50 and not 0.5: GSM8K asks "what percentage" and keeps "50" as the gold answer.
The removal of commas follows OpenAI's own grader (openai/grade-school-math, dataset.py, commit
3101c7d); equality by value instead of by characters is ours, so that "18.00" equals "18".
"""

import re
from fractions import Fraction

MAX_DIGITS = 400
MAX_EXPONENT = 400

_MINUS_SIGNS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013\uff0d\ufe63", "-"))
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

# Every quantifier is either over one character class that cannot overlap with what follows it, or
# bounded: matching is linear in the length of the text.
NUMBER = re.compile(
    r"""
    (?<![\w.,])
    (?P<sign>(?:-|minus\s|negative\s)\s?)?
    (?:US)?\\?[$€£¥]?\s?
    (?P<inner_sign>-)?
    (?:
        (?:(?P<whole>[0-9]{1,9})\s)?(?P<over>[0-9]+)\s?/\s?(?P<under>[0-9]+)
      | (?P<digits>[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?![0-9]) | [0-9]+)?(?P<decimals>\.[0-9]+)?
        (?P<power>[eE][+-]?[0-9]+(?![\w]) | \s?[x×*]\s?10\s?\^\s?\{?-?[0-9]+\}?)?
    )
    (?:\s(?P<scale>thousand|million|billion|trillion)\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)

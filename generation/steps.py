"""The steps of a rationale: its sentences, and the equations in them.

Knows arithmetic as people write it (`12 + 5 = 17`, GSM8K's `<<48/2=24>>`). Does not know which
answer is right, nor whether a true equation is the one that the
story asks for: a wrong operation with true arithmetic passes every check here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from generation.answers import extract

NUMBER = r"\d[\d,]*(?:\.\d+)?"
TERM = rf"\(*\$?(?:{NUMBER}|\.\d+)%?\)*"
EXPRESSION = rf"{TERM}(?:\s*[-+*/x×÷−]\s*{TERM})*"
RESULT = re.compile(rf"=\s*-?\$?({NUMBER})")
EQUATION = re.compile(rf"(?<![\w.)])-?{EXPRESSION}(?:\s*=\s*-?{EXPRESSION})+")
# Not "The answer must be something that ...", which is how a reasoning begins.
ANSWER_SENTENCE = re.compile(
    r"^(####|(therefore|so|thus|hence)?,?\s*the (final )?answer\s*(is|would be|will be|[:=]))", re.I
)
SCRATCHPAD = re.compile(r"<scratch>\n(.*?)(?:</scratch>|\Z)", re.DOTALL)
CARRIED = re.compile(r" C: \d\Z")
NUMBER_WORDS = {
    "one": 1, "two": 2, "twice": 2, "double": 2, "half": 2, "three": 3, "triple": 3, "thrice": 3,
    "four": 4, "quarter": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "dozen": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Equation:
    """One claimed equality; `left` and `right` are expressions without white space."""

    left: str
    right: str

    @property
    def holds(self) -> bool:
        left, right = evaluate(self.left), evaluate(self.right)
        return left is not None and left == right

    def __str__(self) -> str:
        return f"{in_order(self.left)}={self.right}"


@dataclass(frozen=True)
class Step:
    """One sentence of a rationale, and the equations that it states."""

    text: str
    equations: tuple[Equation, ...]


def split_steps(rationale: str) -> list[Step]:
    """The sentences, without those that only state the answer; of a scratchpad its columns."""
    if scratch := SCRATCHPAD.search(rationale):
        return [Step(line, ()) for line in scratch[1].split("\n")[1:] if CARRIED.search(line)]
    steps = [Step(text, tuple(equations(text))) for text in sentences(rationale)]
    return [step for step in steps if step.equations or not ANSWER_SENTENCE.match(step.text)]


def sentences(text: str) -> list[str]:
    """Lines, cut after a full stop that is no decimal point."""
    parts = re.split(r"\n+|(?<=[.!?])\s+(?=\S)", without_calculator(text))
    return [part.strip() for part in parts if part.strip()]


def without_calculator(text: str) -> str:
    """GSM8K's marks undone: `48/2 = <<48/2=24>>24` and `<<48/2=24>>24` are one equation."""
    text = re.sub(r"(=\s*\$?)<<[^<>]*>>", r"\1", text)
    return re.sub(r"\$?<<([^<>]*)>>\s*\$?[\d.,]*\d", r"\1", text)


def equations(text: str) -> list[Equation]:
    """Every equation in order; a chain `a = b = c` is two, and `5 = 5`, computing nothing, none."""
    found = []
    for match in EQUATION.finditer(without_calculator(text)):
        sides = [plain(side) for side in match.group().split("=")]
        found += [Equation(a, b) for a, b in pairwise(sides) if has_operator(a) or has_operator(b)]
    return found


def plain(expression: str) -> str:
    """One spelling: no space, dollar or thousands comma; `*`, `/` and `-` for their cousins."""
    expression = re.sub(r"[\s$,]", "", expression)
    return expression.translate(str.maketrans("x×÷−", "**/-"))


def has_operator(expression: str) -> bool:
    return bool(re.search(r"[-+*/]", expression.lstrip("-")))


def in_order(expression: str) -> str:
    """`5+12` for `12+5`: the order of a pure sum or product is no difference in reasoning."""
    for sign in "+*":
        parts = expression.split(sign)
        if len(parts) > 1 and all(re.fullmatch(r"[\d.]+", part) for part in parts):
            return sign.join(sorted(parts, key=Fraction))
    return expression


def evaluate(expression: str) -> Fraction | None:
    """The exact value; None where the brackets do not match or a divisor is 0."""
    tokens = re.findall(r"\d+\.?\d*%?|\.\d+%?|[-+*/()]", expression)
    try:
        value, rest = parse_sum(tokens)
    except (IndexError, ValueError, ZeroDivisionError):
        return None
    return None if rest else value


def parse_sum(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = parse_product(tokens)
    while tokens and tokens[0] in "+-":
        term, rest = parse_product(tokens[1:])
        value, tokens = (value + term if tokens[0] == "+" else value - term), rest
    return value, tokens


def parse_product(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = parse_number(tokens)
    while tokens and tokens[0] in "*/":
        factor, rest = parse_number(tokens[1:])
        value, tokens = (value * factor if tokens[0] == "*" else value / factor), rest
    return value, tokens


def parse_number(tokens: list[str]) -> tuple[Fraction, list[str]]:
    head, rest = tokens[0], tokens[1:]
    if head == "-":
        value, rest = parse_number(rest)
        return -value, rest
    if head == "(":
        value, rest = parse_sum(rest)
        if rest[0] != ")":
            raise ValueError("a bracket stays open")
        return value, rest[1:]
    if head.endswith("%"):
        return Fraction(head[:-1]) / 100, rest
    return Fraction(head), rest


def step_sequence(rationale: str) -> tuple[str, ...]:
    """What was reasoned, in order, without how it was worded: two rationales are the same reasoning
    when these are equal. The equations; the bare sentences where there is no equation at all; and
    `()` for a jump straight to the answer."""
    steps = split_steps(rationale)
    found = tuple(str(equation) for step in steps for equation in step.equations)
    return found or tuple(re.sub(r"\W+", " ", step.text).strip().lower() for step in steps)


def wrong_steps(rationale: str) -> list[Step]:
    """The steps that state a false equation."""
    return [s for s in split_steps(rationale) if not all(e.holds for e in s.equations)]


def unfounded_steps(rationale: str, question: str) -> list[Step]:
    """The steps that compute with a number from nowhere: neither in the question (as digits or a
    word such as *twice*) nor computed in an earlier equation."""
    known, unfounded = numbers_in(question), []
    for step in split_steps(rationale):
        for equation in step.equations:
            if not numbers_in(equation.left) <= known and step not in unfounded:
                unfounded.append(step)
            known |= numbers_in(equation.right)
    return unfounded


def numbers_in(text: str) -> set[Fraction]:
    digits = re.findall(rf"{NUMBER}|\.\d+", text)
    words = (NUMBER_WORDS.get(word) for word in re.findall(r"[a-z]+", text.lower()))
    return {Fraction(n.replace(",", "")) for n in digits} | {Fraction(n) for n in words if n}


def is_jump(rationale: str) -> bool:
    """The answer alone, no step at all."""
    return not split_steps(rationale)


def is_right_by_wrong_reasoning(rationale: str, question: str, *, right: bool) -> bool:
    """A right answer after a false equation or a number from nowhere, or that is none of the
    results that were computed for it.

    A heuristic with known gaps: constants that a question leaves unsaid (7 days a week) count as
    from nowhere, a wrong operation on the right numbers is not seen, and a jump is not wrong
    reasoning but none (`is_jump`)."""
    if not right:
        return False
    return bool(
        wrong_steps(rationale) or unfounded_steps(rationale, question)
    ) or answer_comes_from_nowhere(rationale)


def answer_comes_from_nowhere(rationale: str) -> bool:
    """Something was computed, and the stated number is no result of it."""
    stated = extract(rationale, explicit_only=True).answer
    found = [equation for step in split_steps(rationale) for equation in step.equations]
    results = {evaluate(side) for each in found for side in (each.left, each.right)}
    results |= numbers_in(" ".join(RESULT.findall(without_calculator(rationale))))
    return bool(found) and stated is not None and abs(Fraction(stated)) not in results


def differ_as_reasoning(rationales: Iterable[str]) -> bool:
    """Whether the step sequences are not all the same."""
    return len({step_sequence(text) for text in rationales}) > 1

"""The rules by which a rater may be left out: time, objective checks, an unfinished share.

Pure. All of them are blind to what a rater preferred. There is no rule by agreement, and none is to
be added: leaving out those who disagree makes a test find what is not there. A rule is a plain
mapping of numbers, as a plan keeps it, under the name of its kind.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

TOO_FAST, OFTEN_FAST, FAILED_CHECKS, TOO_FEW = "too-fast", "often-fast", "failed-checks", "too-few"
ASKED = "asked"  # by hand, with a reason: the rater asked to withdraw
KINDS = {
    TOO_FAST: ("seconds",),
    OFTEN_FAST: ("percent", "seconds"),
    FAILED_CHECKS: ("right", "of"),
    TOO_FEW: ("ratings",),
}
Rule = Mapping[str, Any]
Rules = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules know of a rater. `checks` are right or wrong in the order of answering.

    `seconds` of each rating: on the screen, or where the browser did not say, from the first paint
    to the answer. `is_done`: nothing more is to come, as the study is closed or the rater left.
    """

    ratings: int
    seconds: tuple[float, ...]
    checks: tuple[bool, ...]
    is_done: bool

    @property
    def median_seconds(self) -> float | None:
        return median(self.seconds) if self.seconds else None


def numbers(rules: Rules) -> dict[str, dict[str, Any]]:
    """The rules alone, without when each was set; in one order."""
    return {
        kind: {name: rules[kind][name] for name in names}
        for kind, names in KINDS.items()
        if kind in rules
    }


def rule_words(kind: str, rule: Rule) -> str:
    """What a rule says, as part of a sentence about a rater who is left out."""
    if kind == ASKED:
        return "asked to withdraw"
    return {
        TOO_FAST: "half of all ratings took less than {seconds:g} s",
        OFTEN_FAST: "more than {percent:g} % of all ratings took less than {seconds:g} s",
        FAILED_CHECKS: "fewer than {right} of the first {of} checks were right",
        TOO_FEW: "fewer than {ratings} ratings in the end",
    }[kind].format(**rule)


def falls_under(rules: Rules, facts: Facts) -> dict[str, str]:
    """The rules that this rater falls under, each with the figure that says so."""
    found = ((kind, _TESTS[kind](rule, facts)) for kind, rule in numbers(rules).items())
    return {kind: said for kind, said in found if said}


def rule_problems(rules: Rules) -> Iterator[str]:
    """What makes no sense in these rules, a sentence each."""
    for kind, rule in numbers(rules).items():
        for name, number in rule.items():
            if not number > 0:
                yield f"A rule of {number:g} {name} leaves nobody out; give more or leave it empty."
        if kind == OFTEN_FAST and rule["percent"] >= 100:
            yield f"More than {rule['percent']:g} % of all ratings is never; name less than 100 %."
        if kind == FAILED_CHECKS and rule["right"] > rule["of"]:
            yield f"Nobody has {rule['right']} of {rule['of']} checks right; ask for {rule['of']}."


def _too_fast(rule: Rule, facts: Facts) -> str:
    middle = facts.median_seconds
    if middle is None or middle >= rule["seconds"]:
        return ""
    return f"median {middle:.1f} s, less than {rule['seconds']:g} s"


def _often_fast(rule: Rule, facts: Facts) -> str:
    fast = sum(seconds < rule["seconds"] for seconds in facts.seconds)
    if not fast or 100 * fast <= rule["percent"] * len(facts.seconds):
        return ""
    return f"{fast} of {len(facts.seconds)} ratings took less than {rule['seconds']:g} s"


def _failed_checks(rule: Rule, facts: Facts) -> str:
    """Whoever met fewer checks than the rule looks at is not judged by it."""
    first = facts.checks[: rule["of"]]
    if len(first) < rule["of"] or sum(first) >= rule["right"]:
        return ""
    return f"{sum(first)} of the first {rule['of']} checks right, fewer than {rule['right']}"


def _too_few(rule: Rule, facts: Facts) -> str:
    """Only once no more can come, and only of those who rated at all."""
    if not facts.is_done or not 0 < facts.ratings < rule["ratings"]:
        return ""
    return f"{facts.ratings} ratings, fewer than {rule['ratings']}"


_TESTS: dict[str, Callable[[Rule, Facts], str]] = {
    TOO_FAST: _too_fast,
    OFTEN_FAST: _often_fast,
    FAILED_CHECKS: _failed_checks,
    TOO_FEW: _too_few,
}

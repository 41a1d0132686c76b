"""What a study asks of its raters, and how much: its settings, checked, and what they come to.

Knows: which settings go together, and the keys that the rating room keeps for itself. Knows no
rows, texts or sources; what a whole answer is under these settings, judgement.py knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

PICK_BEST, RANKING, BEST_WORST = "pick-best", "ranking", "best-worst"
PROTOCOLS = (PICK_BEST, RANKING, BEST_WORST)

# Keys of the room: none good, too close, undo, skip, flag, comment, no errors.
ROOM_KEYS = "ntusfce"
REASON_KEYS = "".join(key for key in "abcdefghijklmnopqrstuvwxyz" if key not in ROOM_KEYS)
# The six ways in which the talk's rationales lose, and three that raters asked for.
DEFAULT_REASONS = (
    {"key": "q", "name": "question implies answer"},
    {"key": "b", "name": "begging the question"},
    {"key": "x", "name": "exercise to the reader"},
    {"key": "w", "name": "world-state assertion"},
    {"key": "r", "name": "red herring"},
    {"key": "h", "name": "hint short-cut"},
    {"key": "k", "name": "skips steps"},
    {"key": "m", "name": "wrong step"},
    {"key": "l", "name": "too long"},
)

LONGEST_LABEL = 60
FEWEST_POINTS, MOST_POINTS, MOST_CRITERIA = 2, 10, 8
LONGEST_INSTRUCTIONS = 10_000
LONGEST_LEASE = 7 * 24 * 60  # minutes
LONGEST_BUNDLE = 30 * 24  # hours
MOST_PERCENT = 50
SMALLEST_SHARE, SHARE_DIVISOR = 50, 5


class StudyRefused(Exception):
    """Why a study cannot be made or moved, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a study comes to. Bundles are as large as asked, but for a smaller last one."""

    triples: int
    ratings: int
    bundles: int = 0
    in_bundle: int = 0
    in_last: int = 0
    most_per_rater: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySettings:
    """The columns of a study that its maker decides, under their own names.

    `most_per_rater`: None asks for the usual share, 0 for no limit.
    """

    raters_per_triple: int
    triples_per_rater: int | None = None
    most_per_rater: int | None = None
    bundle_hours: int = 24
    counts_partial: bool = False
    repeat_percent: int = 0
    check_percent: int = 0
    protocol: str = PICK_BEST
    shows_gold_answer: bool = True
    allows_none_good: bool = True
    allows_too_close: bool = True
    allows_ties: bool = False
    reasons: Sequence[Mapping[str, str]] = ()
    asks_step_marks: bool = False
    criteria: Sequence[Mapping[str, Any]] = ()
    asks_comment: bool = False
    lease_minutes: int = 20
    instructions: str = ""

    def check(self, *, slots: int) -> None:
        """Refuse the first setting that makes no sense for triples of so many rationales."""
        for problem in self._problems(slots):
            raise StudyRefused(problem)

    def size(self, *, triples: int) -> Size:
        ratings = triples * self.raters_per_triple
        each = self.triples_per_rater
        if each:
            return Size(triples, ratings, -(-ratings // each), each, ratings % each or each)
        share = max(SMALLEST_SHARE, -(-ratings // SHARE_DIVISOR))
        most = share if self.most_per_rater is None else self.most_per_rater or None
        return Size(triples, ratings, most_per_rater=most)

    def columns(self, *, triples: int) -> dict[str, Any]:
        """The settings as a study of so many triples keeps them."""
        return asdict(self) | {
            "most_per_rater": self.size(triples=triples).most_per_rater,
            "instructions": self.instructions.strip(),
            "reasons": [{"key": each["key"], "name": each["name"]} for each in self.reasons],
            "criteria": [
                {"name": each["name"], "points": each["points"]} for each in self.criteria
            ],
        }

    def _problems(self, slots: int) -> Iterator[str]:
        yield from self._protocol_problems(slots)
        yield from self._amount_problems()
        yield from _reason_problems(self.reasons)
        yield from _criterion_problems(self.criteria)
        if len(self.instructions) > LONGEST_INSTRUCTIONS or "\0" in self.instructions:
            yield f"Instructions are plain text of at most {LONGEST_INSTRUCTIONS:,} characters."

    def _protocol_problems(self, slots: int) -> Iterator[str]:
        if self.protocol not in PROTOCOLS:
            yield f"There is no protocol '{self.protocol}'; use one of {', '.join(PROTOCOLS)}."
        if self.protocol == BEST_WORST and slots < 3:
            yield f"Best and worst need three sources or more, not {slots}; ask for the best alone."
        if self.allows_ties and self.protocol != RANKING:
            yield f"Equal ranks belong to a ranking, not to {self.protocol}; leave them out."

    def _amount_problems(self) -> Iterator[str]:
        for what, number in (
            ("raters per triple", self.raters_per_triple),
            ("triples per rater", self.triples_per_rater),
        ):
            if number is not None and number < 1:
                yield f"The number of {what} is {number}; it has to be 1 or more."
        if self.most_per_rater is not None and self.most_per_rater < 0:
            yield f"A rater's share cannot be {self.most_per_rater}; 0 sets no limit."
        if self.triples_per_rater and self.most_per_rater:
            yield (
                f"Each rater is promised {self.triples_per_rater} triples, so a share of at most "
                f"{self.most_per_rater} says the same twice; leave one of them empty."
            )
        if not 1 <= self.lease_minutes <= LONGEST_LEASE:
            yield (
                f"A triple can be in hand for 1 to {LONGEST_LEASE:,} minutes, "
                f"not {self.lease_minutes}."
            )
        if not 1 <= self.bundle_hours <= LONGEST_BUNDLE:
            yield f"A bundle can be kept for 1 to {LONGEST_BUNDLE} hours, not {self.bundle_hours}."
        for what, number in (("repeats", self.repeat_percent), ("checks", self.check_percent)):
            if not 0 <= number <= MOST_PERCENT:
                yield f"The share of {what} is {number} %; it can be 0 to {MOST_PERCENT} %."


@dataclass(frozen=True, slots=True)
class Preset:
    """A study to start from: what differs from the defaults, and how many questions."""

    name: str
    about: str
    questions: int | None
    settings: Mapping[str, Any]


PRESETS = {
    "paper": Preset(
        "The STaR paper's",
        "Three sources ranked without ties, 50 questions, four ratings each, ten triples a rater: "
        "20 raters.",
        50,
        {
            "raters_per_triple": 4,
            "triples_per_rater": 10,
            "protocol": RANKING,
            "allows_none_good": False,
            "allows_too_close": False,
        },
    ),
    "quick": Preset(
        "Quick pick",
        "One key a triple: the best, none good, or too close. Three ratings each.",
        None,
        {"raters_per_triple": 3},
    ),
    "reasons": Preset(
        "Rank and say why",
        "A ranking, ties allowed, with what spoke for or against each from a list.",
        None,
        {
            "raters_per_triple": 3,
            "protocol": RANKING,
            "allows_ties": True,
            "reasons": DEFAULT_REASONS,
            "lease_minutes": 30,
        },
    ),
    "steps": Preset(
        "Step marks",
        "The best, and every step marked −1, 0 or +1 up to the first error, as in PRM800K.",
        None,
        {"raters_per_triple": 2, "asks_step_marks": True, "lease_minutes": 45},
    ),
}


def _reason_problems(reasons: Sequence[Mapping[str, str]]) -> Iterator[str]:
    keys, names = [each["key"] for each in reasons], [each["name"] for each in reasons]
    for key, name in zip(keys, names, strict=True):
        if len(key) != 1 or key not in REASON_KEYS:
            yield (
                f"The key of a reason is one letter of {REASON_KEYS} (the room needs the others), "
                f"not '{key}'."
            )
        if not _is_label(name):
            yield f"The reason of key '{key}' needs a name of 1 to {LONGEST_LABEL} characters."
    yield from (f"Two reasons have the key '{key}'; give each its own." for key in _twice(keys))
    yield from (f"The reason '{name}' is there twice; leave one out." for name in _twice(names))


def _criterion_problems(criteria: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [each["name"] for each in criteria]
    if len(names) > MOST_CRITERIA:
        yield f"{len(names)} criteria are too many for one screen; ask for {MOST_CRITERIA} at most."
    for each in criteria:
        if not _is_label(each["name"]):
            yield f"Criterion '{each['name']}' needs a name of 1 to {LONGEST_LABEL} characters."
        if not FEWEST_POINTS <= each["points"] <= MOST_POINTS:
            yield (
                f"The scale of '{each['name']}' has {each['points']} points; it can have "
                f"{FEWEST_POINTS} to {MOST_POINTS}."
            )
    yield from (f"Two criteria are named '{name}'; name each once." for name in _twice(names))


def _is_label(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= LONGEST_LABEL


def _twice(words: Sequence[str]) -> list[str]:
    return sorted({word for word in words if words.count(word) > 1})

"""Ratings become preferences: which rationale was chosen over which.

Knows ratings as plain values. Knows no database, no export format and no order of slots.

The rules
- A pick says that the picked rationale is preferred to each other one, and nothing about the
  others. A ranking says it of every pair of different ranks, and equal ranks are a tie. Best and
  worst say that the best is preferred to each other one, and each other one to the worst; those
  between are in no order. *Too close* is a tie of every pair. *None good* says nothing about any.
- Ratings are counted per question and pair of shown texts before anything is paired, because
  single ratings are often wrong (raters right 65 % of the time leave 28 % wrong labels at a
  majority of three). Identical texts are one side, ranked by their mean, so they give no pair.
- A pair is chosen over rejected when its share of wins, ties counted as half, is above one half
  and at least `threshold`. No pair stands in both directions.
- `probability` is the mean of a Beta(1, 1) prior after w wins, t ties and l losses,
  (w + t/2 + 1) / (w + t + l + 2): one win of one is 2/3 and not 1. `margin` is its log-odds.
- Cycles within a question (A over B over C over A) are broken from the strongest pair down, as
  ranked pairs do (Tideman 1987): a pair that closes a cycle with stronger or equally strong ones
  is dropped and listed in `broken`. Pairs that are equally strong are judged together, so neither
  the order of rows nor the names of rationales decide.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, groupby
from math import log
from typing import Literal, NamedTuple, get_args

IDENTICAL = "identical texts"
NONE_GOOD = "none good"
TIED = "tied"
UNRATED = "never set against each other"
BELOW = "below the threshold"
CYCLE = "closes a cycle"
Ints = tuple[int, ...]
Outcome = Literal["pick", "ranking", "best-worst", "none", "tie"]
OUTCOMES = frozenset(get_args(Outcome))
BEST, BETWEEN, WORST = 1, 2, 3  # of a pick and of best and worst; those between are in no order


class Judged(NamedTuple):
    """One submitted rating; `pairs` refuses one that cannot be.

    `rationales` (ids, the smaller one standing for texts that are alike: let none be a number that
    a database gave out) and `texts` (as shown) stand in the triple's own order, whatever the order
    on the screen. `picked` is an index into them, and None unless the outcome is a pick; `ranks`
    has a rank for each (1 the best; of best and worst 1, 3 and 2 for the others), and is empty
    unless the outcome is one of those two.
    """

    rating: str
    rater: str
    triple: str
    question: str
    outcome: Outcome
    picked: int | None
    rationales: tuple[str, ...]
    texts: tuple[str, ...]
    ranks: tuple[int, ...] = ()

    def levels(self) -> tuple[int, ...]:
        """Where each rationale stands, 1 the best; () where nothing is said of any."""
        if self.outcome == "none":
            return ()
        if self.outcome == "tie":
            return (BEST,) * len(self.rationales)
        if self.picked is None:
            return self.ranks
        return tuple(
            BEST if index == self.picked else BETWEEN for index in range(len(self.rationales))
        )

    @property
    def leaves_some_unordered(self) -> bool:
        """Whether those between best and worst are in no order, and not even equal."""
        return self.outcome in ("pick", "best-worst")


@lru_cache(maxsize=1024)  # many ratings say the same
def _problem(outcome: str, picked: int | None, ranks: Ints, rationales: int, texts: int) -> str:
    ranked = outcome in ("ranking", "best-worst")
    if rationales != texts:
        return "as many texts as rationales are needed"
    if outcome not in OUTCOMES:
        return f"unknown outcome {outcome!r}"
    if (outcome == "pick") != (picked is not None):
        return "a pick, and only a pick, has a picked one"
    if picked is not None and not 0 <= picked < rationales:
        return f"there is no rationale {picked}"
    if len(ranks) != ranked * rationales:
        return "a rank for each rationale goes with a ranking, and with best and worst"
    if outcome == "best-worst" and (
        [ranks.count(BEST), ranks.count(WORST)] != [1, 1]
        or not set(ranks) <= {BEST, BETWEEN, WORST}
    ):
        return "one best and one worst are needed"
    return ""


class Pair(NamedTuple):
    """Raters prefer `chosen` to `rejected` (rationale ids; the first id of texts that are alike).

    `triple` is the first triple that held the pair. Per rater, `rater` is set, the counts are
    still those of all raters, and the weights of the rows of one pair add up to 1.
    """

    question: str
    triple: str
    chosen: str
    rejected: str
    wins: int
    ties: int
    losses: int
    raters: int
    probability: float
    margin: float
    rater: str = ""
    weight: float = 1.0


class Pairs(NamedTuple):
    """The pairs, sorted; how many were dropped for which reason; the pairs that closed a cycle."""

    pairs: tuple[Pair, ...]
    dropped: tuple[tuple[str, int], ...]
    broken: tuple[Pair, ...]


def pairs(judged: Iterable[Judged], *, threshold: float = 0.5, per_rater: bool = False) -> Pairs:
    """The preferences in these ratings; the same ratings in any order give the same pairs.

    `dropped` counts pairs, except for *none good*, which counts ratings. Per rater, every rater
    whose own ratings favour `chosen` has a row, weighted 1 / rows; raters who prefer the rejected
    one stay in the losses, so that no pair stands in both directions. Raises ValueError for a
    threshold outside 0.5 to 1, and for a rating that cannot be.
    """
    by_question: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_question[one.question].append(one)
    found = [
        question_pairs(by_question[question], threshold=threshold, per_rater=per_rater)
        for question in sorted(by_question)
    ]
    dropped: Counter[str] = Counter()
    for one_question in found:
        dropped.update(dict(one_question.dropped))
    return Pairs(
        tuple(pair for each in found for pair in each.pairs),
        tuple(sorted(dropped.items())),
        tuple(pair for each in found for pair in each.broken),
    )


def question_pairs(
    judged: Sequence[Judged], *, threshold: float = 0.5, per_rater: bool = False
) -> Pairs:
    """`pairs` of ratings that are all of one question.

    Names decide nothing but the order of rows, so ratings of the same shape are decided once: with
    numbers, in the order of the names, in the place of names.
    """
    if not 0.5 <= threshold <= 1:
        raise ValueError(f"the threshold is a share from 0.5 to 1, not {threshold}")
    held: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Ints, Ints]] = {}
    names = sorted({name for one in judged for name in one.rationales})
    texts: dict[str, int] = {}
    raters = sorted({one.rater for one in judged})
    triples = sorted({one.triple for one in judged})
    shape = []
    for rating, rater, triple, _, outcome, picked, ids, shown, ranks in judged:
        if problem := _problem(outcome, picked, ranks, len(ids), len(shown)):
            raise ValueError(f"rating {rating}: {problem}")
        numbered = held.get((ids, shown))
        if numbered is None:
            as_numbers = tuple([texts.setdefault(text, len(texts)) for text in shown])
            numbered = held[ids, shown] = tuple(map(names.index, ids)), as_numbers
        who, where = raters.index(rater), triples.index(triple)
        shape.append((who, where, outcome, picked, *numbered, ranks))
    kept, dropped, broken = _decided(tuple(shape), threshold, per_rater)
    question = judged[0].question if judged else ""

    def named(pair: Pair) -> Pair:
        _, triple, chosen, rejected, *counted, rater, weight = pair
        who = raters[int(rater)] if rater else ""
        sides = (names[int(chosen)], names[int(rejected)])
        return Pair._make((question, triples[int(triple)], *sides, *counted, who, weight))

    return Pairs(tuple(map(named, kept)), dropped, tuple(map(named, broken)))


@lru_cache(maxsize=4096)  # a few megabytes
def _decided(
    shape: tuple[tuple[int, int, Outcome, int | None, Ints, Ints, Ints], ...],
    threshold: float,
    per_rater: bool,
) -> tuple[list[Pair], tuple[tuple[str, int], ...], list[Pair]]:
    judged = [
        Judged(
            rating="",
            rater=f"{rater:06}",
            triple=f"{triple:06}",
            question="",
            outcome=outcome,
            picked=picked,
            rationales=tuple(f"{number:06}" for number in rationales),
            texts=tuple(map(str, texts)),
            ranks=ranks,
        )
        for rater, triple, outcome, picked, rationales, texts, ranks in shape
    ]
    dropped: Counter[str] = Counter()
    found = {}
    for tally in _tallies(judged, dropped):
        reason = tally.why_not(threshold)
        if reason:
            dropped[reason] += 1
        else:
            found[tally.pair("")] = tally
    acyclic, cyclic = _without_cycles(list(found))
    kept = [
        row
        for pair in acyclic
        for row in (found[pair].rows_per_rater(pair) if per_rater else [pair])
    ]
    dropped[CYCLE] = len(cyclic)
    return kept, tuple(sorted(each for each in dropped.items() if each[1])), cyclic


class _Tally:
    """What the raters said of one pair of texts of one question; `first` has the smaller id."""

    def __init__(self, first: str, second: str) -> None:
        self.first, self.second = first, second
        self.triple = ""
        self.by_rater: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, one: Judged, favoured: str) -> None:
        self.triple = min(self.triple or one.triple, one.triple)
        self.by_rater[one.rater][favoured] += 1

    def counts(self) -> tuple[int, int, int]:
        """Wins of the first, ties, wins of the second."""
        total: Counter[str] = sum(self.by_rater.values(), Counter())
        return total[self.first], total[""], total[self.second]

    def why_not(self, threshold: float) -> str:
        wins, ties, losses = self.counts()
        judged = wins + ties + losses
        if not judged:
            return UNRATED
        if wins == losses:
            return TIED
        return BELOW if (max(wins, losses) + ties / 2) / judged < threshold else ""

    def pair(self, question: str) -> Pair:
        first, ties, second = self.counts()
        chosen, rejected = self.first, self.second
        if second > first:
            chosen, rejected = rejected, chosen
        wins, losses = max(first, second), min(first, second)
        for_it, against = wins + ties / 2 + 1, losses + ties / 2 + 1
        return Pair(
            question=question,
            triple=self.triple,
            chosen=chosen,
            rejected=rejected,
            wins=wins,
            ties=ties,
            losses=losses,
            raters=len(self.by_rater),
            probability=for_it / (for_it + against),
            margin=log(for_it / against),
        )

    def rows_per_rater(self, pair: Pair) -> list[Pair]:
        agreeing = [
            rater
            for rater, said in sorted(self.by_rater.items())
            if said[pair.chosen] > said[pair.rejected]
        ]
        return [pair._replace(rater=rater, weight=1 / len(agreeing)) for rater in agreeing]


def _tallies(judged: Sequence[Judged], dropped: Counter[str]) -> list[_Tally]:
    """The tallies of one question, sorted; identical texts and *none good* go to `dropped`."""
    first_id: dict[str, str] = {}
    for one in judged:
        for text, rationale in zip(one.texts, one.rationales, strict=True):
            first_id[text] = min(first_id.get(text, rationale), rationale)
    tallies: dict[tuple[str, str], _Tally] = {}
    identical = set()
    for one in judged:
        dropped[NONE_GOOD] += one.outcome == "none"
        identical |= _identical(one)
        standing = _standing(one, first_id)
        for first, second in combinations(sorted({first_id[text] for text in one.texts}), 2):
            tally = tallies.setdefault((first, second), _Tally(first, second))
            favoured = _favoured(one, standing, first, second)
            if favoured is not None:
                tally.add(one, favoured)
    dropped[IDENTICAL] += len(identical)
    return [tallies[key] for key in sorted(tallies)]


def _standing(one: Judged, first_id: dict[str, str]) -> dict[str, float]:
    """The level of every text, by id: the mean where the same words stood there more than once."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    levels = one.levels()
    for text, level in zip(one.texts[: len(levels)], levels, strict=True):
        found[first_id[text]].append(level)
    return {name: sum(levels) / len(levels) for name, levels in found.items()}


def _favoured(one: Judged, standing: dict[str, float], first: str, second: str) -> str | None:
    """Which of the two this rating prefers: "" neither, None where it says nothing of them."""
    if not standing:
        return None
    a, b = standing[first], standing[second]
    if a == b:
        return None if one.leaves_some_unordered and a == BETWEEN else ""
    return first if a < b else second


def _identical(one: Judged) -> set[frozenset[str]]:
    shown = zip(one.rationales, one.texts, strict=True)
    return {frozenset((a, b)) for (a, x), (b, y) in combinations(shown, 2) if x == y and a != b}


def _without_cycles(found: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The pairs of one question that stand, in the given order, and those that closed a cycle."""
    if len(found) < 3:
        return found, []
    over: defaultdict[str, set[str]] = defaultdict(set)
    cyclic: set[Pair] = set()
    strongest_first = sorted(found, key=_strength, reverse=True)
    for _, equals in groupby(strongest_first, key=_strength):
        group = list(equals)
        for pair in group:
            over[pair.chosen].add(pair.rejected)
        closing = [pair for pair in group if pair.chosen in _reached(over, pair.rejected)]
        for pair in closing:
            over[pair.chosen].discard(pair.rejected)
        cyclic.update(closing)
    return [p for p in found if p not in cyclic], [p for p in found if p in cyclic]


def _strength(pair: Pair) -> tuple[float, int]:
    return pair.margin, pair.wins + pair.ties + pair.losses


def _reached(over: dict[str, set[str]], start: str) -> Iterator[str]:
    """Every rationale that stands below `start`, itself included."""
    seen, waiting = {start}, [start]
    while waiting:
        rationale = waiting.pop()
        yield rationale
        new = over.get(rationale, set()) - seen
        seen |= new
        waiting += new

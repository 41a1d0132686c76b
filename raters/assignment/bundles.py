"""The places of a study that keeps a bundle for every rater.

- Triples are dealt to bundles round by round: a round is every triple once, shuffled. Where a
  bundle straddles two rounds, the triples that it has already go later in the second.
- The orders of a bundle are whole squares and, where its places do not come out even, a few rows of
  one more. Those rows run on from bundle to bundle, and another square begins only when one is used
  up at the end of a bundle. So every source stands in every slot equally often within one, in
  every bundle and over them all.
- Within a bundle orders are matched to triples so that every triple sees its sources in all slots:
  each takes the order that it needs most, then pairs are swapped while that helps.
- Last the bundle is shuffled, so that no order tells the next.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, count
from operator import add, eq
from random import Random

from .squares import PlannedPlace, check_sizes, squares_of

Costs = list[int]  # of one triple, an order each: how many sources stood there before


def design_bundles(
    *,
    triples: int,
    places_per_triple: int,
    per_bundle: int,
    slots: int,
    seed: int,
    before: int = 0,
) -> list[list[PlannedPlace]]:
    """All places of a study in bundles of `per_bundle`; the last may be shorter.

    Each triple is in a bundle once at most. Numbers count from 0 as in `design_places`; the queue
    goes through the bundles one after another. Further bundles of a study say how many places a
    triple had `before`: they count on from there. Raises ValueError for sizes that make no sense.
    """
    check_sizes(triples=triples, places_per_triple=places_per_triple, slots=slots)
    if not 1 <= per_bundle <= max(1, triples):
        raise ValueError(f"a bundle of {per_bundle} of {triples} triples has some twice or none")
    squares = squares_of(slots, Random(seed))  # of the whole study
    rng = Random(f"{seed} {before}")
    orders = list(dict.fromkeys(order for square in squares for order in square))
    alike = [[sum(map(eq, one, other)) for other in orders] for one in orders]
    supply = _Supply([[orders.index(order) for order in square] for square in squares], rng)
    costs = [[0] * len(orders) for _ in range(triples)]
    given = [before] * triples
    bundles: list[list[PlannedPlace]] = []
    queue = count()
    for members in _dealt(triples, places_per_triple, per_bundle, rng):
        pairs = _matched(members, supply.of_bundle(len(members)), costs, rng)
        rng.shuffle(pairs)
        bundle = []
        for triple, order in pairs:
            bundle.append(PlannedPlace(triple, given[triple], orders[order], next(queue)))
            given[triple] += 1
            costs[triple] = list(map(add, costs[triple], alike[order]))
        bundles.append(bundle)
    return bundles


def _dealt(triples: int, rounds: int, per_bundle: int, rng: Random) -> Iterator[list[int]]:
    """The triples of each bundle."""
    bundle: list[int] = []
    for _ in range(rounds):
        shuffled = rng.sample(range(triples), triples)
        if bundle:
            had, room = set(bundle), per_bundle - len(bundle)
            first = [triple for triple in shuffled if triple not in had][:room]
            bundle += first
            had = set(first)
            shuffled = [triple for triple in shuffled if triple not in had]
            yield bundle
        whole = len(shuffled) - len(shuffled) % per_bundle
        for start in range(0, whole, per_bundle):
            yield shuffled[start : start + per_bundle]
        bundle = shuffled[whole:]
    if bundle:
        yield bundle


class _Supply:
    """Deals orders, by their numbers, to bundles: each square is used as often as any other."""

    def __init__(self, squares: list[list[int]], rng: Random) -> None:
        self.squares, self.rng, self.slots = squares, rng, len(squares[0])
        self.whole: list[list[int]] = []
        self.begun: list[list[int]] = []
        self.rows: list[int] = []
        self.used = 0

    def of_bundle(self, places: int) -> list[int]:
        squares, rest = divmod(places, self.slots)
        orders = [row for _ in range(squares) for row in self._next(self.whole)]
        if rest and self.used % self.slots == 0:
            self.rows = self.rng.sample(self._next(self.begun), self.slots)
        orders += [self.rows[(self.used + n) % self.slots] for n in range(rest)]
        self.used += rest
        return orders

    def _next(self, pile: list[list[int]]) -> list[int]:
        if not pile:
            pile += self.rng.sample(self.squares, len(self.squares))
        return pile.pop()


def _matched(
    members: list[int], orders: list[int], costs: list[Costs], rng: Random
) -> list[tuple[int, int]]:
    """Each triple with one of the orders, so that sources stand where they stood the least."""
    rng.shuffle(orders)
    left = Counter(orders)
    takes: dict[int, list[int]] = {order: [] for order in left}
    rng.shuffle(members)
    for triple in members:
        order = min(left, key=costs[triple].__getitem__)
        takes[order].append(triple)
        left[order] -= 1
        if not left[order]:
            del left[order]
    pairs = list(combinations(takes, 2))
    while any([_swapped(takes, costs, one, other) for one, other in pairs]):  # noqa: C419 (all)
        pass
    return [(triple, order) for order, triples in takes.items() for triple in triples]


def _swapped(takes: dict[int, list[int]], costs: list[Costs], one: int, other: int) -> bool:
    """Let triples take each other's order while a pair of them gains by it; whether any did."""
    here = [(costs[each][other] - costs[each][one], each) for each in takes[one]]
    there = [(costs[each][one] - costs[each][other], each) for each in takes[other]]
    if min(here)[0] + min(there)[0] >= 0:
        return False
    here.sort()
    there.sort()
    gaining = sum(mine[0] + yours[0] < 0 for mine, yours in zip(here, there, strict=False))
    takes[one] = [each for _, each in there[:gaining] + here[gaining:]]
    takes[other] = [each for _, each in here[:gaining] + there[gaining:]]
    return True

"""The balanced, seeded design of a study: which rationale stands in which slot, for every place.

Knows counts, slots and a seed. Knows nothing of texts, sources or raters, hands nothing out and
stores nothing.

How a design is made
- Orders come in *squares*: as many orders as there are slots, in which every source stands in
  every slot once. Three slots use both Latin squares, so six places show all six orders. Two, four,
  five and six slots use Williams squares (Williams 1949, Aust. J. Sci. Res. A2:149), in which every
  source also stands right of every other equally often; their symbols are drawn by the seed.
- Triples are shuffled and cut into groups of as many triples as there are slots. In every round
  the members of a group take different orders of one square, and over as many rounds as there are
  slots every triple goes through the whole square: balance holds along rounds and along triples.
  Over all places every source stands in every slot equally often, within one; so it does at the
  end of every round, and per triple after every full set of rounds.
- The queue is breadth first: round r holds place r of every triple. Each round is dealt anew into
  whole squares of randomly chosen triples, and these are shuffled in windows of one or two squares,
  drawn at random as trials do with permuted blocks (ICH E9, 2.3.2): within a window no order
  tells the next, and no prefix of the queue has one source in one slot more than three times more
  often than another (two while the number of triples is a multiple of the slots).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import permutations
from math import gcd
from random import Random
from typing import NamedTuple

Order = tuple[int, ...]
Square = tuple[Order, ...]

FEWEST_SLOTS, MOST_SLOTS = 2, 6
DRAWN_SQUARES = 6  # of four and more slots: enough that a queue does not repeat itself


class PlannedPlace(NamedTuple):
    """One rating to be given. `order[s]` is the index of the rationale shown in slot s."""

    triple: int
    number: int
    order: Order
    queue: int


def design_places(
    *, triples: int, places_per_triple: int, slots: int, seed: int
) -> list[PlannedPlace]:
    """All places of a study, in the order in which they are to be handed out.

    Triples are numbered from 0, the places of a triple from 0, the queue from 0. The same
    arguments give the same design. Raises ValueError for other than 2 to 6 slots, fewer than one
    place a triple, or a negative number of triples.
    """
    if not FEWEST_SLOTS <= slots <= MOST_SLOTS:
        raise ValueError(f"a triple has {FEWEST_SLOTS} to {MOST_SLOTS} slots, not {slots}")
    if places_per_triple < 1:
        raise ValueError(f"a triple needs at least one place, not {places_per_triple}")
    if triples < 0:
        raise ValueError(f"the number of triples cannot be {triples}")
    rng = Random(seed)
    squares = _squares(slots, rng)
    groups = _groups(triples, slots, rng)
    rows = list(permutations(range(slots)))
    first_square = [rng.randrange(len(squares)) for _ in groups]
    planned: list[PlannedPlace] = []
    for start in range(0, places_per_triple, slots):
        used = [_square_at(first, start // slots, len(squares)) for first in first_square]
        walks = [_walk(len(group), rng.choice(rows)) for group in groups]
        for number in range(start, min(start + slots, places_per_triple)):
            hands: list[list[list[int]]] = [[[] for _ in range(slots)] for _ in squares]
            for group, square, walk in zip(groups, used, walks, strict=True):
                for triple, row in zip(group, walk[number - start], strict=True):
                    hands[square][row].append(triple)
            for triple, order in _deal(hands, squares, rng):
                planned.append(PlannedPlace(triple, number, order, len(planned)))
    return planned


def design_orders(*, slots: int, seed: int) -> list[Order]:
    """The orders that the places of a study may show: those of its squares, each once."""
    squares = _squares(slots, Random(seed))
    return list(dict.fromkeys(order for square in squares for order in square))


def balance_counts(orders: Iterable[Sequence[int]], slots: int) -> list[list[int]]:
    """How often each source stood in each slot: `counts[source][slot]`."""
    counts = [[0] * slots for _ in range(slots)]
    for order in orders:
        for slot, source in enumerate(order):
            counts[source][slot] += 1
    return counts


def _squares(slots: int, rng: Random) -> list[Square]:
    """Latin squares in pairs, each square followed by its mirror image."""
    if slots == 3:
        return [((0, 1, 2), (1, 2, 0), (2, 0, 1)), ((2, 1, 0), (0, 2, 1), (1, 0, 2))]
    zigzag = [(i + 1) // 2 if i % 2 else -(i // 2) for i in range(slots)]
    squares: list[Square] = []
    for _ in range(DRAWN_SQUARES // 2):
        symbols = rng.sample(range(slots), slots)
        rows = [tuple(symbols[(step + k) % slots] for step in zigzag) for k in range(slots)]
        squares += [tuple(rows), tuple(row[::-1] for row in rows)]
    return squares


def _square_at(first: int, block: int, squares: int) -> int:
    """The square of a group in its block-th set of rounds: both of a pair before the next pair."""
    pair, side = first & ~1, first & 1
    return ((pair + block) % squares) ^ side


def _groups(triples: int, slots: int, rng: Random) -> list[list[int]]:
    shuffled = list(range(triples))
    rng.shuffle(shuffled)
    return [shuffled[i : i + slots] for i in range(0, triples, slots)]


@cache
def _walk(members: int, rows: Order) -> list[list[int]]:
    """Which row of the square each member takes, round by round (rounds x members).

    Every member meets every row once. A short group walks on where its last round ended, one
    further after each full turn, so that its rows too are used equally often within one.
    """
    turn = len(rows) // gcd(members, len(rows))
    return [
        [rows[(i * members + i // turn + member) % len(rows)] for member in range(members)]
        for i in range(len(rows))
    ]


def _deal(
    hands: list[list[list[int]]], squares: list[Square], rng: Random
) -> Iterator[tuple[int, Order]]:
    """One round of the queue from `hands[square][row] = triples`."""
    whole: list[tuple[tuple[int, Order], ...]] = []
    rest: list[tuple[int, Order]] = []
    for square, rows in zip(squares, hands, strict=True):
        for row in rows:
            rng.shuffle(row)
        shortest = min(len(row) for row in rows)
        dealt = [
            [(triple, order) for triple in row] for row, order in zip(rows, square, strict=True)
        ]
        whole += zip(*dealt, strict=False)
        rest += [place for row in dealt for place in row[shortest:]]
    rng.shuffle(whole)
    rng.shuffle(rest)
    while whole:
        window = list(whole.pop())
        if whole and rng.random() < 0.5:
            window += whole.pop()
        rng.shuffle(window)
        yield from window
    yield from rest

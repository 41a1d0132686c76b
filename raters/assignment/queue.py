"""The places of a study without bundles, in the one queue that all its raters walk.

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

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from math import gcd
from random import Random

from .squares import Order, PlannedPlace, Square, check_sizes, squares_of


def design_places(
    *, triples: int, places_per_triple: int, slots: int, seed: int
) -> list[PlannedPlace]:
    """All places of a study, in the order in which they are to be handed out.

    Triples are numbered from 0, the places of a triple from 0, the queue from 0. The same
    arguments give the same design, and more places a triple the same with others after it.
    Raises ValueError for sizes that make no sense.
    """
    check_sizes(triples=triples, places_per_triple=places_per_triple, slots=slots)
    rng = Random(seed)
    squares = squares_of(slots, rng)
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

"""The squares that orders come in, and what every design says and counts.

Squares are as many orders as there are slots, in which every source stands in every slot once.
Three slots use both Latin squares, so six places show all six orders. Two, four, five and six slots
use Williams squares (Williams 1949, Aust. J. Sci. Res. A2:149), in which every source also stands
right of every other equally often; their symbols are drawn by the seed.
"""

from collections.abc import Iterable, Sequence
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


def design_orders(*, slots: int, seed: int) -> list[Order]:
    """The orders that the places of a study may show: those of its squares, each once."""
    squares = squares_of(slots, Random(seed))
    return list(dict.fromkeys(order for square in squares for order in square))


def balance_counts(orders: Iterable[Sequence[int]], slots: int) -> list[list[int]]:
    """How often each source stood in each slot: `counts[source][slot]`."""
    counts = [[0] * slots for _ in range(slots)]
    for order in orders:
        for slot, source in enumerate(order):
            counts[source][slot] += 1
    return counts


def squares_of(slots: int, rng: Random) -> list[Square]:
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


def check_sizes(*, triples: int, places_per_triple: int, slots: int) -> None:
    """Raises ValueError for other than 2 to 6 slots, no places, or a negative number of triples."""
    if not FEWEST_SLOTS <= slots <= MOST_SLOTS:
        raise ValueError(f"a triple has {FEWEST_SLOTS} to {MOST_SLOTS} slots, not {slots}")
    if places_per_triple < 1:
        raise ValueError(f"a triple needs at least one place, not {places_per_triple}")
    if triples < 0:
        raise ValueError(f"the number of triples cannot be {triples}")

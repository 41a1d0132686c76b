"""n-digit addition with a scratchpad, from a seed: the STaR paper's format, and two of ours.

    9 6 4 + 4 9 4 , C: 0
    6 + 9 , 8 C: 0          the next digits, the sum so far, the carry
    9 + 4 , 5 8 C: 1
    , 4 5 8 C: 1
    1 4 5 8                 the scratch total: its first digit is the carry, if only a 0

`columns` is what tiny models need and not the paper's: before each of these a line such as
`4 9 0 , 1 3` with the two digits, the carry and their sum. `backwards` writes all inside the
scratchpad least digit first; the answer below it stays as people write it. Pure: knows no model.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generation.datasets.word_problems import belongs, split_of

DIGITS = range(1, 6)
PATIENCE = 1000  # draws without a new question before a length counts as used up


@dataclass(frozen=True, slots=True)
class Addition:
    """Two numbers of the same length."""

    a: int
    b: int
    digits: int

    @property
    def key(self) -> str:
        return f"addition-{self.a}-{self.b}"

    @property
    def question(self) -> str:
        return f"{spaced(self.a)} + {spaced(self.b)}"

    @property
    def gold_answer(self) -> str:
        return str(self.a + self.b)

    def scratchpad(self, *, columns: bool = False, backwards: bool = False) -> str:
        """What a model is to write: the steps between their tags, and the answer below."""
        lines = ["<scratch>", *self.lines(columns, backwards), "</scratch>"]
        return "\n".join([*lines, spaced(self.a + self.b)])

    def lines(self, columns: bool, backwards: bool) -> Iterator[str]:
        order = -1 if backwards else 1
        pairs = list(zip(reversed(str(self.a)), reversed(str(self.b)), strict=True))
        carry, done = 0, ""
        yield f"{' '.join(str(self.a)[::order])} + {' '.join(str(self.b)[::order])} , C: 0"
        for place, (x, y) in enumerate(pairs):
            total = int(x) + int(y) + carry
            if columns:
                yield f"{x} {y} {carry} , {' '.join(f'{total:02d}'[::order])}"
            carry, done = total // 10, f"{total % 10}{done}"
            coming = " + ".join(pairs[place + 1]) + " " if place + 1 < len(pairs) else ""
            yield f"{coming}, {' '.join(done[::order])} C: {carry}"
        yield " ".join(f"{carry}{done}"[::order])


def spaced(number: int) -> str:
    return " ".join(str(number))


def make_additions(number: int, seed: int, digits: Sequence[int] = DIGITS) -> list[Addition]:
    """So many different ones, their lengths in rotation; of short numbers there are only so many,
    and the longer ones fill up. No two splits (see `word_problems`) share a question."""
    rng = random.Random(f"addition {seed}")
    split, found = split_of(seed), dict[Addition, None]()
    lengths = list(digits)
    while lengths and len(found) < number:
        for length in list(lengths):
            made = next(_new(length, split, found, rng), None)
            if made is None:
                lengths.remove(length)
            elif len(found) < number:
                found[made] = None
    if len(found) < number:
        raise ValueError(f"there are only {len(found):,} such questions in the {split} split")
    return list(found)


def _new(
    length: int, split: str, known: dict[Addition, None], rng: random.Random
) -> Iterator[Addition]:
    low, high = (0 if length == 1 else 10 ** (length - 1)), 10**length - 1
    for _ in range(PATIENCE):
        drawn = Addition(rng.randint(low, high), rng.randint(low, high), length)
        if drawn not in known and belongs(drawn.question, split):
            yield drawn

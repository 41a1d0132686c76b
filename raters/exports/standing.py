"""How a question's rationales stand, by the pairs among them: what KTO and SFT read.

*Undefeated*: chosen in at least one pair and rejected in none. *Defeated*: rejected in at least one
and chosen in none. The others stand between, and no label is honest for them. All pairs decide,
sure or not: a label that rests on one less sure than wished is left out, never turned.
"""

from collections.abc import Sequence
from typing import NamedTuple

from raters.preferences import Pair


class Standing(NamedTuple):
    """The pairs in which one rationale was chosen, and those in which it was rejected."""

    chosen: tuple[Pair, ...]
    rejected: tuple[Pair, ...]

    @property
    def is_undefeated(self) -> bool:
        return bool(self.chosen) and not self.rejected

    @property
    def is_defeated(self) -> bool:
        return bool(self.rejected) and not self.chosen

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """What its label rests on."""
        return self.chosen + self.rejected

    @property
    def least_margin(self) -> float:
        """Of its weakest pair."""
        return min(pair.margin for pair in self.pairs)


def standings(pairs: Sequence[Pair]) -> dict[str, Standing]:
    """By rationale, those that stand in any pair, in a stable order."""
    names = sorted({name for pair in pairs for name in (pair.chosen, pair.rejected)})
    return {
        name: Standing(
            tuple(pair for pair in pairs if pair.chosen == name),
            tuple(pair for pair in pairs if pair.rejected == name),
        )
        for name in names
    }


def best(found: dict[str, Standing]) -> str | None:
    """The undefeated one that beats the most others, by the larger least margin; None if equal."""
    undefeated = {name: one for name, one in found.items() if one.is_undefeated}
    if not undefeated:
        return None
    strength = {name: (len(one.chosen), one.least_margin) for name, one in undefeated.items()}
    first = max(strength.values())
    leading = [name for name, value in strength.items() if value == first]
    return leading[0] if len(leading) == 1 else None

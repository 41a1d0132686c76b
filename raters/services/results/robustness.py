"""The same figures by other means, so that a reader can doubt them: nothing here is a headline.

The two-way bootstrap beside the jackknife, strengths with slot and length taken out beside the raw
ones, and whether the shown texts give their source away.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from raters.models import Study
from raters.services.results.best_worst import worst_of
from raters.services.results.counted import Counted, Floats
from raters.services.results.rankings import highest_first
from raters.services.results.scales import rescaled
from raters.services.results.texts import Shown, rated
from raters.statistics import (
    TIE,
    Adjusted,
    Audit,
    Estimate,
    adjusted_strengths,
    blinding_audit,
    bootstrap_shares,
    crossed,
)

BOOTSTRAP, AUDIT = 2, 3  # streams of the study's seed; the tests of slots have the first two
RANKED_WHOLE = 3  # sources, with which best and worst are a whole ranking


@dataclass(frozen=True, slots=True)
class Resampled:
    """One headline figure by the two-way bootstrap; `of` is a source or "A above B"."""

    of: str
    bootstrap: Estimate


@dataclass(frozen=True, slots=True)
class Robustness:
    """`resampled` are in the order of the sources, or of their pairs as the protocol has them.

    `from_picks`: the strengths are those that a pick implies by Luce's rule.
    """

    resampled: tuple[Resampled, ...]
    adjusted: Adjusted
    from_picks: bool
    audit: Audit


def robustness(
    counted: Counted, shown: Shown, names: tuple[str, ...], protocol: str, seed: int
) -> Robustness:
    from_picks = protocol == Study.Protocol.PICK_BEST or (
        protocol == Study.Protocol.BEST_WORST and len(names) > RANKED_WHOLE
    )
    texts = rated(shown, counted)
    return Robustness(
        resampled=_resampled(counted, names, protocol, seed),
        adjusted=_adjusted(counted, texts, names, from_picks),
        from_picks=from_picks,
        audit=blinding_audit(
            np.repeat(np.arange(len(texts)), len(names)),
            np.tile(np.arange(len(names)), len(texts)),
            [text for of_triple in texts for text in of_triple],
            sources=names,
            rng=np.random.default_rng([abs(seed), AUDIT]),
        ),
    )


def _resampled(
    counted: Counted, names: tuple[str, ...], protocol: str, seed: int
) -> tuple[Resampled, ...]:
    of, points, out_of = _headline(counted, names, protocol)
    found = bootstrap_shares(
        points,
        crossed(counted.rater, counted.question),
        rng=np.random.default_rng([abs(seed), BOOTSTRAP]),
        out_of=out_of,
    )
    if protocol == Study.Protocol.BEST_WORST:
        found = tuple(rescaled(one, -1, 1) for one in found)
    return tuple(Resampled(*one) for one in zip(of, found, strict=True))


def _headline(
    counted: Counted, names: tuple[str, ...], protocol: str
) -> tuple[list[str], Floats, int]:
    """What the protocol's figures are means of, a row each, in whole numbers out of so many."""
    sources = range(len(names))
    if protocol == Study.Protocol.RANKING:
        pairs = list(combinations(highest_first(counted.ranks), 2))
        of = [f"{names[a]} above {names[b]}" for a, b in pairs]
        ahead = [np.sign(counted.ranks[:, b] - counted.ranks[:, a]) + 1 for a, b in pairs]
        return of, np.array(ahead, dtype=np.float64).reshape(len(of), -1), 2
    if protocol == Study.Protocol.BEST_WORST:
        worst = worst_of(counted)
        scores = [1.0 + (counted.best == a) - (worst == a) for a in sources]
        return list(names), np.array(scores), 2
    shared = np.where(counted.best == TIE, 1.0, 0.0)
    picked = [np.where(counted.best == a, float(len(names)), shared) for a in sources]
    return list(names), np.array(picked), len(names)


def _adjusted(
    counted: Counted, texts: list[tuple[str, ...]], names: tuple[str, ...], from_picks: bool
) -> Adjusted:
    """Slot by slot; a text of no characters counts as one of a single character."""
    characters = np.array([[max(1, len(text)) for text in of] for of in texts], dtype=np.float64)
    lengths = characters.reshape(-1, len(names))[counted.triple]
    return adjusted_strengths(
        counted.rater,
        counted.question,
        counted.order,
        counted.ranks_by_slot(),
        sources=names,
        lengths=np.take_along_axis(lengths, counted.order, axis=1),
        picks=from_picks,
    )

"""Strengths of sources with slot and length taken out: a model, labelled as one.

Knows rankings or picks, the slot and the length of every text. Assumes what `strengths` assumes,
and that slot and length add to log strength alike for all sources. What length *causes* it cannot
say: a source that explains more also writes more.

The Davidson-Luce model of `strengths` with log alpha of a text = strength of its source + effect of
its slot + beta * (log2 length - mean over the texts of that rating), beta per doubling of length.
Intervals: the same two-way one-step jackknife.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .estimate import LIKE_THESE, Estimate
from .jackknife import FEWEST, Codes, Crossed, Variance, crossed
from .pairwise import rank_table
from .strengths import FARTHEST, METHOD, members_of, rank_stages, why_no_maximum, with_interval

Floats = NDArray[np.float64]

MOST_SLOTS = 6
MOST_STEPS = 100
MOST_RATINGS = 200_000  # features of every text are held in memory


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Log strengths (mean zero) without and with slot and length; their own effects beside."""

    sources: tuple[str, ...]
    raw: tuple[Estimate, ...]
    adjusted: tuple[Estimate, ...]
    slots: tuple[Estimate, ...]  # log strength of a slot, mean zero
    length: Estimate | None  # log strength per doubling of length; None where no lengths are given
    ratings: int
    undefined: str = ""


def adjusted_strengths(
    rater: ArrayLike,
    question: ArrayLike,
    order: ArrayLike,
    ranks: ArrayLike,
    *,
    sources: Sequence[str],
    lengths: ArrayLike | None = None,
    picks: bool = False,
    level: float = 0.95,
) -> Adjusted:
    """Fit with and without slot and length.

    `order` (n, slots) holds the index of the source in each slot, `ranks` (n, slots) the rank of
    its text, 1 best, NaN unranked, `lengths` (n, slots) its characters. With `picks` only who is
    first counts, and strengths are those that a pick implies by Luce's rule. Raises ValueError for
    shapes that differ, an index that is no source, or a length below 1.
    """
    clusters, orders = crossed(rater, question), np.asarray(order, dtype=np.intp)
    table = np.asarray(ranks, dtype=np.float64)
    if orders.ndim != 2 or orders.shape != table.shape or len(orders) != len(clusters.rater):
        raise ValueError(
            f"orders {orders.shape}, ranks {table.shape}, {len(clusters.rater)} raters"
        )
    if orders.size and not (orders.min() >= 0 and orders.max() < len(sources)):
        raise ValueError(f"an order must hold indices of the {len(sources)} sources")
    if orders.shape[1] > MOST_SLOTS:
        raise ValueError(f"{orders.shape[1]} slots: at most {MOST_SLOTS} can be fitted")
    by_source = np.full((len(orders), len(sources)), np.nan)
    np.put_along_axis(by_source, orders, table, axis=1)
    reason = why_no_maximum(rank_stages(rank_table(by_source, sources), picks), sources)
    if len(orders) > MOST_RATINGS:
        reason = f"more than {MOST_RATINGS:,} ratings: too many for this model"
    plain = _texts(orders, len(sources))
    raw = _fitted(plain, table, picks, clusters, reason, level)
    full = _texts(orders, len(sources), slots=True, lengths=lengths)
    count, width = len(sources), orders.shape[1]
    found = _fitted(full, table, picks, clusters, reason, level)
    return Adjusted(
        sources=tuple(sources),
        raw=raw[:count],
        adjusted=found[:count],
        slots=found[count : count + width],
        length=None if lengths is None else found[count + width],
        ratings=len(orders),
        undefined=reason or next((one.undefined for one in found if one.value is None), ""),
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """Features of every text (n, slots, p), and which of them are to sum to zero."""

    features: Floats
    pinned: tuple[slice, ...]


def _texts(
    orders: NDArray[np.intp], count: int, *, slots: bool = False, lengths: ArrayLike | None = None
) -> _Texts:
    n, width = orders.shape
    parts: list[Floats] = [np.eye(count)[orders]]
    pinned = [slice(0, count)]
    if slots:
        parts.append(np.broadcast_to(np.eye(width), (n, width, width)))
        pinned.append(slice(count, count + width))
    if lengths is not None:
        log_lengths = np.asarray(lengths, dtype=np.float64)
        if log_lengths.shape != orders.shape or (log_lengths.size and not log_lengths.min() >= 1):
            raise ValueError("lengths have the shape of the orders, and none is below 1")
        log_lengths = np.log2(log_lengths)
        parts.append((log_lengths - log_lengths.mean(axis=1, keepdims=True))[:, :, None])
    return _Texts(np.concatenate(parts, axis=2), tuple(pinned))


@dataclass(frozen=True, slots=True)
class _Choices:
    """Stages with the same alternatives: their ratings, features of each set, the one chosen."""

    rating: Codes
    features: Floats  # (stages, sets, p)
    chosen: Codes


def _choices(texts: _Texts, ranks: Floats, picks: bool) -> list[_Choices]:
    stages = rank_stages(ranks, picks)
    sizes = sorted({1} | {len(members_of(int(c))) for c in np.unique(stages.chosen)})
    found = []
    for among in map(int, np.unique(stages.among)):
        here = stages.among == among
        members = members_of(among)
        sets = [some for size in sizes for some in combinations(members, size)]
        means = np.zeros((len(sets), ranks.shape[1]))
        ties = np.zeros((len(sets), len(sizes) - 1))
        for i, some in enumerate(sets):
            means[i, list(some)] = 1 / len(some)
            if len(some) > 1:
                ties[i, sizes.index(len(some)) - 1] = 1
        rating = stages.rating[here]
        of_texts = means @ texts.features[rating]
        of_ties = np.broadcast_to(ties, (len(rating), *ties.shape))
        at = {sum(1 << i for i in some): j for j, some in enumerate(sets)}
        chosen = np.array([at[int(one)] for one in stages.chosen[here]], dtype=np.intp)
        found.append(_Choices(rating, np.concatenate([of_texts, of_ties], axis=2), chosen))
    return found


def _fitted(
    texts: _Texts, ranks: Floats, picks: bool, clusters: Crossed, reason: str, level: float
) -> tuple[Estimate, ...]:
    p = texts.features.shape[2]
    bare = Estimate(
        n=len(ranks), method=METHOD, estimand=LIKE_THESE, level=level,
        effective_raters=clusters.effective_raters,
        effective_questions=clusters.effective_questions,
        undefined=reason or "slot or length cannot be told from the source",
    )  # fmt: skip
    choices = [] if reason else _choices(texts, ranks, picks)
    theta = _maximum(choices, texts.pinned) if choices else None
    if theta is None:
        return (bare,) * p
    df = min(clusters.effective_raters, clusters.effective_questions) - 1
    bare = replace(bare, df=df, undefined="too few effective raters or questions")
    found = [replace(bare, value=float(value)) for value in theta[:p]]
    if df < FEWEST - 1:
        return tuple(found)
    moments = [_moments(one, theta) for one in choices]
    by = [
        _one_way(choices, moments, texts.pinned, way)
        for way in (clusters.rater, clusters.question, clusters.cell)
    ]
    return tuple(
        with_interval(one, Variance(*(float(way[i]) for way in by))) for i, one in enumerate(found)
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    likelihood: float
    scores: Floats  # (stages, p)
    centred: Floats  # features less their mean (stages, sets, p)
    weights: Floats  # (stages, sets)

    def information(self) -> Floats:
        """Of all stages together, (p, p)."""
        p = self.centred.shape[2]
        flat = self.centred.reshape(-1, p)
        return np.asarray(flat.T @ (flat * self.weights.reshape(-1, 1)))

    def informations(self) -> Floats:
        """Of each stage, (stages, p, p)."""
        weighted = self.centred * self.weights[:, :, None]
        return np.asarray(weighted.transpose(0, 2, 1) @ self.centred)


def _moments(one: _Choices, theta: Floats) -> _Moments:
    logs = one.features @ theta
    total = np.logaddexp.reduce(logs, axis=1)
    weights = np.exp(logs - total[:, None])
    mean = (weights[:, None, :] @ one.features)[:, 0, :]
    rows = np.arange(len(one.chosen))
    scores = one.features[rows, one.chosen] - mean
    likelihood = float((logs[rows, one.chosen] - total).sum())
    return _Moments(likelihood, scores, one.features - mean[:, None, :], weights)


def _summed(rows: Floats, by: Codes, count: int) -> Floats:
    """Sums of the rows of each cluster, (count, columns)."""
    return np.stack([np.bincount(by, weights=one, minlength=count) for one in rows.T], axis=1)


def _pins(p: int, pinned: Sequence[slice], weight: float) -> Floats:
    """Added to the information: pins the sums that the data leave open."""
    found = np.zeros((p, p))
    for part in pinned:
        pin = np.zeros(p)
        pin[part] = 1
        found += weight * np.outer(pin, pin)
    return found


def _maximum(choices: list[_Choices], pinned: Sequence[slice]) -> Floats | None:
    """Newton's method on a concave likelihood; None where it has no maximum within reach."""
    p = choices[0].features.shape[2]
    theta = np.zeros(p)
    pins = _pins(p, pinned, float(sum(len(one.chosen) for one in choices)))
    moments = [_moments(one, theta) for one in choices]
    for _ in range(MOST_STEPS):
        score = np.sum([one.scores.sum(axis=0) for one in moments], axis=0)
        information = np.sum([one.information() for one in moments], axis=0) + pins
        eigenvalues = np.linalg.eigvalsh(information)
        if eigenvalues[0] <= 1e-9 * eigenvalues[-1]:
            return None
        step, reached = np.linalg.solve(information, score), sum(m.likelihood for m in moments)
        moments = [_moments(one, theta + step) for one in choices]
        while sum(m.likelihood for m in moments) < reached - 1e-9 * max(1.0, abs(reached)):
            step = step / 2
            moments = [_moments(one, theta + step) for one in choices]
        theta = theta + step
        if np.abs(theta).max() > FARTHEST:
            return None
        if np.abs(step).max() < 1e-10:
            return theta
    return None


def _one_way(
    choices: list[_Choices], moments: list[_Moments], pinned: Sequence[slice], by: Codes
) -> Floats:
    """CV3 of theta in one Newton step, clusters as in `by` (n,)."""
    p, count = choices[0].features.shape[2], int(by.max()) + 1
    scores, rest = np.zeros((count, p)), np.zeros((count, p * p))
    for one, at in zip(choices, moments, strict=True):
        scores += _summed(at.scores, by[one.rating], count)
        rest -= _summed(at.informations().reshape(-1, p * p), by[one.rating], count)
    present = np.unique(np.concatenate([by[one.rating] for one in choices]))
    scores, rest = scores[present], rest[present].reshape(-1, p, p)
    stages = float(sum(len(one.chosen) for one in choices))
    rest += -rest.sum(axis=0) + _pins(p, pinned, stages)
    try:
        moved = np.linalg.solve(rest, scores[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return np.full(p, np.inf)
    clusters = len(present)
    return np.asarray((clusters - 1) / clusters * np.sort(np.square(moved), axis=0).sum(axis=0))

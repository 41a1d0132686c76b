"""Strengths of sources from whole rankings with ties: a model, and labelled as one.

Knows ranks by rater and question. Assumes that a ranking is made by choosing again and again the
best of what is left: where that is doubtful, believe `pairwise`, which assumes nothing.

Davidson-Luce (Turner, van Etten, Firth and Kosmidis 2020, Comput. Stat. 35:1027, eq. 2; Plackett-
Luce where there are no ties, Davidson 1970 for pairs). Of the alternatives A a set T is chosen as
jointly best with probability proportional to

    f(T) = delta_|T| * (product of alpha_i over T)^(1/|T|),   delta_1 = 1,

over all T within A whose size was seen in the data. log f is linear in (log alpha, log delta), so
the likelihood is concave: Newton's method, sum of log alpha zero. It has a maximum when every
source beats or ties every other directly or through others (Ford 1957); otherwise a strength is
infinite and the result says between whom.

Intervals: two-way delete-one-cluster jackknife as for shares, in one Newton step from the maximum,
theta(-g) - theta = -(H - H_g)^-1 s_g with the score s and information H of cluster g.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .estimate import LIKE_THESE, Estimate
from .jackknife import FEWEST, Codes, Crossed, Variance, codes, crossed, largest
from .pairwise import rank_table

Floats = NDArray[np.float64]

METHOD = "Davidson-Luce, two-way one-step cluster jackknife, t"
MOST_SOURCES = 10  # subsets are listed
MOST_STEPS = 200
FARTHEST = 15.0  # a log strength or its error beyond this is infinite in all but name


@dataclass(frozen=True, slots=True)
class Strengths:
    """Log strengths (mean zero), worths (sum one), tie parameters; or why there are none."""

    sources: tuple[str, ...]
    log_strengths: tuple[Estimate, ...]
    worths: tuple[float, ...]
    ties: tuple[tuple[int, float], ...]  # (size, delta)
    log_likelihood: float | None
    rankings: int
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Stages:
    """Every choice in every ranking, as bit sets: who was chosen among whom, in which rating."""

    rating: Codes
    chosen: Codes
    among: Codes


def strengths(
    rater: ArrayLike,
    question: ArrayLike,
    ranks: ArrayLike,
    *,
    sources: Sequence[str],
    clusters: Crossed | None = None,
    estimand: str = LIKE_THESE,
    level: float = 0.95,
) -> Strengths:
    """Fit by maximum likelihood. `ranks` as in `pairwise.compare`: (n, sources), 1 best, NaN none.
    Intervals speak of `estimand`, LIKE_THESE or THESE.

    Raises ValueError for shapes that differ or more than 10 sources.
    """
    clusters, table = clusters or crossed(rater, question), rank_table(ranks, sources)
    if len(table) != len(clusters.rater):
        raise ValueError(f"{len(table)} rankings for {len(clusters.rater)} ratings")
    if len(sources) > MOST_SOURCES:
        raise ValueError(f"{len(sources)} sources: at most {MOST_SOURCES} can be fitted")
    stages = rank_stages(table)
    rankings = int((np.bincount(stages.rating) > 0).sum())
    reason = why_no_maximum(stages, sources)
    fitted = None if reason else _Model(stages, len(sources)).fit()
    if fitted is None:
        reason = reason or "the likelihood has no maximum within reach"
        nothing = tuple(Estimate(n=rankings, method=METHOD, undefined=reason) for _ in sources)
        return Strengths(tuple(sources), nothing, (), (), None, rankings, reason)
    model, theta = fitted
    alpha = np.exp(theta[: len(sources)])
    return Strengths(
        sources=tuple(sources),
        log_strengths=_estimates(model, theta, clusters, estimand, level),
        worths=tuple(map(float, alpha / alpha.sum())),
        ties=tuple(
            (size, float(np.exp(log_delta)))
            for size, log_delta in zip(model.sizes[1:], theta[len(sources) :], strict=True)
        ),
        log_likelihood=model.log_likelihood(theta),
        rankings=rankings,
    )


def rank_stages(ranks: Floats, first_only: bool = False) -> Stages:
    """Every choice in rankings (n, alternatives); with `first_only` that of the best alone."""
    width = ranks.shape[1]
    ranked = ~np.isnan(ranks)
    bits = 1 << np.arange(width, dtype=np.intp)
    left, parts = ranked.copy(), []
    for _ in range(1 if first_only else width):
        open_ = left.sum(axis=1) >= 2
        best = np.min(np.where(left, ranks, np.inf), axis=1, initial=np.inf)
        taken = left & (ranks == best[:, None])
        parts.append((np.flatnonzero(open_), (taken @ bits)[open_], (left @ bits)[open_]))
        left &= ~taken
    rating, chosen, among = (
        np.concatenate([part[i] for part in parts]).astype(np.intp) if parts else np.empty(0, int)
        for i in range(3)
    )
    return Stages(rating, chosen, among)


def _kinds(values: Codes) -> tuple[Codes, Codes]:
    """The distinct small whole numbers, sorted, and which of them each is; without sorting."""
    here = np.bincount(values) > 0
    return np.flatnonzero(here).astype(np.intp), (np.cumsum(here) - 1)[values].astype(np.intp)


def members_of(bits: int) -> list[int]:
    return [i for i in range(MOST_SOURCES) if bits >> i & 1]


def why_no_maximum(stages: Stages, sources: Sequence[str]) -> str:
    """Ford's condition on who beat or tied whom, and a choice of one somewhere."""
    if not len(stages.chosen):
        return "no two sources were ranked together"
    width = len(sources)
    reached = np.eye(width, dtype=bool)
    single = False
    kinds = _kinds(stages.chosen << MOST_SOURCES | stages.among)[0]
    for kind in map(int, kinds):
        chosen, among = kind >> MOST_SOURCES, kind & (1 << MOST_SOURCES) - 1
        single |= len(members_of(chosen)) == 1
        for best in members_of(chosen):
            reached[best, [i for i in members_of(among) if i != best]] = True
    if not single:
        return "nothing but ties"
    for through in range(width):
        reached |= reached[:, [through]] & reached[[through], :]
    for a, b in combinations(range(width), 2):
        if not (reached[a, b] and reached[b, a]):
            never = (sources[b], sources[a]) if reached[a, b] else (sources[a], sources[b])
            return f"{never[0]} never came above {never[1]}, not even through others"
    return ""


class _Model:
    """The likelihood over the distinct sets of alternatives; theta = (log alpha, log delta)."""

    def __init__(self, stages: Stages, width: int) -> None:
        self.stages, self.width = stages, width
        kinds, which = _kinds(stages.chosen)
        self.sizes = sorted({1} | {len(members_of(int(c))) for c in kinds})
        self.among, self.which = _kinds(stages.among)
        self.times = np.bincount(self.which)
        self.options = [self._features_within(int(a)) for a in self.among]
        self.taken = np.stack([self._features(members_of(int(c))) for c in kinds])[which]
        self.totals = self.taken.sum(axis=0)

    def _features(self, members: Sequence[int]) -> Floats:
        row = np.zeros(self.width + len(self.sizes) - 1)
        row[list(members)] = 1 / len(members)
        if len(members) > 1:
            row[self.width + self.sizes.index(len(members)) - 1] = 1
        return row

    def _features_within(self, among: int) -> Floats:
        members = members_of(among)
        return np.stack(
            [self._features(some) for size in self.sizes for some in combinations(members, size)]
        )

    def log_likelihood(self, theta: Floats) -> float:
        total = sum(
            times * float(np.logaddexp.reduce(rows @ theta))
            for times, rows in zip(self.times, self.options, strict=True)
        )
        return float(self.totals @ theta - total)

    def moments(self, theta: Floats) -> tuple[Floats, Floats]:
        """Mean (kinds, p) and covariance (kinds, p, p) of the chosen features, by alternatives."""
        means, covariances = [], []
        for rows in self.options:
            logs = rows @ theta
            weights = np.exp(logs - np.logaddexp.reduce(logs))
            mean = weights @ rows
            means.append(mean)
            covariances.append((rows - mean).T @ ((rows - mean) * weights[:, None]))
        return np.stack(means), np.stack(covariances)

    def fixed(self) -> Floats:
        """Added to the information: pins the sum of log strengths, which the data leave open."""
        pin = np.zeros(self.width + len(self.sizes) - 1)
        pin[: self.width] = 1
        return self.times.sum() * np.outer(pin, pin)

    def fit(self) -> "tuple[_Model, Floats] | None":
        theta = np.zeros(self.width + len(self.sizes) - 1)
        likelihood = self.log_likelihood(theta)
        for _ in range(MOST_STEPS):
            means, covariances = self.moments(theta)
            score = self.totals - self.times @ means
            information = np.tensordot(self.times, covariances, axes=1) + self.fixed()
            try:
                step = np.linalg.solve(information, score)
            except np.linalg.LinAlgError:
                return None
            while (new := self.log_likelihood(theta + step)) < likelihood - 1e-9:
                step = step / 2
            theta, likelihood = theta + step, new
            if np.abs(step).max() < 1e-12 or float(np.abs(theta).max()) > FARTHEST:
                break
        return (self, theta) if np.abs(step).max() < 1e-8 else None


def _estimates(
    model: _Model, theta: Floats, clusters: Crossed, estimand: str, level: float
) -> tuple[Estimate, ...]:
    units = clusters.effective_questions
    if estimand == LIKE_THESE:
        units = min(units, clusters.effective_raters)
    bare = Estimate(
        n=int((np.bincount(model.stages.rating) > 0).sum()),
        method=METHOD,
        estimand=estimand,
        level=level,
        effective_raters=clusters.effective_raters,
        effective_questions=clusters.effective_questions,
        df=units - 1,
        undefined="too few effective raters or questions",
    )
    found = [replace(bare, value=float(log_alpha)) for log_alpha in theta[: model.width]]
    if units < FEWEST:
        return tuple(found)
    by_question = _one_way(model, theta, codes(clusters.question[model.stages.rating]))
    by = [np.zeros_like(theta), by_question, np.zeros_like(theta)]
    if estimand == LIKE_THESE:
        by[0], by[2] = (
            _one_way(model, theta, codes(way[model.stages.rating]))
            for way in (clusters.rater, clusters.cell)
        )
    return tuple(
        with_interval(one, Variance(*(float(way[i]) for way in by))) for i, one in enumerate(found)
    )


def _one_way(model: _Model, theta: Floats, by: Codes) -> Floats:
    """CV3 of theta (p,); infinite where the rest of the data does not hold without a cluster.

    Clusters with the same choices move theta alike, so each kind of cluster is deleted once: most
    cells hold one rating, and there are few kinds of rankings.
    """
    count, kinds = int(by.max()) + 1, len(model.among)
    alike, times = _alike(model.stages.chosen << MOST_SOURCES | model.stages.among, by)
    at = np.full(count, -1, dtype=np.intp)
    at[alike] = np.arange(len(alike))
    here = at[by] >= 0
    which, by = model.which[here], at[by[here]]
    means, covariances = model.moments(theta)
    scores = model.taken[here] - means[which]
    score = np.stack([np.bincount(by, weights=column) for column in scores.T], axis=1)
    seen = np.bincount(by * kinds + which, minlength=len(alike) * kinds).reshape(-1, kinds)
    total = np.tensordot(model.times, covariances, axes=1) + model.fixed()
    rest = total - np.tensordot(seen, covariances, axes=1)
    try:
        moved = np.linalg.solve(rest, score[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return np.full(len(theta), np.inf)
    squares = np.square(moved) * times[:, None]
    return np.asarray((count - 1) / count * np.sort(squares, axis=0).sum(axis=0))


def _alike(kind: Codes, by: Codes) -> tuple[Codes, Codes]:
    """One cluster of each set of choices, and how many clusters have that set.

    Sets are told apart by sums of 64 random bits a kind of choice: two meet once in 2^64.
    """
    which = codes(kind)
    bits = np.random.default_rng(0).integers(0, 2**63, int(which.max()) + 1, dtype=np.uint64)
    ordered = np.argsort(by, kind="stable")
    starts = np.flatnonzero(np.diff(by[ordered], prepend=-1))
    keys = np.add.reduceat(bits[which[ordered]], starts)
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return first.astype(np.intp), times.astype(np.intp)


def with_interval(found: Estimate, by: Variance) -> Estimate:
    variance, notes = largest(by)
    if not 0 < variance < FARTHEST**2:
        return replace(found, undefined="one rater or question holds all that is known of it")
    se, value = variance**0.5, found.value or 0.0
    reach = float(stdtrit(found.df, (1 + found.level) / 2)) * se
    return replace(found, low=value - reach, high=value + reach, se=se, notes=notes, undefined="")

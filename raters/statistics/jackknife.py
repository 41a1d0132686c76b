"""The interval of a mean of crossed ratings: by rater, by question, or by both.

Knows numbers with a rater and a question each. Knows nothing of sources, picks or rankings.

- Two-way delete-one-cluster jackknife (CV3): V = V(raters) + V(questions) - V(cells), where a cell
  is one rater on one question and V(g) = (G - 1)/G * sum over clusters of (mean without the
  cluster - mean)^2. MacKinnon, Nielsen and Webb 2024, arXiv 2406.08880 (two-way CV3); the sum of
  three is Cameron, Gelbach and Miller 2011, JBES 29:238, eq. 2.11.
- Where one of the three is larger than V, that one is used, and a note says so: with few
  questions V alone covers too seldom (docs/statistics.md has the table).
- t on min(effective raters, effective questions) - 1 degrees of freedom, effective in the sense of
  Kish 1965: (sum of sizes)^2 / sum of squared sizes.
- On the logit scale: logit(mean) +- t * se / (mean (1 - mean)), and back.
- At unanimity the variance is zero and means nothing: the bound is the exact one-sided one for
  min(effective raters, effective questions) independent units, alpha^(1/units).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri, stdtr, stdtrit

from .estimate import LIKE_THESE, PLAIN, THESE, Estimate, undefined

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

TWO_WAY = "two-way cluster jackknife, t, logit"
BY_QUESTION = "cluster jackknife by question, t, logit"
WILSON = "Wilson"
METHODS = {LIKE_THESE: TWO_WAY, THESE: BY_QUESTION, PLAIN: WILSON}
ONE_RATER = "one rater, or one who gave nearly all ratings, says nothing about raters like these"
ONE_QUESTION = "one question, or one with nearly all ratings, says nothing about other questions"
FEWEST = 1.1  # effective raters or questions: below, one of them is nearly everything


@dataclass(frozen=True)
class Crossed:
    """Ratings by rater and by question: codes 0.. of each rating's rater, question and cell."""

    rater: Codes
    question: Codes
    cell: Codes

    @cached_property
    def ways(self) -> "tuple[Way, Way, Way]":
        return Way.of(self.rater), Way.of(self.question), Way.of(self.cell)

    @property
    def effective_raters(self) -> float:
        return kish(self.ways[0].sizes)

    @property
    def effective_questions(self) -> float:
        return kish(self.ways[1].sizes)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of clustering: each rating's cluster, how many ratings each has and leaves."""

    by: Codes
    sizes: Codes
    rest: Floats

    @classmethod
    def of(cls, by: Codes) -> "Way":
        sizes = np.bincount(by)
        return cls(by, sizes, np.asarray(len(by) - sizes, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Variance:
    """The three one-way variances of a mean and their two-way sum."""

    raters: float
    questions: float
    cells: float

    @property
    def two_way(self) -> float:
        return self.raters + self.questions - self.cells


def crossed(rater: ArrayLike, question: ArrayLike) -> Crossed:
    """Codes for any labels (shape (n,) each). Raises ValueError where the lengths differ."""
    raters, questions = codes(rater), codes(question)
    if len(raters) != len(questions):
        raise ValueError(f"{len(raters)} raters for {len(questions)} questions")
    return Crossed(raters, questions, _cells(raters, questions))


def _cells(raters: Codes, questions: Codes) -> Codes:
    """Codes of pairs, by rater and then question. Two sorts of 16 bits are half of one of 64."""
    width = int(questions.max(initial=0)) + 1
    if max(width, int(raters.max(initial=0)) + 1) > 1 << 16:
        return codes(raters * width + questions)
    by_question = np.argsort(questions.astype(np.uint16), kind="stable")
    order = by_question[np.argsort(raters[by_question].astype(np.uint16), kind="stable")]
    pairs = raters[order] * width + questions[order]
    found = np.empty(len(raters), dtype=np.intp)
    found[order] = np.cumsum(np.diff(pairs, prepend=-1) > 0) - 1
    return found


def those(clusters: Crossed, wanted: NDArray[np.bool_]) -> Crossed:
    """The clusters of some of the ratings, coded anew."""
    if wanted.all():
        return clusters
    return crossed(clusters.rater[wanted], clusters.question[wanted])


def codes(labels: ArrayLike) -> Codes:
    """0, 1, ... in the sorted order of the labels (shape (n,))."""
    given = np.asarray(labels).reshape(-1)
    if (
        given.size
        and given.dtype.kind in "iu"
        and given.min() >= 0
        and given.max() < 4 * given.size
    ):
        here = np.bincount(given) > 0  # small whole numbers need no sorting
        return (np.cumsum(here) - 1)[given].astype(np.intp)
    return np.unique(given, return_inverse=True)[1].reshape(-1).astype(np.intp)


def kish(sizes: ArrayLike) -> float:
    """How many clusters of equal size carry as much: (sum m)^2 / sum m^2. Zero where empty."""
    m = np.asarray(sizes, dtype=np.float64)
    return float(m.sum() ** 2 / np.square(m).sum()) if m.any() else 0.0


def jackknife_variance(y: ArrayLike, clusters: Crossed) -> Variance:
    """CV3 of the mean of `y` (shape (n,)) by rater, by question and by cell.

    A way with a single cluster has no variance (0.0): deleting it leaves nothing.
    """
    values = np.asarray(y, dtype=np.float64)
    return Variance(*(_one_way(values, way) for way in clusters.ways))


def sandwich_variance(y: ArrayLike, clusters: Crossed, *, corrected: bool = True) -> Variance:
    """The analytic two-way variance of the mean, to set beside the jackknife.

    V(g) = G/(G-1) * sum over clusters of (sum of residuals)^2 / n^2; `corrected=False` leaves the
    factors out. With clusters of equal size the corrected one equals the jackknife.
    """
    values = np.asarray(y, dtype=np.float64)
    mean = values.sum() / len(values)

    def one_way(by: Codes) -> float:
        sums = np.bincount(by, weights=values) - np.bincount(by) * mean
        factor = len(sums) / (len(sums) - 1) if corrected and len(sums) > 1 else 1.0
        return factor * _total(np.square(sums)) / len(values) ** 2

    return Variance(*(one_way(by) for by in (clusters.rater, clusters.question, clusters.cell)))


def share(
    y: ArrayLike,
    clusters: Crossed,
    *,
    out_of: int = 1,
    estimand: str = LIKE_THESE,
    level: float = 0.95,
) -> Estimate:
    """The mean of `y / out_of` (shape (n,), each in 0 to 1) with its interval.

    `estimand` is LIKE_THESE (raters and questions drawn: two-way; undefined with one rater), THESE
    (questions drawn: by question) or PLAIN (Wilson 1927 on n, as if ratings were independent).
    With whole or half `y` every sum is exact, so the order of rows changes no digit: give thirds
    as whole numbers `out_of` 3.
    """
    return share_of_each(y, clusters, (estimand,), out_of=out_of, level=level)[0]


def share_of_each(
    y: ArrayLike,
    clusters: Crossed,
    estimands: Sequence[str] = (LIKE_THESE, THESE, PLAIN),
    *,
    out_of: int = 1,
    level: float = 0.95,
) -> tuple[Estimate, ...]:
    """`share` for several estimands, which have one mean and one set of variances."""
    values = np.asarray(y, dtype=np.float64)
    if not len(values):
        return tuple(undefined("no ratings", estimand=estimand) for estimand in estimands)
    by = _variances(values, clusters, estimands)
    bare = Estimate(
        value=float(values.sum() / len(values) / out_of),
        n=len(values),
        effective_raters=clusters.effective_raters,
        effective_questions=clusters.effective_questions,
        level=level,
        undefined="no interval yet",
    )
    found = (replace(bare, estimand=one, method=METHODS[one]) for one in estimands)
    return tuple(
        _wilson(one) if one.estimand == PLAIN else _clustered(one, by, out_of) for one in found
    )


def at_level(found: Estimate, level: float) -> Estimate:
    """A clustered share with its interval at another level: the same variance, another reach."""
    asked = replace(found, level=level)
    if found.undefined or found.df is None:
        return asked
    if found.se is None:
        return _unanimous(asked, found.df + 1)
    return _on_logit_scale(asked, found.se, found.df)


def two_sided_p(found: Estimate, *, null: float = 0.5) -> float | None:
    """The p-value of `found` against a share of `null`, on the scale of its interval.

    At unanimity the exact sign test on the effective units. None where there is no interval.
    """
    if found.undefined or found.value is None or found.df is None:
        return None
    if found.se is None:
        base = null if found.value else 1 - null
        return float(min(1.0, 2 * base ** (found.df + 1)))
    return float(2 * stdtr(found.df, -abs(_distance(found, null))))


def one_sided_p(found: Estimate, *, null: float = 0.5) -> float | None:
    """As two_sided_p, where beforehand only a share above `null` was looked for."""
    if found.undefined or found.value is None or found.df is None:
        return None
    if found.se is None:
        return float(null ** (found.df + 1)) if found.value else 1.0
    return float(stdtr(found.df, -_distance(found, null)))


def _distance(found: Estimate, null: float) -> float:
    """From `null`, in standard errors on the logit scale."""
    value = found.value or 0.0
    spread = (found.se or 0.0) / (value * (1 - value))
    return float(logit(value) - logit(null)) / spread


def _variances(values: Floats, clusters: Crossed, estimands: Sequence[str]) -> Variance:
    """What the estimands need, and no more: a million cells take their time."""
    if LIKE_THESE in estimands:
        return jackknife_variance(values, clusters)
    by_question = _one_way(values, clusters.ways[1]) if THESE in estimands else 0.0
    return Variance(0.0, by_question, 0.0)


def _clustered(bare: Estimate, by: Variance, out_of: int) -> Estimate:
    """`bare` with the interval that its estimand asks for, or the reason why there is none."""
    raters, units = bare.effective_raters or 0.0, bare.effective_questions or 0.0
    reason = ""
    if units < FEWEST:
        reason = ONE_QUESTION
    if bare.estimand == LIKE_THESE:
        units = min(units, raters)
        if raters < FEWEST:
            return replace(bare, value=None, undefined=ONE_RATER)
    if reason:
        return replace(bare, undefined=reason)
    if bare.value in (0.0, 1.0):
        return _unanimous(bare, units)
    variance, notes = (by.questions, ()) if bare.estimand == THESE else largest(by)
    if not variance:
        return replace(bare, undefined="the ratings do not vary, so neither does their mean")
    return replace(_on_logit_scale(bare, variance**0.5 / out_of, units - 1), notes=notes)


def _on_logit_scale(bare: Estimate, se: float, df: float) -> Estimate:
    mean = bare.value or 0.0
    reach = float(stdtrit(df, (1 + bare.level) / 2)) * se / (mean * (1 - mean))
    low, high = (float(expit(logit(mean) + sign * reach)) for sign in (-1, 1))
    return replace(bare, low=low, high=high, se=se, df=df, undefined="")


def largest(by: Variance) -> tuple[float, tuple[str, ...]]:
    """The two-way variance, or a one-way variance that exceeds it, with a note."""
    ways = (("raters", by.raters), ("questions", by.questions), ("cells", by.cells))
    way, one_way = max(ways, key=itemgetter(1))
    tiny = 1e-12 * one_way
    if by.two_way >= one_way - tiny:
        return by.two_way, ()
    why = "not positive" if by.two_way <= tiny else "smaller"
    return one_way, (f"the variance by {way} is used: the two-way one is {why}",)


def _unanimous(bare: Estimate, units: float) -> Estimate:
    bound = (1 - bare.level) ** (1 / units)
    low, high = (bound, 1.0) if bare.value else (0.0, 1 - bound)
    note = f"unanimous: one-sided {bare.level:.0%} bound from {units:.1f} effective units"
    return replace(bare, low=low, high=high, df=units - 1, notes=(note,), undefined="")


def deleted(values: Floats, by: Codes) -> Floats:
    """The mean of `values` without each cluster in turn. Needs two clusters."""
    sizes = np.bincount(by)
    return (values.sum() - np.bincount(by, weights=values)) / (len(values) - sizes)


def _one_way(values: Floats, way: Way) -> float:
    """Clusters stand in the order of their labels, so the order of rows changes no digit."""
    count, total = len(way.sizes), values.sum()
    if count < 2:
        return 0.0
    apart: Floats = np.asarray(np.bincount(way.by, weights=values), dtype=np.float64)
    np.subtract(total, apart, out=apart)
    apart /= way.rest
    apart -= total / len(values)
    apart *= apart
    return float((count - 1) / count * apart.sum())


def _total(values: Floats) -> float:
    """A sum that does not depend on the order of clusters, to the last digit."""
    return float(np.sort(values).sum())


def _wilson(bare: Estimate) -> Estimate:
    n, mean = bare.n, bare.value or 0.0
    z2 = float(ndtri((1 + bare.level) / 2)) ** 2
    centre = (mean + z2 / (2 * n)) / (1 + z2 / n)
    reach = (z2 * mean * (1 - mean) / n + z2 * z2 / (4 * n * n)) ** 0.5 / (1 + z2 / n)
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return replace(bare, low=low, high=high, se=(mean * (1 - mean) / n) ** 0.5, undefined="")

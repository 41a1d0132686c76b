"""Dawid and Skene's model of raters, as a diagnostic: how each differs from the others.

Knows units (triples), raters and unordered categories. Takes for granted that every triple has one
true category and that raters err independently given it, which preferences need not have: so it
never leaves a rater out, weighs none and changes no result.

Dawid and Skene 1979 (Appl. Statist. 28:20): unit u has the true category c with probability
prior[c]; rater r then says d with probability confusion[r, c, d]. EM from the shares of what was
said of each unit, with `smoothing` pseudo-counts on every probability (a Dirichlet prior), so that
a rater with three ratings has no certainties. Likelihoods of this kind have several maxima: this is
the one near what the majority says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .estimate import Estimate
from .jackknife import codes

Floats = NDArray[np.float64]

METHOD = "Dawid-Skene by EM"
MOST_STEPS = 300
NO_INTERVAL = "a model's diagnostic, given without an interval"


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Raters and units in the sorted order of their labels; empty where `undefined` says why."""

    categories: tuple[str, ...]
    prior: tuple[float, ...]
    confusion: Floats  # (raters, categories true, categories said)
    posterior: Floats  # (units, categories)
    right: tuple[Estimate, ...]  # a rater each: how often, by the model, they say the true category
    objective: float | None  # log likelihood and log prior at the maximum, without constants
    undefined: str = ""


def dawid_skene(
    unit: ArrayLike,
    rater: ArrayLike,
    category: ArrayLike,
    *,
    categories: Sequence[str],
    smoothing: float = 0.5,
) -> DawidSkene:
    """Fit ratings in long form, as for `agreement`. Raises ValueError for what cannot be."""
    units, raters = codes(unit), codes(rater)
    said, width = np.asarray(category, dtype=np.intp).reshape(-1), len(categories)
    if not len(units) == len(raters) == len(said):
        raise ValueError(f"{len(units)} units, {len(raters)} raters and {len(said)} values")
    if said.size and not (said.min() >= 0 and said.max() < width):
        raise ValueError(f"a category must be an index from 0 to {width - 1}")
    if smoothing <= 0:
        raise ValueError("smoothing must be positive")
    reason = _why_not(units, said)
    if reason:
        none = np.empty((0, width))
        return DawidSkene(tuple(categories), (), none[:, :, None], none, (), None, reason)
    posterior = _said_of_each(units, said, width)
    objective = -np.inf
    for _ in range(MOST_STEPS):
        prior, confusion = _maximised(posterior, units, raters, said, smoothing)
        posterior, likelihood = _expected(prior, confusion, units, raters, said)
        last = objective
        objective = likelihood + smoothing * float(np.log(prior).sum() + np.log(confusion).sum())
        if objective - last < 1e-9 * abs(objective):
            break
    given = np.bincount(raters)
    right = np.einsum("rcc,c->r", confusion, prior)
    return DawidSkene(
        categories=tuple(categories),
        prior=tuple(map(float, prior)),
        confusion=confusion,
        posterior=posterior,
        right=tuple(
            Estimate(value=float(rate), n=int(n), method=METHOD, undefined=NO_INTERVAL)
            for rate, n in zip(right, given, strict=True)
        ),
        objective=objective,
    )


def _why_not(units: NDArray[np.intp], said: NDArray[np.intp]) -> str:
    if not (np.bincount(units) >= 2).any():
        return "no unit was rated twice"
    if len(np.unique(said)) < 2:
        return "every value is in one category: there is nothing to confuse"
    return ""


def _said_of_each(units: NDArray[np.intp], said: NDArray[np.intp], width: int) -> Floats:
    shape = (int(units.max()) + 1, width)
    counted = np.bincount(units * width + said, minlength=shape[0] * width).reshape(shape)
    return np.asarray(counted / counted.sum(axis=1, keepdims=True), dtype=np.float64)


def _maximised(
    posterior: Floats,
    units: NDArray[np.intp],
    raters: NDArray[np.intp],
    said: NDArray[np.intp],
    smoothing: float,
) -> tuple[Floats, Floats]:
    width = posterior.shape[1]
    prior = posterior.sum(axis=0) + smoothing
    count = int(raters.max()) + 1
    counted = np.stack(
        [
            np.bincount(raters * width + said, weights=of_unit, minlength=count * width)
            for of_unit in posterior[units].T
        ]
    )
    confusion = counted.reshape(width, count, width).transpose(1, 0, 2) + smoothing
    return prior / prior.sum(), confusion / confusion.sum(axis=2, keepdims=True)


def _expected(
    prior: Floats,
    confusion: Floats,
    units: NDArray[np.intp],
    raters: NDArray[np.intp],
    said: NDArray[np.intp],
) -> tuple[Floats, float]:
    logs = np.log(confusion)[raters, :, said]
    joint = np.stack([np.bincount(units, weights=column) for column in logs.T], axis=1)
    joint = joint + np.log(prior)
    total = np.logaddexp.reduce(joint, axis=1)
    return np.exp(joint - total[:, None]), float(np.sort(total).sum())

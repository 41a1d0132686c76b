"""How far raters agree on the same units, beyond chance, with raters missing anywhere.

Knows units (triples), raters and unordered categories (which source was picked, *too close*, *none
good*). Knows no ranks (`rank_agreement` does) and does not judge raters: disagreement is a finding,
never a reason to leave a rater out.

Every coefficient is 1 - (observed disagreement) / (expected disagreement); they differ in what they
expect. With n_uc values of category c in unit u, m_u values in unit u, over units with m_u >= 2:
- raw agreement: mean over units of sum_c n_uc (n_uc - 1) / (m_u (m_u - 1));
- Krippendorff's alpha, nominal (Krippendorff 2004, Content Analysis, ch. 11): observed 1/n sum_u
  (m_u^2 - sum_c n_uc^2) / (m_u - 1), expected (n^2 - sum_c n_c^2) / (n (n - 1)), n = sum m_u;
- Gwet's AC1 (Gwet 2008, BJMSP 61:29): raw agreement against 1/(C - 1) sum_c p_c (1 - p_c), p_c the
  mean over all units of n_uc / m_u, C the number of categories on offer;
- Fleiss' kappa (Fleiss 1971, Psychol. Bull. 76:378): against sum_c p_c^2; equal m_u only.

Intervals: delete-one-unit jackknife (CV3), t on Kish-effective units - 1, so they speak of *units
like these and these raters*. With complete agreement: a one-sided bound from raw agreement,
alpha^(1/units), carried to each coefficient.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .estimate import Estimate, undefined
from .jackknife import codes, kish

Floats = NDArray[np.float64]

UNITS_LIKE_THESE = "units like these, these raters"
METHOD = "cluster jackknife by unit, t"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Four coefficients, and the base rates without which none can be read."""

    raw: Estimate
    alpha: Estimate
    ac1: Estimate
    fleiss: Estimate
    base_rates: tuple[tuple[str, float], ...]  # over all values, in the order of `categories`
    units: int
    pairable_units: int  # rated at least twice
    raters: int
    values: int


def agreement(
    unit: ArrayLike,
    rater: ArrayLike,
    category: ArrayLike,
    *,
    categories: Sequence[str],
    level: float = 0.95,
) -> Agreement:
    """Agreement of ratings in long form, shape (n,) each; a missing rating is a missing row.

    `category` holds indices into `categories`, which names every category on offer, used or not.
    Raises ValueError for lengths that differ or an index that is no category.
    """
    units, raters = codes(unit), codes(rater)
    values = np.asarray(category, dtype=np.intp).reshape(-1)
    if not len(units) == len(raters) == len(values):
        raise ValueError(f"{len(units)} units, {len(raters)} raters and {len(values)} values")
    if values.size and not (values.min() >= 0 and values.max() < len(categories)):
        raise ValueError(f"a category must be an index from 0 to {len(categories) - 1}")
    width = len(categories)
    shape = (int(units.max(initial=-1)) + 1, width)
    counted = np.bincount(units * width + values, minlength=shape[0] * width)
    table: Floats = counted.reshape(shape).astype(np.float64)
    pairable = table[table.sum(axis=1) >= 2]
    totals = table.sum(axis=0)
    rates = totals / max(totals.sum(), 1)
    return Agreement(
        raw=estimate_from(_raw_parts(pairable), pairable, "", level, floor=0.0),
        alpha=estimate_from(
            alpha_parts(pairable, 1 - np.eye(width)), pairable, _why_no_alpha(pairable), level
        ),
        ac1=_ac1(table, pairable, level),
        fleiss=estimate_from(_fleiss_parts(pairable), pairable, _why_no_fleiss(table), level),
        base_rates=tuple((name, float(rate)) for name, rate in zip(categories, rates, strict=True)),
        units=len(table),
        pairable_units=len(pairable),
        raters=int(raters.max(initial=-1)) + 1,
        values=len(values),
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """Observed and expected disagreement: of all units, and without each pairable unit in turn."""

    observed: float
    expected: float
    observed_without: Floats
    expected_without: Floats


def _raw_parts(pairable: Floats) -> Parts:
    disagreement = 1 - _unit_agreement(pairable)
    ones = np.ones(len(pairable))
    return Parts(_mean(disagreement), 1.0, _mean_without(disagreement), ones)


def alpha_parts(pairable: Floats, distance: Floats) -> Parts:
    """Of counts (units, kinds) with a distance (kinds, kinds) from 0, for the same kind, to 1."""
    sizes = pairable.sum(axis=1)
    apart = ((pairable @ distance) * pairable).sum(axis=1) / (sizes - 1)
    n, n_without = sizes.sum(), sizes.sum() - sizes
    totals = pairable.sum(axis=0)
    return Parts(
        float(_divided(_total(apart), n)),
        float(_chance_apart(totals[None, :], distance)[0]),
        _divided(_total(apart) - apart, n_without),
        _chance_apart(totals - pairable, distance),
    )


def _chance_apart(totals: Floats, distance: Floats) -> Floats:
    n = totals.sum(axis=1)
    return _divided(((totals @ distance) * totals).sum(axis=1), n * (n - 1))


def _fleiss_parts(pairable: Floats) -> Parts:
    """Base rates over the pairable units, which are all units where Fleiss is defined."""
    disagreement = 1 - _unit_agreement(pairable)
    rates = pairable / np.maximum(pairable.sum(axis=1, keepdims=True), 1)
    chance, chance_without = _mean_rates(rates, rates)
    return Parts(
        _mean(disagreement),
        float(1 - _over_kinds(np.square(chance))),
        _mean_without(disagreement),
        1 - _over_kinds(np.square(chance_without)),
    )


def _ac1(table: Floats, pairable: Floats, level: float) -> Estimate:
    """AC1 takes base rates from all rated units, and disagreement from the pairable ones."""
    width = table.shape[1]
    if width < 2:
        return undefined("one category only", n=len(pairable), method=METHOD)
    rates = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    chance, chance_without = _mean_rates(rates, rates[table.sum(axis=1) >= 2])
    disagreement = 1 - _unit_agreement(pairable)
    parts = Parts(
        _mean(disagreement),
        float(1 - _over_kinds(chance * (1 - chance)) / (width - 1)),
        _mean_without(disagreement),
        1 - _over_kinds(chance_without * (1 - chance_without)) / (width - 1),
    )
    return estimate_from(parts, pairable, "", level)


def _mean_rates(rates: Floats, leaving: Floats) -> tuple[Floats, Floats]:
    """Mean base rates, and the mean without each of the units `leaving` in turn."""
    total = rates.sum(axis=0)
    return total / max(len(rates), 1), (total - leaving) / max(len(rates) - 1, 1)


def estimate_from(
    parts: Parts, pairable: Floats, reason: str, level: float, floor: float = -1.0
) -> Estimate:
    """1 - observed / expected with its interval by unit, or why there is none."""
    n = len(pairable)
    reason = reason if n else "no unit was rated twice"
    if reason:
        return undefined(reason, n=n, method=METHOD, estimand=UNITS_LIKE_THESE)
    value = 1 - parts.observed / parts.expected
    units = kish(pairable.sum(axis=1))
    bare = Estimate(
        value=value, n=n, method=METHOD, estimand=UNITS_LIKE_THESE, level=level,
        undefined="one unit says nothing about others",
    )  # fmt: skip
    if n < 2:
        return bare
    if parts.observed == 0:
        bound = (1 - level) ** (1 / units)
        note = f"complete agreement: one-sided {level:.0%} bound from {units:.1f} effective units"
        low = max(floor, 1 - (1 - bound) / parts.expected)
        return replace(bare, low=low, high=1.0, notes=(note,), undefined="")
    if not (parts.expected_without > 0).all():
        return replace(bare, undefined="without one unit all values are the same")
    without = 1 - parts.observed_without / parts.expected_without
    se = float(((n - 1) / n * _total(np.square(without - value))) ** 0.5)
    if se <= 1e-12:
        return replace(bare, undefined="every unit shows the same agreement")
    reach = float(stdtrit(units - 1, (1 + level) / 2)) * se
    low, high = max(floor, value - reach), min(1.0, value + reach)
    return replace(bare, low=low, high=high, se=se, df=units - 1, undefined="")


def _why_no_alpha(pairable: Floats) -> str:
    if (pairable.sum(axis=0) > 0).sum() == 1:
        return "every value is in one category: there is no variation to agree on"
    return ""


def _why_no_fleiss(table: Floats) -> str:
    sizes = table.sum(axis=1)
    if len(sizes) and sizes.min() != sizes.max():
        return f"units have from {int(sizes.min())} to {int(sizes.max())} values, not equally many"
    return _why_no_alpha(table)


def _unit_agreement(pairable: Floats) -> Floats:
    sizes = pairable.sum(axis=1)
    return (pairable * (pairable - 1)).sum(axis=1) / (sizes * (sizes - 1))


def _over_kinds(values: Floats) -> Floats:
    """Sums over categories, which do not depend on how these are numbered."""
    return np.asarray(np.sort(values, axis=-1).sum(axis=-1))


def _mean(values: Floats) -> float:
    return _total(values) / max(len(values), 1)


def _mean_without(values: Floats) -> Floats:
    return (_total(values) - values) / max(len(values) - 1, 1)


def _total(values: Floats) -> float:
    """Units stand in the order of their labels, so the order of rows changes no digit."""
    return float(values.sum())


def _divided(over: ArrayLike, under: ArrayLike) -> Floats:
    """Zero where the denominator is zero; callers refuse those cases by name."""
    under = np.asarray(under, dtype=np.float64)
    return np.divide(over, under, out=np.zeros_like(under), where=under != 0)

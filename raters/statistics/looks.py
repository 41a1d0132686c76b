"""Looking early: an interval that holds at every look, however often one looks and stops.

Knows a share with its clustered standard error, and the precision that the study was planned for.
Does not know how many looks there were: that is the point.

The normal-mixture boundary of Howard, Ramdas, McAuliffe and Sekhon 2021 (Ann. Statist. 49:1055,
eq. 14; Robbins 1970), on the logit scale of the headline interval, with its clustered variance in
place of a known one (an asymptotic confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas 2024, Ann. Statist. 52:2613). With information I = 1 / variance,

    |estimate - truth| <= sqrt((I + rho) log((I + rho) / (rho alpha^2))) / I

at all looks at once, rho = I* / (-W(-alpha^2 / e) - 1) with Lambert's lower branch W, tightest at
the information I* that is planned for. It is wider by t / z for the degrees of freedom of the look.
Before the wanted clusters are there it stays silent: no asymptotic interval is true from the first
rating on.
"""

from dataclasses import replace

import numpy as np
from scipy.special import expit, lambertw, logit, ndtri, stdtrit

from .estimate import Estimate

METHOD = "normal-mixture confidence sequence on the clustered variance, logit"
FEWEST_CLUSTERS = 8.0  # effective raters and questions before the first look


def anytime(found: Estimate, *, planned_width: float) -> Estimate:
    """`found`, a share with a clustered interval, with one that holds at every look.

    `planned_width` is the width of the ordinary interval that the study was planned to reach: the
    sequence is tightest there. Fix it before the first look. Raises ValueError for a width that
    is no width.
    """
    if not 0 < planned_width < 1:
        raise ValueError(f"a planned width must lie between 0 and 1, not {planned_width}")
    reason = _why_silent(found)
    if reason or found.value is None or found.se is None or found.df is None:
        return replace(found, low=None, high=None, method=METHOD, notes=(), undefined=reason)
    alpha, slope = 1 - found.level, found.value * (1 - found.value)
    z = float(ndtri((1 + found.level) / 2))
    information = (slope / found.se) ** 2
    # a width w of a share near one half is w / (1/4) on the logit scale
    planned = (2 * z / (4 * planned_width)) ** 2
    widened = float(stdtrit(found.df, (1 + found.level) / 2)) / z
    reach = boundary(information, planned=planned, alpha=alpha) / information * widened
    low, high = (float(expit(logit(found.value) + sign * reach)) for sign in (-1, 1))
    notes = ("holds at every look, not at this one only",)
    return replace(found, low=low, high=high, method=METHOD, notes=notes)


def _why_silent(found: Estimate) -> str:
    if found.undefined:
        return found.undefined
    if found.se is None or found.df is None:
        return "unanimous so far: no variance to build on"
    if found.df + 1 < FEWEST_CLUSTERS:
        return f"too early: fewer than {FEWEST_CLUSTERS:.0f} effective raters or questions"
    return ""


def boundary(information: float, *, planned: float, alpha: float = 0.05) -> float:
    """How far a Brownian motion stays from zero at all times at once, but for `alpha`."""
    rho = planned / (-float(lambertw(-(alpha**2) / np.e, -1).real) - 1)
    total = information + rho
    return float((total * np.log(total / (rho * alpha**2))) ** 0.5)

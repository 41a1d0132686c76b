"""How often the headline interval holds the truth, by simulation over a grid of studies.

Rater r prefers A on question q with log-odds c + a_r + b_q, normal spreads; the truth is the share
of A averaged over raters and questions, which c makes exact. Each cell has a seed of its own, fixed
here, so it can be run alone and again. `validity` runs the grid and writes the page.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import expit

from raters.statistics import PLAIN, crossed, share, two_sided_p
from raters.statistics.power import log_odds_centre

SEED = 20261123
QUESTION_SD = 0.8
STUDIES = 2000
DESIGNS_EVERY = 20  # studies that share who rates what; their preferences are drawn anew
LEAST, MOST, MOST_REJECTED = 0.935, 0.98, 0.065
PARTICIPATION = ("equal", "Pareto", "one dominant")


@dataclass(frozen=True)
class Cell:
    rater_sd: float
    ratings: int
    raters: int
    questions: int
    participation: str
    true_share: float


@dataclass(frozen=True)
class Found:
    """Shares of studies; `undefined` had no interval and count nowhere else."""

    covered: float
    plain: float
    rejected: float | None  # a true null, so only where the truth is one half
    undefined: float
    width: float
    studies: int


def grid() -> list[Cell]:
    """Every cell. The seed of a cell is its place here: add new ones at the end."""
    spreads, ratings, raters, questions = (0.25, 0.6), (200, 1000, 5000), (20, 100), (10, 50, 1000)
    every = product(spreads, ratings, raters, questions, PARTICIPATION, (0.5, 0.7, 0.95))
    return [Cell(*values) for values in every]


def simulate(cell: Cell, studies: int = STUDIES) -> Found:
    rng = np.random.default_rng([SEED, grid().index(cell)])
    centre = log_odds_centre(cell.true_share, float(np.hypot(cell.rater_sd, QUESTION_SD)))
    held, plain, rejected, widths = [], [], [], []
    for study in range(studies):
        if study % DESIGNS_EVERY == 0:
            rater, question = design(cell, rng)
            clusters = crossed(rater, question)
        leaning = (
            centre
            + rng.normal(0, cell.rater_sd, cell.raters)[rater]
            + rng.normal(0, QUESTION_SD, cell.questions)[question]
        )
        y = rng.random(cell.ratings) < expit(leaning)
        found, beside = share(y, clusters), share(y, clusters, estimand=PLAIN)
        plain.append(beside.low <= cell.true_share <= beside.high)
        if found.low is None:
            continue
        held.append(found.low <= cell.true_share <= found.high)
        rejected.append(two_sided_p(found) < 0.05)
        widths.append(found.high - found.low)
    return Found(
        covered=float(np.mean(held)) if held else 0.0,
        plain=float(np.mean(plain)),
        rejected=float(np.mean(rejected)) if cell.true_share == 0.5 and held else None,
        undefined=1 - len(held) / studies,
        width=float(np.median(widths)) if widths else 0.0,
        studies=studies,
    )


def design(cell: Cell, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Who rated what: no question twice by a rater while there are others."""
    counts = participation(cell, rng)
    rater = np.repeat(np.arange(cell.raters), counts)
    turn = np.arange(cell.ratings) - np.repeat(np.cumsum(counts) - counts, counts)
    orders = rng.permuted(np.tile(np.arange(cell.questions), (cell.raters, 1)), axis=1)
    return rater, orders[rater, turn % cell.questions]


def participation(cell: Cell, rng: np.random.Generator) -> np.ndarray:
    """Ratings of each rater: equal, in Pareto(1.16) shares (80:20), or half of all by one."""
    if cell.participation == "equal":
        return np.full(cell.raters, cell.ratings // cell.raters)
    if cell.participation == "Pareto":
        shares = rng.pareto(1.16, cell.raters) + 1
    else:
        shares = np.r_[cell.raters - 1, np.ones(cell.raters - 1)]
    return rng.multinomial(cell.ratings, shares / shares.sum())


def fails(cell: Cell, found: Found) -> list[str]:
    """What the cell promises and does not keep."""
    failed = []
    if found.covered < LEAST:
        failed.append("covers too seldom")
    if cell.participation == "equal" and found.covered > MOST:
        failed.append("covers too often")
    if found.rejected is not None and found.rejected > MOST_REJECTED:
        failed.append("rejects a true null too often")
    return failed

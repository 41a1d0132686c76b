"""The headline interval holds what it promises, where the plain one does not (simulation).

The whole grid stands in docs/validity.md; here are fewer studies of a few cells, with room for
chance: of 400 studies at 95 % coverage fewer than 91.5 % cover once in a thousand times.
"""

from pathlib import Path

import pytest

from tests.raters.statistics.coverage import PARTICIPATION, Cell, Found, fails, grid, simulate
from tests.raters.statistics.validity import page

STUDIES = 400
CELLS = [
    Cell(0.6, 1000, 20, 50, "equal", 0.5),
    Cell(0.6, 5000, 20, 1000, "equal", 0.7),
    Cell(0.25, 200, 20, 10, "equal", 0.95),
    Cell(0.25, 1000, 100, 50, "Pareto", 0.5),
    Cell(0.6, 1000, 20, 50, "Pareto", 0.95),
    Cell(0.6, 1000, 20, 50, "one dominant", 0.7),
]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_the_headline_interval_covers_and_the_plain_one_does_not(cell):
    found = simulate(cell, STUDIES)
    assert found.covered >= 0.915
    assert cell.participation != "equal" or found.covered <= 0.995
    assert found.rejected is None or found.rejected <= 0.085
    assert found.undefined == 0
    if cell.ratings >= 1000:
        assert found.plain < 0.85


@pytest.mark.slow
def test_a_cell_gives_the_same_digits_again():
    assert simulate(grid()[7], 40) == simulate(grid()[7], 40)


def test_the_grid_is_the_promised_one():
    assert len(grid()) == len(set(grid())) == 324
    assert {cell.participation for cell in grid()} == set(PARTICIPATION)


def test_the_page_marks_what_is_not_kept_and_what_was_not_run():
    good, short, biased = grid()[0], grid()[2], grid()[3]
    done = {
        good: Found(0.95, 0.7, 0.05, 0.0, 0.1, 2000),
        short: Found(0.92, 0.7, None, 0.0, 0.1, 2000),
        biased: Found(0.94, 0.7, 0.07, 0.0, 0.1, 2000),
    }
    assert fails(good, done[good]) == []
    written = page(done)
    assert "**1 of 3 cells keep it**; 321 cells" in written
    assert "🔴 **0.920**" in written
    assert "🔴 **0.070**" in written
    assert "not run" in written
    assert "Why too seldom" in written


def test_the_page_in_the_documentation_is_of_the_whole_grid():
    page = (Path(__file__).resolve().parents[3] / "docs/validity.md").read_text()
    assert "; 0 cells of the grid were not run" in page

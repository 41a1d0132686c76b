"""Runs the grid of `coverage` and writes docs/validity.md.

    .venv/bin/python -m tests.raters.statistics.validity [--studies 2000] [--cells 324]

Results are kept in a file (--kept, a line a cell); a run goes on where the last one stopped.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import product
from pathlib import Path

from tests.raters.statistics.coverage import (
    LEAST,
    MOST,
    MOST_REJECTED,
    PARTICIPATION,
    STUDIES,
    Cell,
    Found,
    fails,
    grid,
    simulate,
)

SHARES = (0.5, 0.7, 0.95)
RED = "🔴"

INTRODUCTION = """# Does the interval keep its promise?

Written by `.venv/bin/python -m tests.raters.statistics.validity`; do not edit. The whole grid takes
a few minutes on one core, goes on where it stopped, and gives the same digits again: every cell
has a seed of its own. `make test-all` runs a shorter set.

Simulated studies: rater *r* prefers A on question *q* with log-odds *c* + *a_r* + *b_q*, normal
spreads, question SD 0.8. The truth is the **population-averaged** share of A, over raters and
questions. Question orders are random, no question twice by a rater while there are others.
Participation: *equal*; *Pareto*, shares of the work drawn from Pareto(1.16), the 80:20 law; *one
dominant*, half of all ratings by one rater.

Promised: the headline 95 % interval (*raters like these*) covers the truth in at least {least} of
studies in every cell, in at most {most} where participation is equal, and the two-sided test
rejects a true null in at most {rejected}.

**{kept} of {run} cells keep it**; {missing} cells of the grid were not run. {studies} studies a
cell, so one standard error is {error}. Coverage runs from {covered}; that of the plain
(Wilson) interval in the same studies from {plain}. Where one rater gave nearly all ratings
the headline is undefined: at most {undefined} of the studies of a cell, which count nowhere else.
Cells that do not keep the promise are marked {red} and explained at the end."""

REASONS = {
    "covers too seldom": """\
**Why too seldom.** A share near an edge, many ratings, few questions: what is left is the spread
between questions, whose shares are skewed there (log-odds of SD 0.8 around 3). A sample that
happens to hold no hard question has its mean too high *and* its spread too small; t on
(questions - 1) degrees of freedom allows for a noisy spread, not for one that errs together with
the mean. More ratings or raters do not help, more questions do. The results page prints effective
questions beside every interval.""",
    "covers too often": """\
**Why too often.** The largest of four variances is used
([decision 5](decisions/0005-the-largest-variance.md)), which costs width where raters and questions
add next to nothing.""",
    "rejects a true null too often": """\
**Why rejected too often.** As for coverage: the test is the interval.""",
}


def page(done: Mapping[Cell, Found]) -> str:
    cells = [cell for cell in grid() if cell in done]
    failed = {cell: reasons for cell in cells if (reasons := fails(cell, done[cell]))}
    blocks = [_head(done, cells, failed), _coverage(done), _tests(done), _red(done, failed)]
    return "\n\n".join(blocks) + "\n"


def _head(done: Mapping[Cell, Found], cells: list[Cell], failed: Mapping[Cell, list[str]]) -> str:
    studies = done[cells[0]].studies if cells else STUDIES
    covered, plain = (
        [getattr(done[cell], which) for cell in cells] or [0] for which in ("covered", "plain")
    )
    return INTRODUCTION.format(
        least=f"{100 * LEAST:g} %",
        most=f"{100 * MOST:g} %",
        rejected=f"{100 * MOST_REJECTED:g} %",
        kept=len(cells) - len(failed),
        run=len(cells),
        missing=len(grid()) - len(cells),
        studies=f"{studies:,}",
        error=f"{(0.95 * 0.05 / studies) ** 0.5:.3f}",
        covered=f"{min(covered):.3f} to {max(covered):.3f}",
        undefined=f"{100 * max((done[cell].undefined for cell in cells), default=0):.0f} %",
        plain=f"{min(plain):.3f} to {max(plain):.3f}",
        red=RED,
    )


def _coverage(done: Mapping[Cell, Found]) -> str:
    def cell(key: Cell) -> str:
        found = done.get(key)
        if found is None:
            return "not run"
        red = any("covers" in reason for reason in fails(key, found))
        return f"{RED} **{found.covered:.3f}**" if red else f"{found.covered:.3f}"

    columns = list(product(PARTICIPATION, SHARES))
    return "## Coverage\n\n" + _table(columns, cell)


def _tests(done: Mapping[Cell, Found]) -> str:
    def cell(key: Cell) -> str:
        found = done.get(key)
        if found is None or found.rejected is None:
            return "not run"
        red = found.rejected > MOST_REJECTED
        return f"{RED} **{found.rejected:.3f}**" if red else f"{found.rejected:.3f}"

    columns = [(name, 0.5) for name in PARTICIPATION]
    return "## How often a true null (one half) is rejected at 5 %\n\n" + _table(columns, cell)


def _table(columns, cell) -> str:
    head = ["rater SD", "ratings", "raters", "questions", *(f"{n}, {s}" for n, s in columns)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for sd, ratings, raters, questions in dict.fromkeys(
        (one.rater_sd, one.ratings, one.raters, one.questions) for one in grid()
    ):
        figures = [cell(Cell(sd, ratings, raters, questions, *column)) for column in columns]
        named = [str(sd), f"{ratings:,}", str(raters), f"{questions:,}"]
        lines.append("| " + " | ".join([*named, *figures]) + " |")
    return "\n".join(lines)


def _red(done: Mapping[Cell, Found], failed: Mapping[Cell, list[str]]) -> str:
    lines = ["## Cells that do not keep it", ""]
    if not failed:
        return "\n".join([*lines, "None."])
    for cell, reasons in failed.items():
        found = done[cell]
        lines.append(
            f"- {RED} rater SD {cell.rater_sd}, {cell.ratings:,} ratings, {cell.raters} raters,"
            f" {cell.questions:,} questions, {cell.participation}, share {cell.true_share}:"
            f" {', '.join(reasons)} ({found.covered:.4f}; plain {found.plain:.3f})."
        )
    return "\n".join([*lines, "", *_reasons(failed)])


def _reasons(failed: Mapping[Cell, list[str]]) -> Iterator[str]:
    """Why, once for each kind of failure."""
    found = {reason for reasons in failed.values() for reason in reasons}
    yield from (why for reason, why in REASONS.items() if reason in found)


def kept(path: Path) -> dict[Cell, Found]:
    if not path.exists():
        return {}
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return {Cell(**row["cell"]): Found(**row["found"]) for row in rows}


def interleaved() -> Iterator[Cell]:
    """The grid in an order in which any beginning is spread over it: by golden-ratio strides."""
    cells = grid()
    stride = 199  # coprime to 324, about 324 / 1.618
    yield from (cells[at * stride % len(cells)] for at in range(len(cells)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--cells", type=int, default=len(grid()), help="how many more to run")
    parser.add_argument("--kept", type=Path, default=Path("var/coverage.jsonl"))
    parser.add_argument("--write", type=Path, default=Path("docs/validity.md"))
    args = parser.parse_args()
    args.kept.parent.mkdir(parents=True, exist_ok=True)
    done = kept(args.kept)
    left = [cell for cell in interleaved() if cell not in done][: args.cells]
    for cell in left:
        done[cell] = simulate(cell, args.studies)
        with args.kept.open("a") as file:
            file.write(json.dumps({"cell": asdict(cell), "found": asdict(done[cell])}) + "\n")
    args.write.write_text(page(done))


if __name__ == "__main__":
    main()

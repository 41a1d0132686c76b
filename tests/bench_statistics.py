"""How long the statistics take: 50,000 ratings cold, with the bootstrap; a million against numpy.

Wanted: 50,000 ratings with 2,000 bootstrap replicates in under 3 s and 250 MB, interpreter and
imports included; 1,000,000 within 1.3 times a plain numpy reference of the same quantities, under
1 GB. `make bench` prints the figures; nothing here fails on a slow machine.
"""

import subprocess
import sys
from collections.abc import Callable

import pytest

COMMON = """
import resource, sys, time
began = time.perf_counter()
import numpy as np

SOURCES = ["a", "b", "c"]

def study(n):
    rng = np.random.default_rng(7)
    rater, question = rng.integers(0, n // 250, n), rng.integers(0, n // 20, n)
    order = rng.permuted(np.tile(np.arange(3), (n, 1)), axis=1)
    worth = rng.gumbel(size=(n, 3)) + [0, 0.2, 0.5]
    return rater, question, (-worth).argsort(axis=1).argsort(axis=1) + 1.0, order

def say(what, since):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{what}: {time.perf_counter() - since:.2f} s, {peak} MB at most\\n")
"""

COLD = """
rater, question, ranks, order = study(50_000)
from raters.statistics import *
clusters = crossed(rater, question)
picked = ranks.argmin(axis=1)
share_best(rater, question, picked, sources=SOURCES, clusters=clusters)
compare(rater, question, ranks, sources=SOURCES, clusters=clusters)
share_first(clusters, ranks)
strengths(rater, question, ranks, sources=SOURCES, clusters=clusters)
agreement(question, rater, picked, categories=SOURCES)
concordance(question, ranks)
rng = np.random.default_rng(1)
slot_effect(order, picked, rng=rng)
source_effect(order, np.take_along_axis(ranks, order, axis=1), sources=SOURCES, rng=rng)
ahead = [np.sign(ranks[:, b] - ranks[:, a]) / 2 + 0.5 for a, b in ((0, 1), (0, 2), (1, 2))]
bootstrap_shares([*(picked == i for i in range(3)), *ahead], clusters, rng=rng, replicates=2000)
say("50,000 ratings, 2,000 replicates of six figures, cold", began)
"""

MILLION = """
rater, question, ranks, order = study(1_000_000)
from raters.statistics import agreement, compare, concordance, crossed, share_best
picked = ranks.argmin(axis=1)

def ours():
    clusters = crossed(rater, question)
    share_best(rater, question, picked, sources=SOURCES, clusters=clusters)
    compare(rater, question, ranks, sources=SOURCES, clusters=clusters)
    agreement(question, rater, picked, categories=SOURCES)
    concordance(question, ranks)

def reference():
    n = len(rater)
    cell = np.unique(rater * (question.max() + 1) + question, return_inverse=True)[1]
    ways = [(by, np.bincount(by)) for by in (rater, question, cell)]
    figures = [(picked == i).astype(float) for i in range(3)]
    figures += [np.sign(ranks[:, b] - ranks[:, a]) + 1 for a, b in ((0, 1), (0, 2), (1, 2))]
    for y in figures:
        total = y.sum()
        for by, sizes in ways:
            without = (total - np.bincount(by, weights=y)) / (n - sizes)
            (len(sizes) - 1) / len(sizes) * np.square(without - total / n).sum()
    sizes = np.bincount(question)
    table = np.bincount(question * 3 + picked, minlength=3 * len(sizes)).reshape(-1, 3)
    rates = table / sizes[:, None]
    agreed = (table * (table - 1.0)).sum(axis=1) / (sizes * (sizes - 1))
    apart = (sizes**2 - np.square(table).sum(axis=1)) / (sizes - 1)
    for each in (agreed, apart, *rates.T):
        (each.sum() - each) / (len(each) - 1)
    sums = np.stack([np.bincount(question, weights=column) for column in ranks.T], axis=1)
    np.square(sums - 2 * sizes[:, None]).sum(axis=1) * 12 / (sizes**2 * 24)

def seconds(act):
    since = time.process_time()
    act()
    return time.process_time() - since

took = [(seconds(ours), seconds(reference)) for _ in range(9)]  # in turns, the fastest of each
mine, theirs = (min(each) for each in zip(*took))
sys.stdout.write(f"1,000,000 ratings: {mine:.2f} s of CPU, plain numpy {theirs:.2f} s,")
say(f" {mine / theirs:.2f} times; with making the data", began)
"""

FILE = """
import tempfile, pathlib
n = int(sys.argv[1])
rng = np.random.default_rng(7)
path = pathlib.Path(tempfile.mkdtemp()) / "ratings.csv"
said = ["a>b>c", "b>a>c", "c>b>a", "a=b>c", "c>a=b"]
with path.open("w") as file:
    file.write("rater,item,ranking\\n")
    for rater, item, what in zip(rng.integers(0, n // 250, n), rng.integers(0, n // 20, n), rng.integers(0, 5, n)):
        file.write(f"r{rater},t{item},{said[what]}\\n")
from raters.analysis import read_ratings, report, words
began = time.perf_counter()
ratings = read_ratings(path).ratings
say(f"{n:,} lines read", began)
words(report(ratings))
say(f"{n:,} lines read and reported", began)
path.unlink()
"""  # noqa: E501


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")

    return write


@pytest.mark.parametrize(
    ("program", "arguments"),
    [(COLD, ()), (MILLION, ()), (FILE, ("50000",)), (FILE, ("1000000",))],
    ids=["cold", "million", "file", "large file"],
)
def test_statistics(program, arguments, say):
    ran = subprocess.run(
        [sys.executable, "-c", COMMON + program, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    say(ran.stdout.strip())

"""How long it takes to find nearly equal questions, and in how much memory.

Wanted: 60,000 questions in under 200 MB, all in all. Real ones (GSM8K's), questions of 18 words
drawn from 20,000, and the worst there is: one wording, other nouns. `make bench` prints the
figures; nothing here fails on a slow machine.
"""

import subprocess
import sys

import pytest

from tests.data import data_file

SCRIPT = """
import json, random, resource, sys, time
import django
django.setup()
from raters.exports.likeness import groups

what, count, *files = sys.argv[1:]
rng = random.Random(1)
letters = "bcdfgklmnprst", "aeiou"

def words(n):
    return ["".join(rng.choice(of) for of in letters * 4) for _ in range(n)]

def real():
    for file in files:
        for line in open(file):
            yield json.loads(line)["question"]

def drawn():
    known = words(20_000)
    for _ in range(int(count)):
        yield " ".join(rng.choices(known, k=18)) + "?"

def one_wording():
    nouns = words(3_000)
    for _ in range(int(count)):
        a, b, c, d = rng.sample(nouns, 4)
        yield (
            f"A {a} has 5 {b} in a basket and buys 3 more at the market from a {c} who carried "
            f"them. How many {b} will the {a} sell to the {d} neighbours on Friday?"
        )

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before, began = peak(), time.process_time()
found = groups((f"q{n:06}", text) for n, text in enumerate(globals()[what]()))
spent = time.process_time() - began
sys.stdout.write(
    f"{len(found):,} questions ({what}), {len(set(found.values())):,} groups: {spent:.1f} s, "
    f"{peak()} MB at most, {before} before"
)
"""


@pytest.mark.parametrize(
    ("what", "count"),
    [("real", 0), ("drawn", 60_000), ("drawn", 120_000), ("one_wording", 10_000)],
)
def test_nearly_equal_questions(what, count, capsys, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
    files = [str(data_file(f"gsm8k/{part}.jsonl")) for part in ("train", "test")]
    command = [sys.executable, "-c", SCRIPT, what, str(count), *files]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    with capsys.disabled():
        sys.stdout.write(f"\n{said}")

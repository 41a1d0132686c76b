"""The same digits from the exported ratings alone, in any order of rows, mirrored by a swap."""

import json
import random
from dataclasses import asdict, replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from raters.exports import EXPORTS, Tally, Wishes, stream
from raters.exports.manifest import manifest
from raters.services.results import of_protocol, study_results
from raters.services.results.counted import read
from raters.services.results.exported import recomputed
from tests.raters.judged import best_worst, make_judged, picking, ranking

pytestmark = pytest.mark.django_db
NAMES = ("S1", "S2", "S3")
MORE = {
    "reasons": [{"key": "x", "name": "skips steps"}, {"key": "y", "name": "invents a fact"}],
    "criteria": [{"name": "clear", "points": 5}, {"name": "short", "points": 3}],
    "asks_step_marks": True,
}


def says(protocol):
    def said(rater, question, sources):
        rng = random.Random(100 * rater + question)
        first, second, third = rng.sample(NAMES, 3)
        answered = {
            "pick-best": lambda: picking(sources, first),
            "ranking": lambda: ranking(sources, **{first: 1, second: 2, third: rng.choice([2, 3])}),
            "best-worst": lambda: best_worst(sources, first, third),
        }[protocol]()
        if rng.random() < 0.2:
            answered = {"outcome": rng.choice(["tie", "none"])}
        return {
            **answered,
            "reasons": [[rng.randrange(3), "x"]],
            "step_marks": [[], [1, -1], [-1]],
            "scores": [[rng.randint(1, 5), rng.randint(1, 3)] for _ in sources],
        }

    return said


def judged(protocol):
    return make_judged(says(protocol), protocol=protocol, questions=8, raters_per_triple=4, **MORE)


def exported(study):
    export = EXPORTS["ratings.jsonl"]
    text = b"".join(stream(export, study, Wishes(), Tally())).decode()
    return text, manifest(export, study, Wishes(), file="ratings.jsonl").decode()


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
def test_the_export_alone_gives_the_same_digits_in_any_order_of_rows(protocol):
    study = judged(protocol)
    results = study_results(study=study)
    text, about = exported(study)
    lines = text.splitlines()
    random.Random(5).shuffle(lines)
    found = recomputed(lines, json.loads(about))
    assert found.ratings == results.ratings == 32
    assert found.found.picks == results.picks
    assert found.found.rankings == results.rankings
    assert found.found.best_worst == results.best_worst
    assert found.found.balance == results.balance
    assert found.found.by_chance == results.by_chance
    assert found.annotations == results.annotations
    assert found.spreads == results.spreads


def swapped(counted):
    """The first two sources under each other's position."""
    to = np.array([1, 0, 2])
    best = np.where(counted.best >= 0, to[counted.best], counted.best)
    return replace(counted, order=to[counted.order], best=best, ranks=counted.ranks[:, to])


def test_two_sources_swapped_mirror_every_share():
    counted = read(judged("pick-best"), 3)
    as_is = of_protocol(counted, NAMES, "pick-best", 1).picks
    mirrored = of_protocol(swapped(counted), ("S2", "S1", "S3"), "pick-best", 1).picks
    by_name = {each.source: each for each in as_is.shares.sources}
    assert {each.source: each for each in mirrored.shares.sources} == by_name
    assert mirrored.agreement.alpha == as_is.agreement.alpha


def test_two_sources_swapped_mirror_every_pair():
    counted = read(judged("ranking"), 3)
    as_is = of_protocol(counted, NAMES, "ranking", 1).rankings
    mirrored = of_protocol(swapped(counted), ("S2", "S1", "S3"), "ranking", 1).rankings
    assert mirrored.pairs == as_is.pairs  # the one ranked higher is in front, whatever its number
    assert mirrored.ranks == tuple(as_is.ranks[a] for a in (1, 0, 2))
    assert mirrored.concordance == as_is.concordance
    for a, b in enumerate((1, 0, 2)):
        one, other = mirrored.strengths.log_strengths[a], as_is.strengths.log_strengths[b]
        assert one.value == pytest.approx(other.value, abs=1e-9)


def test_the_command_prints_them_from_two_files(tmp_path):
    study = judged("ranking")
    text, about = exported(study)
    path = tmp_path / "ratings.jsonl"
    path.write_text(text)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("recompute", path)
    (tmp_path / "ratings.jsonl.manifest.json").write_text(about)
    out = StringIO()
    call_command("recompute", path, stdout=out)
    printed = json.loads(out.getvalue())["found"]["rankings"]
    assert printed == json.loads(json.dumps(asdict(study_results(study=study).rankings)))

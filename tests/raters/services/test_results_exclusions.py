"""The headline with and without every exclusion: by hand, and the same from the export alone."""

import json
import random
from datetime import timedelta

import pytest

from raters.models import Exclusion, Rater
from raters.services.results import of_protocol, study_results
from raters.services.results.counted import read
from raters.services.results.exclusions import effects, headline, leading
from raters.services.results.exported import recomputed
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.raters.exports.reading import text as exported_text
from tests.raters.judged import best_worst, make_judged, picking, ranking
from tests.raters.services.test_freezing import plan as write_plan
from tests.raters.services.test_results_exported import exported

pytestmark = pytest.mark.django_db
NAMES = ("S1", "S2", "S3")


def says(protocol):
    """Rater 0 always prefers S3; the others mostly S1, sometimes S2."""

    def said(rater, question, sources):
        rng = random.Random(100 * rater + question)
        best, worst = (
            ("S3", "S1") if rater == 0 else rng.choice([("S1", "S2"), ("S1", "S3"), ("S2", "S3")])
        )
        (middle,) = set(NAMES) - {best, worst}
        return {
            "pick-best": lambda: picking(sources, best),
            "ranking": lambda: ranking(sources, **{best: 1, middle: 2, worst: 3}),
            "best-worst": lambda: best_worst(sources, best, worst),
        }[protocol]()

    return said


def judged(protocol, headline="", excluded=1, closed=True):
    study = make_judged(
        says(protocol), protocol=protocol, questions=6, raters_per_triple=4, closed=False
    )
    write_plan(study, headline=headline)
    for rater in study.raters.order_by("pk")[:excluded]:
        exclude(rater)
    if closed:
        study_close(study=study, user=study.owner, now=NOW)
    return study


def exclude(rater):
    Exclusion.objects.create(
        study=rater.study, rater=rater, rule="too-fast", detail="1 s",
        at=NOW - timedelta(minutes=1), set_at=NOW, words=["half of all ratings took less than 3 s"],
    )  # fmt: skip


def names_of(study):
    return tuple(study.study_sources.order_by("position").values_list("source__name", flat=True))


def test_without_exclusions_there_is_nothing_to_compare():
    assert study_results(study=judged("pick-best", excluded=0)).effects is None


def test_a_share_counts_the_excluded_raters_picks_in_one_figure_and_not_in_the_other():
    study = judged("pick-best")
    found = study_results(study=study)
    names = names_of(study)
    others = [names[best] for best in read(study, 3).best]  # 18 ratings of three raters
    s1 = others.count("S1")
    assert (found.ratings, len(others)) == (18, 18)
    assert names[int(found.effects.key)] == "S1"
    assert not found.effects.is_planned
    assert found.effects.as_is.value == pytest.approx(s1 / 18)
    assert found.effects.everyone.value == pytest.approx(s1 / 24)  # rater 0 gave six more, all S3
    (one,) = found.effects.each
    assert (one.rater, one.rule, one.ratings, found.effects.ratings) == ("r001", "too-fast", 6, 6)
    assert one.let_in == found.effects.everyone  # the only exclusion


def test_each_exclusion_is_lifted_alone():
    study = judged("ranking", excluded=2)
    found = study_results(study=study).effects
    assert [one.rater for one in found.each] == ["r001", "r002"]
    second = Rater.objects.filter(study=study).order_by("pk")[1]
    Exclusion.objects.filter(rater=second).update(lifted_at=NOW)
    alone = study_results(study=study).effects
    assert alone.as_is == found.each[1].let_in
    assert alone.everyone == found.everyone


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
def test_the_figure_is_the_one_that_the_results_print(protocol):
    study = judged(protocol)
    names = names_of(study)
    counted = read(study, 3)
    found = of_protocol(counted, names, protocol, study.seed)
    key = leading(counted, protocol)
    figure = headline(counted, names, protocol, key)
    if protocol == "pick-best":
        assert figure == found.picks.shares.sources[int(key)].share
    else:
        pair = (found.rankings or found.best_worst).pairs[0]
        first, second = (names[int(at)] for at in key.split(">"))
        assert (first, second) == (pair.first, pair.second)
        assert figure == pair.share


def test_a_planned_headline_is_kept_whatever_comes_out_first():
    study = judged("ranking", headline="2>0")
    found = study_results(study=study).effects
    assert (found.key, found.is_planned) == ("2>0", True)


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
def test_the_export_alone_gives_the_same_effects_in_any_order_of_rows(protocol):
    study = judged(protocol, headline="1" if protocol == "pick-best" else "1>2", excluded=2)
    results = study_results(study=study)
    text, about = exported(study)
    lines = text.splitlines()
    random.Random(5).shuffle(lines)
    found = recomputed(lines, json.loads(about) if isinstance(about, str) else about)
    assert found.ratings == results.ratings == 12
    assert found.effects == results.effects
    assert found.found.balance == results.balance


def test_where_everyone_is_excluded_it_says_that_nothing_counts():
    study = judged("pick-best", excluded=4)
    found = study_results(study=study).effects
    assert found.as_is.undefined == "no rating counts"
    assert found.everyone.value is not None
    assert len(found.each) == 4


def test_of_raters_without_ratings_there_is_no_effect():
    study = judged("pick-best", excluded=0)
    assert effects(read(study, 3), {"r999": "asked"}, names_of(study), "pick-best", "") is None


def test_pairs_and_ratings_leave_the_excluded_out_and_the_ratings_say_by_which_rule():
    study = judged("ranking")
    text, _ = exported(study)
    rows = [json.loads(line) for line in text.splitlines()]
    out = [row for row in rows if row["excluded"]]
    assert {(row["rater"], row["excluded"], row["counted"]) for row in out} == {
        ("r001", "too-fast", False)
    }
    assert len(out) == 6
    assert sum(row["counted"] for row in rows) == 18
    pairs = [json.loads(line) for line in exported_text(study, "dpo.jsonl").splitlines()]
    assert {pair["wins"] + pair["ties"] + pair["losses"] for pair in pairs} == {3}

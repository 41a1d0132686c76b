"""`analyse` reads Triptych's own export as it is, and finds what the results page finds."""

import json

import pytest

from raters.analysis import read_ratings, report, words
from raters.services.results import study_results
from tests.raters.exports.reading import text
from tests.raters.judged import best_worst, make_judged, picking, ranking, repeat

pytestmark = pytest.mark.django_db
ANSWERS = {
    "pick-best": lambda sources, turn: picking(sources, ("S1", "S3")[turn]),
    "ranking": lambda sources, turn: ranking(sources, S1=1 + turn, S2=2 - turn, S3=3),
    "best-worst": lambda sources, turn: best_worst(sources, ("S1", "S3")[turn], "S2"),
}


def says(protocol):
    def said(rater, question, sources):
        at = 3 * question + rater
        if at % 7 == 5:
            return {"outcome": "tie", "comment": "two\nlines, and a comma"}
        if at % 7 == 6:
            return {"outcome": "none"}
        return ANSWERS[protocol](sources, at % 3 == 0)

    return said


def judged(protocol):
    study = make_judged(says(protocol), protocol=protocol, questions=8, raters_per_triple=4)
    repeat(study.assignments.first().ratings.get(), says(protocol), order="201")
    return study


def exported(study, ending, tmp_path):
    path = tmp_path / f"ratings.{ending}"
    path.write_text(text(study, path.name))
    return read_ratings(path)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_picks_have_the_shares_of_the_page(ending, tmp_path):
    study = judged("pick-best")
    read = exported(study, ending, tmp_path)
    found = report(read.ratings)
    assert read.damaged == ()
    assert found.form == "picks"
    theirs = study_results(study=study).picks.shares.sources
    assert set(found.shares.sources) == set(theirs)
    assert found.ratings == 32


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@pytest.mark.parametrize("protocol", ["ranking", "best-worst"])
def test_rankings_have_the_pairs_of_the_page(protocol, ending, tmp_path):
    study = judged(protocol)
    found = report(exported(study, ending, tmp_path).ratings)
    results = study_results(study=study)
    pairs = (results.rankings or results.best_worst).pairs
    theirs = {frozenset((one.first, one.second)): one.p_holm for one in pairs}
    assert {frozenset((one.first, one.second)): one.p_holm for one in found.pairs} == theirs
    none_good = sum(says(protocol)(r, q, ["S1", "S2", "S3"])["outcome"] == "none"
                    for r in range(4) for q in range(8))  # fmt: skip
    assert found.ratings == 32 - none_good
    assert f"{none_good} of its ratings say that none is good" in words(found)


def test_what_does_not_count_is_left_out_and_said(tmp_path):
    found = report(exported(judged("pick-best"), "jsonl", tmp_path).ratings)
    assert "1 of its ratings do not count and are left out." in words(found)


def test_texts_are_audited_and_their_length_is_taken_out(tmp_path):
    study = judged("ranking")
    found = report(exported(study, "jsonl", tmp_path).ratings).beside
    assert found.audit.triples == 8
    assert found.adjusted.length is not None
    without = report(exported(study, "csv", tmp_path).ratings).beside
    assert without.audit is None
    assert without.adjusted.length is None
    assert without.resampled == found.resampled


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "ratings.jsonl"
    path.write_text(text(judged("ranking"), path.name) + "{broken\n")
    (one,) = read_ratings(path).damaged
    assert one.line == 34
    assert one.reason.startswith("is no JSON")


BREAKS = {
    "lacks 'rater'": lambda row: row.pop("rater"),
    "lacks 'shown'": lambda row: row.update(shown=None),
    "lacks the 'source'": lambda row: row["shown"][0].pop("source"),
}


@pytest.mark.parametrize("why", BREAKS)
def test_a_damaged_row_is_named_and_the_rest_is_read(why, tmp_path):
    path = tmp_path / "ratings.jsonl"
    first, *rest = text(judged("ranking"), path.name).splitlines()
    row = json.loads(first)
    BREAKS[why](row)
    path.write_text("\n".join([json.dumps(row), *rest]))
    read = read_ratings(path)
    (damage,) = read.damaged
    assert damage.line == 1
    assert why in damage.reason


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_broken_byte_damages_its_row_and_makes_no_source(ending, tmp_path):
    path = tmp_path / f"ratings.{ending}"
    whole = text(judged("pick-best"), path.name).encode()
    path.write_bytes(whole.replace(b"S1", b"S\xff", 1))
    read = read_ratings(path)
    assert [damage.reason for damage in read.damaged] == ["is not UTF-8"]

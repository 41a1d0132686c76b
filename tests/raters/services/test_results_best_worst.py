"""Best and worst: counted by hand, and pairs only where a rating orders them."""

import pytest

from raters.services.results import study_results
from raters.services.results.pictures import pictures
from raters.views.results import page
from tests.raters.judged import best_worst, make_judged

pytestmark = pytest.mark.django_db
FOUR = ("S1", "S2", "S3", "S4")


def four(rater, question, sources):
    """S1 best of all; S4 worst, or S3 in every third rating; one in six says none good."""
    turn = (rater + question) % 6
    if turn == 5:
        return {"outcome": "none"}
    return best_worst(sources, "S1", "S3" if turn % 3 == 0 else "S4")


@pytest.fixture
def study(db):
    return make_judged(
        four, protocol="best-worst", questions=12, raters_per_triple=12, sources=FOUR
    )


def test_shares_of_best_and_worst_and_their_difference(study):
    results = study_results(study=study)
    found = results.best_worst
    best = {each.source: each.picked for each in found.best.sources}
    worst = {each.source: each.picked for each in found.worst.sources}
    assert best == {"S1": 120, "S2": 0, "S3": 0, "S4": 0}
    assert worst == {"S1": 0, "S2": 0, "S3": 48, "S4": 72}
    scores = dict(zip(results.sources, found.scores, strict=True))
    assert scores["S1"].value == pytest.approx(120 / 144)
    assert scores["S4"].value == pytest.approx(-72 / 144)
    assert scores["S4"].low < -0.5 < scores["S4"].high < 0
    assert scores["S2"].value == 0


def test_pairs_are_of_ratings_that_set_them_apart(study):
    found = study_results(study=study).best_worst
    pairs = {
        frozenset((pair.first, pair.second)): (pair, silent)
        for pair, silent in zip(found.pairs, found.silent, strict=True)
    }
    pair, silent = pairs[frozenset(("S2", "S3"))]
    assert (pair.wins + pair.losses, silent) == (48, 72)
    pair, silent = pairs[frozenset(("S3", "S4"))]
    assert (sorted((pair.wins, pair.losses)), silent) == ([48, 72], 0)
    pair, silent = pairs[frozenset(("S1", "S2"))]
    assert (pair.share.n, silent) == (120, 0)
    assert all(pair.ties == 0 for pair, _ in pairs.values())


def test_the_headline_names_the_best_and_its_reach(study):
    first, last = page(study_results(study=study))["sentences"]
    assert first.startswith(
        "Raters called S1 the best in 120 and the worst in 0 of 144 ratings: a score of 0.83 from"
    )
    assert "95\u00a0% interval for raters like these" in first
    assert last == "The lead of S1 over every other source is more than chance explains."


def test_three_sources_are_a_whole_ranking_and_too_close_is_a_tie(db):
    def says(rater, question, sources):
        if rater == 0:
            return {"outcome": "tie"}
        return best_worst(sources, "S2", "S3")

    study = make_judged(says, protocol="best-worst", questions=3, raters_per_triple=3)
    found = study_results(study=study).best_worst
    assert found.silent == (0, 0, 0)
    for pair in found.pairs:
        assert (pair.ties, sorted((pair.wins, pair.losses))) == (3, [0, 6])
    assert found.best.ties == found.worst.ties == 3


@pytest.mark.parametrize("outcome", ["tie", "none"])
def test_where_nothing_was_called_best_the_page_says_so(db, outcome):
    study = make_judged(
        lambda rater, question, sources: {"outcome": outcome}, protocol="best-worst", questions=3
    )
    found = page(study_results(study=study))
    assert found["sentences"][0].startswith("Nobody called a rationale the best")


def test_one_rater_gets_scores_and_a_reason(db):
    study = make_judged(four, protocol="best-worst", questions=5, raters_per_triple=1, sources=FOUR)
    found = page(study_results(study=study))
    assert "without an interval for raters like these" in found["sentences"][0]
    assert "scores" in [picture.name for picture in pictures(study_results(study=study))]


def test_level_sources_have_no_leader(db):
    study = make_judged(
        lambda rater, question, sources: best_worst(
            sources, *(("S1", "S2") if (rater + question) % 2 else ("S2", "S1"))
        ),
        protocol="best-worst",
        questions=4,
        raters_per_triple=2,
    )
    (said,) = page(study_results(study=study))["sentences"]
    assert said == "No source leads: every one was called the best as often as the worst."

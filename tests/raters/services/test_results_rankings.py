"""Rankings: figures counted by hand from what was said, in words that do not overreach."""

from fractions import Fraction

import pytest

from raters.services.results import study_results
from raters.services.results.pictures import pictures
from raters.statistics import compare
from raters.views.results import page
from tests.raters.exports.reading import json_rows
from tests.raters.judged import make_judged, ranking

pytestmark = pytest.mark.django_db

SAID = [
    {"S1": 1, "S2": 2, "S3": 3},
    {"S1": 2, "S2": 1, "S3": 3},
    {"S1": 1, "S2": 1, "S3": 2},
    {"S1": 1, "S2": 3, "S3": 2},
    None,  # too close
    "none",
]


def says(rater, question, sources):
    said = SAID[(rater + question) % len(SAID)]
    if isinstance(said, dict):
        return ranking(sources, **said)
    return {"outcome": said or "tie"}


@pytest.fixture
def study(db):
    return make_judged(says, protocol="ranking", questions=6, raters_per_triple=6)


def by_hand(above, below):
    """Wins, ties and losses of one source over another, of all that was said, six times each."""
    told = [said or dict.fromkeys(("S1", "S2", "S3"), 1) for said in SAID if said != "none"]
    ahead = [said[below] - said[above] for said in told]
    return [6 * sum(a > 0 for a in ahead), 6 * ahead.count(0), 6 * sum(a < 0 for a in ahead)]


def test_each_pair_has_its_wins_ties_and_losses_as_counted_by_hand(study):
    results = study_results(study=study)
    pairs = [(pair.first, pair.second) for pair in results.rankings.pairs]
    assert pairs == [("S1", "S2"), ("S1", "S3"), ("S2", "S3")]
    for pair in results.rankings.pairs:
        wins, ties, losses = by_hand(pair.first, pair.second)
        assert [pair.wins, pair.ties, pair.losses] == [wins, ties, losses]
        assert pair.share.value == pytest.approx(float(Fraction(2 * wins + ties, 60)))
        assert pair.share.n == 30
    assert by_hand("S1", "S3") == [24, 6, 0]


def test_the_exported_ratings_give_the_same_figures(study):
    results = study_results(study=study)
    rows = [row for row in json_rows(study) if row["outcome"] != "none"]
    sources = ("S1", "S2", "S3")  # as they were ranked
    again = compare(
        [row["rater"] for row in rows],
        [row["question"] for row in rows],
        [[ranks(row)[source] for source in sources] for row in rows],
        sources=sources,
    )
    assert results.rankings.pairs == again


def ranks(row):
    return {each["source"]: each["rank"] or 1 for each in row["shown"]}


def test_ranks_are_counted_apart_from_too_close_and_none_good(study):
    found = study_results(study=study).rankings
    counts = dict(zip(study_results(study=study).sources, found.ranks, strict=True))
    assert counts == {"S1": (18, 6, 0), "S2": (12, 6, 6), "S3": (0, 12, 12)}
    assert (found.rankings, found.with_ties) == (24, 6)
    assert (found.too_close, found.none_good) == (6, 6)


def test_the_slot_effect_leaves_shared_first_places_out(study):
    found = study_results(study=study).rankings
    assert found.slots.n == sum(found.slots.picks) == 18


def test_the_headline_is_a_sentence_with_comparisons_interval_and_effective_raters(study):
    first, *_ = page(study_results(study=study))["sentences"]
    assert first.startswith(
        "Raters ranked S1 above S2 in 60\u00a0% of 30 comparisons, ties as half; "
        "95\u00a0% interval for raters like these "
    )
    assert "; 6.0 effective raters. So S1 was 50\u00a0% more likely to be ranked above" in first


def test_a_lead_over_some_is_said_to_be_over_some(study):
    *_, last = page(study_results(study=study))["sentences"]
    assert last.startswith("The lead of S1 over S2 may be chance; over the rest it is more")


def test_unanimous_rankings_are_a_bound_and_no_odds(db):
    study = make_judged(
        lambda rater, question, sources: ranking(sources, S1=1, S2=2, S3=3),
        protocol="ranking",
        questions=4,
        raters_per_triple=3,
    )
    found = page(study_results(study=study))
    assert "in 100\u00a0% of 12 comparisons; 95\u00a0% interval" in found["sentences"][0]
    assert "S1 was never ranked below, so odds are undefined." in found["sentences"][0]
    assert any("one-sided" in note["says"] for note in found["notes"])
    assert found["strengths"]["undefined"]
    assert {row["odds"] for row in found["pairs"]} == {""}


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("tie", "Raters told no two rationales apart"), ("none", "Nobody ranked anything")],
)
def test_where_nothing_was_ranked_the_page_says_so(db, outcome, said):
    study = make_judged(
        lambda rater, question, sources: {"outcome": outcome}, protocol="ranking", questions=3
    )
    found = page(study_results(study=study))
    assert found["sentences"][0].startswith(said)
    assert "ranks" not in [picture.name for picture in pictures(study_results(study=study))]


def test_one_rater_gets_shares_and_a_reason(db):
    study = make_judged(says, protocol="ranking", questions=4, raters_per_triple=1)
    found = page(study_results(study=study))
    assert "without an interval for raters like these" in found["sentences"][0]
    assert found["why_none"][0]["why"].startswith("one rater")


def test_no_source_leads_where_all_are_level(db):
    turns = [{"S1": 1, "S2": 2, "S3": 3}, {"S1": 2, "S2": 3, "S3": 1}, {"S1": 3, "S2": 1, "S3": 2}]
    turns += [{"S1": 3, "S2": 2, "S3": 1}, {"S1": 2, "S2": 1, "S3": 3}, {"S1": 1, "S2": 3, "S3": 2}]
    study = make_judged(
        lambda rater, question, sources: ranking(sources, **turns[(rater + question) % 6]),
        protocol="ranking",
        questions=6,
        raters_per_triple=6,
    )
    assert page(study_results(study=study))["sentences"][-1] == "No source leads."


def test_swapping_two_sources_mirrors_their_pair(study):
    def swapped(rater, question, sources):
        names = {"S1": "S2", "S2": "S1"}
        return says(rater, question, [names.get(source, source) for source in sources])

    other = make_judged(
        swapped, protocol="ranking", questions=6, raters_per_triple=6, name="mirrored"
    )
    one, two = (study_results(study=each).rankings.pairs[0] for each in (study, other))
    assert (one.first, one.second) == (two.second, two.first) == ("S1", "S2")
    assert (one.share, one.together, one.odds, one.p_holm) == (
        two.share, two.together, two.odds, two.p_holm,
    )  # fmt: skip

"""Results are what the ratings that count say, in words that do not overreach."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.services.results import study_results
from raters.services.study_states import study_close
from raters.statistics.shares import NONE_GOOD, TIE, share_best
from raters.views.results import page
from tests.factories import NOW, claim, make_raters, make_study, rate_all, submit
from tests.raters.exports.reading import json_rows

pytestmark = pytest.mark.django_db


def judge(study, raters, says):
    """Every rater judges all that they get; `says(rater number, question number)` -> a source."""
    for number, rater in enumerate(raters):
        for _ in range(study.triple_count):
            assignment = claim(rater)
            said = says(number, int(assignment.triple.question.key[1:]))
            if said in ("tie", "none"):
                submit(rater, assignment, outcome=said)
            else:
                position = assignment.triple.members.get(source__name=said).position
                submit(rater, assignment, slot=assignment.order.index(str(position)))
            rater.refresh_from_db()
    study_close(study=study, user=study.owner, now=NOW)
    return study_results(study=study)


def make(raters=3, questions=6):
    study = make_study(questions=questions, raters_per_triple=raters)
    return study, make_raters(study, raters)


def test_figures_are_those_of_the_exported_ratings():
    study, raters = make()
    said = ["S1", "S2", "S3", "tie", "none", "S1"]
    results = judge(study, raters, lambda rater, question: said[(rater + question) % 6])
    rows = [row for row in json_rows(study) if row["counted"]]
    codes = {"tie": TIE, "none": NONE_GOOD} | {s: i for i, s in enumerate(results.sources)}
    again = share_best(
        [row["rater"] for row in rows],
        [row["question"] for row in rows],
        [codes[row["picked"] or row["outcome"]] for row in rows],
        sources=results.sources,
    )
    assert results.picks.shares == again
    assert (results.ratings, results.raters, results.questions) == (18, 3, 6)
    assert (results.picks.shares.ties, results.picks.shares.none_good) == (3, 3)


def test_balance_counts_the_orders_of_the_ratings_that_count():
    study, raters = make()
    results = judge(study, raters, lambda *_: "S1")
    shown = [[each["source"] for each in row["shown"]] for row in json_rows(study)]
    for source, counts in zip(results.sources, results.balance, strict=True):
        assert list(counts) == [sum(row[slot] == source for row in shown) for slot in range(3)]
    assert sum(results.picks.slots.picks) == 18


def test_late_ratings_are_counted_apart_and_in_nothing_else():
    study, raters = make(raters=2)
    in_hand = claim(raters[0])
    rate_all(study, raters[1:])
    study_close(study=study, user=study.owner, now=NOW)
    submit(raters[0], in_hand, now=NOW + timedelta(minutes=1))
    results = study_results(study=study)
    assert (results.ratings, results.late, results.raters) == (6, 1, 1)


def test_a_revision_counts_once_as_it_stands():
    study, (rater, *_) = make()
    assignment = claim(rater)
    submit(rater, assignment, outcome="none")
    submit(rater, assignment, outcome="tie", revise=True)
    study_close(study=study, user=study.owner, now=NOW)
    results = study_results(study=study)
    assert (results.ratings, results.picks.shares.ties, results.picks.shares.none_good) == (1, 1, 0)


def test_a_study_without_ratings_is_said_to_be_one():
    study = make_study(closed=True)
    results = study_results(study=study)
    assert results.ratings == 0
    assert page(results)["sentences"] == [
        "No rating counts in this study, so there is nothing to say of its sources."
    ]


def test_a_lead_that_may_be_chance_is_not_called_one():
    study, raters = make(raters=3, questions=6)
    said = ["S1", "S2", "S1", "S3", "S2", "S1"]
    results = judge(study, raters, lambda rater, question: said[(rater + question) % 6])
    first, second = page(results)["sentences"]
    assert first.startswith("Raters picked S1 as the best most often: in 9 of 18 ratings, 50")
    assert "(95\u00a0% interval" in first
    assert "may be chance" in second


def test_a_lead_over_all_is_said():
    study, raters = make(raters=6, questions=12)

    def says(rater, question):
        return ("S2", "S3")[question % 2] if (rater + question) % 6 == 0 else "S1"

    assert page(judge(study, raters, says))["sentences"][1] == (
        "Its lead over every other source is more than chance explains."
    )


def test_equal_sources_have_no_leader():
    study, raters = make(raters=2, questions=6)
    results = judge(study, raters, lambda rater, question: ("S1", "S3")[(rater + question) % 2])
    (said,) = page(results)["sentences"]
    assert said.startswith("No source leads: ")
    assert {"S1", "S3"} < set(said.replace(":", "").split())
    assert said.endswith("were picked as the best equally often, in 6 of 12 ratings each.")


def test_a_pick_is_called_a_pick_and_a_shared_out_tie_is_not():
    study, raters = make(raters=3, questions=6)
    said = ["S1", "S1", "S2", "tie", "tie", "tie"]
    results = judge(study, raters, lambda rater, question: said[(rater + question) % 6])
    first, second, _ = page(results)["sentences"]
    assert first == "Raters picked S1 as the best most often: in 6 of 18 ratings, 33\u00a0%."
    start = "With 9 ratings of too close shared out equally, its share best is 50\u00a0%"
    assert second.startswith(start)


def test_level_sources_are_said_to_be_picked_only_as_often_as_they_were():
    study, raters = make(raters=2, questions=6)
    said = ["S1", "S3", "tie"]
    results = judge(study, raters, lambda rater, question: said[question % 3])
    first, second = page(results)["sentences"]
    assert first.endswith("equally often, in 4 of 12 ratings each.")
    assert second == "With 4 ratings of too close shared out equally, each has 44\u00a0%."


def test_where_nobody_picked_anything_no_source_is_said_to_be_picked():
    study, raters = make(raters=2, questions=3)
    results = judge(study, raters, lambda rater, question: ("tie", "tie", "none")[question])
    assert page(results)["sentences"] == [
        "Nobody picked a rationale as the best: of 6 ratings, 4 said too close and 2 none good."
    ]


def test_one_rater_gives_shares_and_a_reason():
    study, raters = make(raters=1)
    results = judge(study, raters, lambda *_: "S1")
    assert results.picks.shares.sources[0].share.undefined
    assert "without an interval for raters like these" in page(results)["sentences"][0]


def test_queries_do_not_grow_with_the_ratings(django_assert_num_queries):
    few, raters = make(raters=2, questions=3)
    judge(few, raters, lambda *_: "S1")
    with CaptureQueriesContext(connection) as queries:
        study_results(study=few)
    many = make_study(name="many", questions=20, raters_per_triple=3)
    rate_all(many, make_raters(many, 3))
    with django_assert_num_queries(len(queries)):
        study_results(study=many)
    assert len(queries) <= 35

"""Guesses of who wrote what as rows, and the index that is computed from them."""

import pytest

from generation.models import Source
from raters.exports import EXPORTS, refusal
from raters.models import Assignment, Exclusion, Guess, StudyPath
from raters.services.guessing import guesses_asked, guesses_save
from raters.services.results.guesses import guessed, study_guesses
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.reports import make_report
from tests.raters.views.people import client_of

from .reading import json_rows, text

pytestmark = pytest.mark.django_db

KINDS = {"S1": "few-shot", "S2": "star", "S3": "human"}


@pytest.fixture
def study():
    """Three raters who see through every person, and take the two models for each other."""
    study = make_study(questions=4, raters_per_triple=3)
    for name, kind in KINDS.items():
        Source.objects.filter(name=name).update(kind=kind)
    StudyPath.objects.create(study=study, asks_guesses=True)
    raters = make_raters(study, 3)
    rate_all(study, raters)
    for rater in raters:
        rater.refresh_from_db()
        said = {str(each.token): wrong_about_models(each) for each in guesses_asked(rater=rater)}
        guesses_save(rater=rater, said=said, now=NOW)
    return study


def truth(assignment: Assignment) -> list[str]:
    members = dict(assignment.triple.members.values_list("position", "source__kind"))
    return [members[int(digit)] for digit in assignment.order]


def wrong_about_models(assignment: Assignment) -> list[str]:
    others = {"few-shot": "star", "star": "few-shot", "human": "human"}
    return [others[kind] for kind in truth(assignment)]


def closed(study):
    study_close(study=study, user=study.owner, now=NOW)
    study.refresh_from_db()
    return study


def test_a_row_says_what_was_guessed_and_what_is(study):
    Guess.objects.filter(slot=0).update(kind="")
    rows = json_rows(closed(study), "guesses.jsonl")
    assert len(rows) == 3 * 3 * 3
    for row in rows:
        kind = KINDS[row["source"]]
        assert row["source_kind"] == kind
        if row["slot"] == "A1":
            assert (row["guess"], row["is_right"]) == ("", None)
        else:
            assert row["is_right"] == (kind == "human") == (row["guess"] == kind)
    order = [(row["question"], row["triple"], row["rater"], row["slot"]) for row in rows]
    assert order == sorted(order)
    assert {row["rater"] for row in rows} == {"r001", "r002", "r003"}
    assert text(study, "guesses.csv").splitlines()[0].startswith("study,rater,is_sim")


def test_it_names_sources_so_it_is_refused_until_the_study_is_closed(study):
    assert "once it is closed" in refusal(study, EXPORTS["guesses"])
    assert refusal(closed(study), EXPORTS["guesses"]) == ""


def test_the_index_is_one_for_what_all_saw_through_and_minus_a_half_for_what_all_mistook(study):
    found = study_guesses(closed(study))
    assert found.sources == ("few-shot", "star", "human")
    assert [each.value for each in found.index] == [-0.5, -0.5, 1.0]
    assert (found.guesses, found.unknown) == (27, 0)
    assert guessed(json_rows(study, "guesses.jsonl"), found.sources) == found


def test_excluded_raters_guesses_do_not_count(study):
    rater = study.raters.first()
    Exclusion.objects.create(study=study, rater=rater, rule="asked", detail="", at=NOW)
    closed(study)
    assert study_guesses(study).guesses == 18
    assert {row["excluded"] for row in json_rows(study, "guesses.jsonl")} == {"asked", ""}


def test_the_results_page_says_whom_raters_saw_through(study):
    closed(study)
    make_report(study)
    html = client_of("alice", study).get(f"/studies/{study.code}/results/").content.decode()
    assert "They could tell better than by chance: human." in html
    assert "Raters guessed about 27 texts" in html


def test_where_nobody_was_asked_the_page_says_nothing_of_it():
    study = closed(make_study(questions=2))
    assert study_guesses(study) is None
    assert json_rows(study, "guesses.jsonl") == []

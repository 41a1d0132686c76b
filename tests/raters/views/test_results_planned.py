"""What the plan names stands first on the results page; whatever else came out is marked."""

import re

import pytest
from django.urls import reverse

from raters.services.freezing import study_freeze
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.raters.reports import make_report
from tests.raters.services.test_freezing import plan
from tests.raters.services.test_results_exclusions import judged, names_of

from .people import client_of

pytestmark = pytest.mark.django_db


def study_of(protocol, headline, *, freezes=False, **written):
    """`headline` by names: S1>S2, or of picks S1."""
    study = judged(protocol, excluded=0, closed=False)
    names = names_of(study)
    key = ">".join(str(names.index(name)) for name in headline.split(">") if name)
    plan(study, headline=key, **written)
    if freezes:
        study_freeze(study=study, user=study.owner, now=NOW)
    study_close(study=study, user=study.owner, now=NOW)
    make_report(study)
    return study


def page(study):
    given = client_of("alice", study).get(reverse("study-results", args=[study.code]))
    return re.sub(r"\s+", " ", given.content.decode().replace("\u00a0", " "))


def in_order(html, *parts):
    places = [html.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def rows(html, caption):
    """Name and word of every row of a table that says what was planned."""
    (table,) = re.findall(rf"<caption>{caption}</caption>(.*?)</table>", html)
    assert "<th>Planned</th>" in table
    found = re.findall(r'<tr><th scope="row">(.*?)</th><td>(yes|no)</td>', table)
    return {re.sub("<.*?>", "", name): word for name, word in found}


def test_the_planned_pair_stands_first_with_its_p_and_the_others_are_marked():
    study = study_of("ranking", "S2>S1", sides="one-sided", hypothesis="S2 reasons better.")
    html = page(study)
    in_order(
        html,
        'class="lede">Planned, though never frozen: S2 above S1 in ',
        "of 24 comparisons; 95 % interval for raters like these",
        "one-sided as planned, of no difference.",
        "The hypothesis: S2 reasons better.",
        "<strong>Not planned:</strong> Raters ranked S1 above S3 in",
        "<caption>Every pair</caption>",
    )
    marked = rows(html, "Every pair")
    assert {frozenset(name.split(" above ")): word for name, word in marked.items()} == {
        frozenset({"S1", "S2"}): "yes",
        frozenset({"S1", "S3"}): "no",
        frozenset({"S2", "S3"}): "no",
    }


@pytest.mark.parametrize("headline", ["S1>S3", "S3>S1"])
def test_a_planned_pair_that_comes_out_first_is_said_once(headline):
    html = page(study_of("ranking", headline))
    in_order(html, headline.replace(">", " above "), "<strong>Not planned:</strong> The lead of")
    assert "Raters ranked" not in html


def test_of_picks_it_is_a_share_against_an_equal_one():
    html = page(study_of("pick-best", "S2", freezes=True))
    in_order(
        html,
        "Planned, frozen after 24 ratings: share best of S2 in ",
        "two-sided as planned, of an equal share, 1 in 3, where one was good.",
        "<strong>Not planned:</strong> Raters picked",
        "None of these differences was planned.",
    )
    assert rows(html, "Share best") == {"S1": "no", "S2": "yes", "S3": "no"}


def test_a_plan_without_a_comparison_says_that_none_was_planned():
    html = page(study_of("best-worst", ""))
    in_order(html, 'class="lede">Raters called', "The plan names no comparison")
    assert "<th>Planned</th>" not in html


def test_without_a_plan_nothing_is_marked():
    study = judged("ranking", excluded=0)
    study.plan.delete()
    make_report(study)
    html = page(study)
    assert "Not planned" not in html
    assert "<th>Planned</th>" not in html

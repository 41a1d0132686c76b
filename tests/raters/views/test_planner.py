"""The planner: a design's power and cost, a pilot's spreads, when a running study will do."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from generation.models import Source
from raters.forms import PlannerForm
from raters.services.study_states import study_close
from raters.statistics import Cost
from raters.views.planner import cost_words, outlook_sentences
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.reports import make_report

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
ADDRESS = "/studies/plan/"


@pytest.fixture
def study():
    study = make_study(questions=6, raters_per_triple=3)
    rate_all(study, make_raters(study, 3))
    return study


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("raters.services.planning.STUDIES_AT_ONCE", 60)


def html_of(client, **asked):
    return client.get(ADDRESS, asked).content.decode()


@pytest.mark.parametrize("who", ["rae", "stranger"])
def test_only_researchers_plan(study, who):
    assert client_of(who, study).get(ADDRESS).status_code == 302


def test_it_starts_with_the_papers_numbers(study):
    html = html_of(client_of("alice", study))
    assert 'name="ratings" value="200"' in html
    assert 'name="odds" value="1.28"' in html


def test_the_papers_own_design_is_warned_of(study, quick):
    html = html_of(client_of("alice", study), **PlannerForm.PAPER)
    assert "200 ratings by 20 raters on 50 questions find true odds of 1.28 in" in html
    assert "Little power" in html
    assert "an interval 14 points wide" in html
    assert "power 80" in html


def test_the_same_numbers_give_the_same_answer(study, quick):
    alice = client_of("alice", study)
    asked = {**PlannerForm.PAPER, "ratings": 60, "raters": 6}
    one, other = (html_of(alice, **asked).partition("<h1>")[2] for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    "wrong", [{"ratings": 0}, {"ratings": 10**6}, {"odds": "x"}, {"drop_out": 100}, {"raters": ""}]
)
def test_what_makes_no_plan_is_refused_at_its_field(study, wrong):
    page = client_of("alice", study).get(ADDRESS, {**PlannerForm.PAPER, **wrong})
    assert page.status_code == 422
    assert "errorlist" in page.content.decode()


def test_a_closed_study_lends_its_spreads(study):
    study_close(study=study, user=study.owner, now=NOW)
    alice = client_of("alice", study)
    assert "being computed" in html_of(alice, pilot=study.code)
    make_report(study)
    html = html_of(alice, pilot=study.code)
    assert "From 18 ratings of a study" in html
    assert "3 raters are too few to say how sure that is, so the usual 0.25 stays" in html
    assert 'name="rater_sd" value="0.25"' in html
    said = re.search(r"spread of questions ([\d.]+), 95\xa0% interval [\d.]+ to [\d.]+", html)
    kept = re.search(r'name="question_sd" value="([\d.]+)"', html)
    assert float(kept.group(1)) == float(said.group(1)) != 0.8


def test_the_paper_s_power_is_said_with_how_sure_that_is_and_as_the_docs_have_it(study):
    html = html_of(client_of("alice", study), **PlannerForm.PAPER).replace("\xa0", " ")
    said = re.search(r"in (\d+) % of 1,000 simulated studies \((\d+) to (\d+) %\)", html)
    power, low, high = said.groups()
    page = re.sub(r"\s+", " ", (settings.BASE_DIR / "docs" / "results.md").read_text())
    assert f"odds of 1.28 in {power} % of 1,000 simulated studies, {low} to {high}" in page
    assert re.search(r"width from \d+\.\d to \d+\.\d points", html)


@pytest.mark.parametrize("who", ["bob", "plain"])
@pytest.mark.parametrize("how", ["pilot", "study"])
def test_nobody_plans_with_a_study_of_another(study, who, how):
    assert client_of(who, study).get(ADDRESS, {how: study.code}).status_code == REFUSED[who]


def test_a_running_study_is_no_pilot(study):
    assert "is not closed" in html_of(client_of("alice", study), pilot=study.code)


def test_a_running_study_says_when_and_no_source(study):
    for source in Source.objects.all():
        Source.objects.filter(pk=source.pk).update(name=f"sentinel {source.name}")
    alice = client_of("alice", study)
    assert "being computed" in html_of(alice, study=study.code)
    make_report(study)
    html = html_of(alice, study=study.code, width=60)
    assert "60 points wide" in html
    assert "sentinel" not in html
    waiting = alice.get(reverse("study-results", args=[study.code])).content.decode()
    assert "over all sources together" in waiting or "cannot be said" in waiting
    assert "sentinel" not in waiting


def test_strangers_are_sent_to_sign_in():
    assert Client().get(ADDRESS).url.startswith("/sign-in/")


def test_when_it_is_enough_is_said_in_days_or_hours():
    from raters.services.planning import Outlook

    def said(**changes):
        about = {
            "done": 100, "places": 400, "width": 0.2, "needed": 300, "per_day": 100.0, "days": 2.0
        } | changes  # fmt: skip
        return " ".join(outlook_sentences(Outlook(**about)))

    assert "takes 2 days more" in said()
    assert "5 hours" in said(days=0.2)
    assert "reached already" in said(needed=90)
    assert "raise the ratings per triple" in said(needed=900)
    assert "more raters or more questions" in said(needed=None, days=None)


def test_cost_is_in_round_numbers():
    words = cost_words(Cost(minutes_each=9.6, hours=3.42, elapsed_hours=0.7, money=1234.5))
    assert words == {"minutes": "10", "hours": "3.4", "elapsed": "0.7", "money": "1,234.50"}


@pytest.mark.parametrize("asked", ["study", "pilot"])
def test_what_is_no_studys_code_leads_nowhere(asked):
    client = client_of("root", make_study(questions=1))
    for code in ("a\0b", "x", "x" * 65):
        assert client.get(ADDRESS, {asked: code}).status_code == 404

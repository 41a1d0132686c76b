"""What results print of the plan, its deviations and exclusions, on the page and in its files."""

import csv
import io
import re

import pytest
from django.urls import reverse

from raters.models import Exclusion
from raters.services.exclusions import exclusion_lift
from raters.services.freezing import study_freeze
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.raters.reports import make_report
from tests.raters.services.test_freezing import plan
from tests.raters.services.test_results_exclusions import exclude, judged

from .people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    """A frozen plan; the first of four raters, six of 24 ratings, is left out; then closed."""
    study = judged("pick-best", headline="0", excluded=0, closed=False)
    study_freeze(study=study, user=study.owner, now=NOW)
    exclude(study.raters.order_by("pk").first())
    Exclusion.objects.update(is_late=True)  # the plan came after the first rating
    return study


@pytest.fixture
def study(running):
    study_close(study=running, user=running.owner, now=NOW)
    make_report(running)
    return running


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(study):
    return text(client_of("alice", study).get(reverse("study-results", args=[study.code])))


def file(study, name):
    return client_of("alice", study).get(reverse("study-report", args=[study.code, name]))


def test_a_running_studys_results_say_nothing_of_effects(running):
    assert "Headline with them" not in page(running)


def test_the_page_says_how_the_headline_changes_and_by_whom(study):
    html = page(study)
    assert "1 rater with 6 ratings left out. Share best of" in html
    assert "(the plan's headline)" in html.replace("&#x27;", "'")
    assert "with everyone let in" in html
    assert "r001" in html
    assert "Headline with them" in html
    assert study.freeze.sha256 in html
    assert "closed with 18 of 24 ratings" in html  # six of them count no more


def test_deviations_stand_on_the_page_and_in_the_report(running):
    plan(running, hypothesis="Another.", why="a reviewer")
    study_close(study=running, user=running.owner, now=NOW)
    make_report(running)
    for html in (page(running), text(file(running, "report.html"))):
        assert "a reviewer" in html
        assert "Another." in html
        assert "2 things were done otherwise" in html


def test_without_a_plan_and_exclusions_it_says_that():
    study = judged("pick-best", excluded=0)
    study.plan.delete()
    make_report(study)
    assert "No plan was written" in page(study)
    assert "No rater is left out" in page(study)


def test_methods_name_the_rules_and_the_digest(study):
    said = file(study, "methods.md").content.decode()
    excluded = "1 rater with 6 ratings was excluded by rules of which at least one was set after"
    assert f"{excluded} the first rating, blind to what they preferred: half of all" in said
    assert (
        f"The plan was frozen on 5 January 2026, after 24 ratings (SHA-256 {study.freeze.sha256})"
        in said
    )
    assert "leaving out 6 of raters excluded" in said


def test_methods_say_what_the_rules_were_when_they_left_somebody_out(study):
    """The plan's rules may be others today, or gone."""
    Exclusion.objects.update(is_late=False)
    study.plan.rules = {}
    study.plan.save()
    assert "1 rater with 6 ratings" in page(study)
    said = file(study, "methods.md").content.decode()
    assert "fixed before the first rating, on 5 January 2026, blind to what" in said
    assert "preferred: half of all ratings took less than 3 s." in said


def test_methods_say_that_nobody_was_excluded():
    study = judged("pick-best", excluded=0)
    make_report(study)
    assert "Nobody was excluded." in file(study, "methods.md").content.decode()


def test_the_datasheet_says_how_far_it_was_preregistered(study):
    said = file(study, "heds.md").content.decode()
    assert "3.3.1 Preregistered?**\n\nthe plan was frozen on 5 January 2026" in said
    assert "left out by rule: 1 rater" in said


def test_the_datasheet_tells_who_asked_from_who_fell_under_a_rule(study):
    Exclusion.objects.update(rule="asked")
    make_report(study)
    said = file(study, "heds.md").content.decode()
    assert "left out as they asked: 1 rater" in said
    assert "left out by rule" not in said


def test_the_effects_are_a_file_unrounded(study):
    given = file(study, "exclusions.csv")
    assert given["Content-Disposition"] == 'attachment; filename="a-study-exclusions.csv"'
    as_is, everyone, one = csv.DictReader(io.StringIO(given.content.decode()))
    assert (as_is["detail"], everyone["detail"]) == ("as it is", "everyone")
    assert (one["rater"], one["rule"], one["ratings"]) == ("r001", "too-fast", "6")
    assert float(one["value"]) == float(everyone["value"]) != float(as_is["value"])


def test_a_lifted_exclusion_makes_a_new_report_and_stays_listed(study):
    exclusion_lift(exclusion=Exclusion.objects.get(), user=study.owner, why="a slow clock", now=NOW)
    assert "being computed" in page(study)
    make_report(study)
    html = page(study)
    assert "a slow clock" in html
    assert "lifted" in html
    assert "Headline with them" not in html

"""What is taken away from results: only by who may, only once closed, on record, and whole."""

import csv
import io
import json
import re

import pytest
from django.urls import reverse

from generation.models import Source
from raters.models import AuditEntry
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.judged import make_judged, ranking
from tests.raters.reports import make_report

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>"
FILES = (
    ("study-figure", "share-best.svg"), ("study-figure", "share-best.png"),
    ("study-figure", "share-best.csv"), ("study-report", "report.html"),
    ("study-report", "methods.md"), ("study-report", "heds.md"), ("study-report", "figures.json"),
)  # fmt: skip


@pytest.fixture
def running():
    study = make_study(questions=4, raters_per_triple=2, instructions="Read all three.")
    rate_all(study, make_raters(study, 2))
    return study


@pytest.fixture
def study(running):
    study_close(study=running, user=running.owner, now=NOW)
    make_report(running)
    return running


def get(study, view, name, who="alice"):
    return client_of(who, study).get(reverse(view, args=[study.code, name]))


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_gets_one(study, who):
    client = client_of(who, study)
    for view, name in FILES:
        refused = client.get(reverse(view, args=[study.code, name]))
        assert refused.status_code == REFUSED[who], name
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


def test_owner_gets_every_one_and_leaves_an_audit_row_each(study):
    for view, name in FILES:
        given = get(study, view, name)
        assert given.status_code == 200, name
        assert given["Content-Disposition"] == f'attachment; filename="a-study-{name}"'
    details = AuditEntry.objects.filter(action="un-blinded").values_list("detail", flat=True)
    assert len(details) == len(FILES)
    assert {"figures/share-best.svg", "results/report.html"} <= set(details)


def test_a_running_study_gives_none(running):
    for view, name in FILES:
        assert get(running, view, name).status_code == 409, name
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


def test_what_is_not_computed_yet_leads_to_the_page_that_says_so(running):
    study_close(study=running, user=running.owner, now=NOW)
    given = get(running, "study-figure", "share-best.svg")
    assert given.url == reverse("study-results", args=[running.code])


@pytest.mark.parametrize("name", ["share-best.exe", "share-best", "nothing.svg", ".svg"])
def test_a_figure_that_is_none_is_not_found(study, name):
    assert get(study, "study-figure", name).status_code == 404


def test_the_numbers_of_a_chart_are_unrounded(study):
    text = get(study, "study-figure", "share-best.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["of"] for row in rows] == list(
        study.study_sources.order_by("position").values_list("source__name", flat=True)
    )
    figures = json.loads(get(study, "study-report", "figures.json").content)
    low = figures["picks"]["shares"]["sources"][0]["share"]["low"]
    assert low is None or float(rows[0]["low"]) == low


def test_the_report_is_one_file_that_fetches_and_runs_nothing(study):
    Source.objects.filter(name="S1").update(name=XSS)
    make_report(study, draws=True)
    html = get(study, "study-report", "report.html").content.decode()
    assert html.count("<svg") >= 4
    assert "Share best" in html
    assert "datasheet" in html
    assert not re.search(r"<script|<link|src=|href=|url\(|\son\w+=|@import", html)


def test_methods_say_what_was_done_and_cite_it(study):
    text = get(study, "study-report", "methods.md").content.decode()
    for part in ("4 questions", "2 raters", "MacKinnon", "Krippendorff", "balanced Latin squares"):
        assert part in text, part
    assert "Turner" not in text  # no strengths of picks


def test_methods_and_datasheet_tell_a_question_that_repeats_another_from_one_not_drawn(running):
    running.funnel |= {"questions": 5, "all_right": 5, "repeated": 1}
    running.save()
    study_close(study=running, user=running.owner, now=NOW)
    make_report(running)
    methods = get(running, "study-report", "methods.md").content.decode()
    assert "Of 5 questions, 5 had a rationale" in methods
    assert "correct answer, 1 of them the same as another; 4 such questions" in methods
    assert "drawn at random" not in get(running, "study-report", "heds.md").content.decode()


def test_methods_of_rankings_cite_what_rankings_use():
    study = make_judged(
        lambda r, q, s: ranking(s, S1=1, S2=2, S3=3), protocol="ranking", questions=2
    )
    make_report(study)
    text = get(study, "study-report", "methods.md").content.decode()
    for part in ("Holm", "Turner", "Kendall", "ranked above another"):
        assert part in text, part


def test_the_datasheet_is_filled_and_says_what_people_must_fill(study):
    text = get(study, "study-report", "heds.md").content.decode()
    for part in ("Read all three.", "3.1.1 Outputs evaluated per system**\n\n4\n", "pick the best"):
        assert part in text, part
    assert 10 < text.count("TO BE FILLED IN BY YOU") < 20


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_has_it_computed_again(study, who):
    address = reverse("study-results-anew", args=[study.code])
    assert client_of(who, study).post(address).status_code == REFUSED[who]
    assert study.reports.get().state == "made"


def test_the_owner_has_it_computed_again(study):
    address = reverse("study-results-anew", args=[study.code])
    assert client_of("alice", study).get(address).status_code == 405
    assert client_of("alice", study).post(address).status_code == 302
    assert study.reports.get().state == "queued"
    page = client_of("alice", study).get(reverse("study-results", args=[study.code]))
    assert "being computed" in page.content.decode()


def test_a_failure_is_told_with_a_way_out(study):
    study.reports.update(state="failed", problem="Its charts could not be drawn: no font.")
    page = client_of("alice", study).get(reverse("study-results", args=[study.code]))
    html = page.content.decode()
    assert "no font" in html
    assert "Compute again" in html


def test_the_page_that_waits_is_told_when_it_is_over(running):
    study_close(study=running, user=running.owner, now=NOW)
    alice, address = client_of("alice", running), reverse("study-results", args=[running.code])
    assert alice.get(address, headers={"X-Fragment": "1"}).status_code == 202
    make_report(running)
    assert alice.get(address, headers={"X-Fragment": "1"}).status_code == 204
    assert not AuditEntry.objects.filter(action="un-blinded").exists()

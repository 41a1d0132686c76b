"""The plan page: for who runs the study, kept whole or not at all, frozen once."""

import hashlib
import re

import pytest
from django.urls import reverse

from raters.models import Deviation, StudyFreeze, StudyPlan
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
SAID = {"hypothesis": "S1 is best.", "sides": "two-sided", "stopping": "At 18.", "fast_seconds": 3}


@pytest.fixture
def study():
    return make_study()


def at(study, name="study-plan"):
    return reverse(name, args=[study.code])


def keep(study, **changes):
    return client_of("alice", study).post(at(study), {**SAID, **changes})


def freeze(study):
    return client_of("alice", study).post(at(study, "study-freeze"))


def text(page):
    return re.sub(r"\s+", " ", page.content.decode())


# --- who may enter ---
@pytest.mark.parametrize("name", ["study-plan", "study-freeze", "study-frozen"])
@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_reads_or_writes_it(study, who, name):
    keep(study)
    freeze(study)
    client = client_of(who, study)
    assert client.get(at(study, name)).status_code == REFUSED[who]
    if name != "study-frozen":
        assert client.post(at(study, name), SAID).status_code == REFUSED[who]
    assert StudyPlan.objects.get().hypothesis == "S1 is best."


@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_write_and_freeze_it(study, who):
    client = client_of(who, study)
    assert client.get(at(study)).status_code == 200
    assert client.post(at(study), SAID).status_code == 302
    assert client.get(at(study, "study-freeze")).status_code == 200
    assert client.post(at(study, "study-freeze")).status_code == 302
    assert client.get(at(study, "study-frozen")).status_code == 200
    assert StudyFreeze.objects.get().user.username == who


# --- writing ---
def test_a_new_plan_starts_from_what_the_study_asks(study):
    page = text(client_of("alice", study).get(at(study)))
    assert 'name="ratings" value="18"' in page
    assert 'name="fast_seconds" value="3"' in page
    assert "No plan was written yet" in page
    assert not StudyPlan.objects.exists()


def test_what_is_kept_is_what_the_form_says(study):
    keep(study, ratings=12, raters=4, headline="1", often_percent=25, often_seconds=2)
    plan = StudyPlan.objects.get()
    assert (plan.hypothesis, plan.ratings, plan.raters, plan.headline) == (
        "S1 is best.",
        12,
        4,
        "1",
    )
    assert {kind: rule["seconds"] for kind, rule in plan.rules.items()} == {
        "too-fast": 3.0,
        "often-fast": 2.0,
    }
    page = text(client_of("alice", study).get(at(study)))
    assert "S1 is best." in page
    assert 'name="often_percent" value="25"' in page


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"often_percent": 25}, "both of its numbers"),
        ({"checks_right": 5, "checks_of": 4}, "Nobody has 5 of 4 checks right"),
        ({"sides": "one-sided"}, "needs a headline"),
        ({"headline": "0&gt;1"}, "Select a valid choice"),  # picks set none above another
        ({"fast_seconds": "quick"}, "Enter a number"),
    ],
)
def test_what_makes_no_sense_comes_back_as_it_was_said(study, changes, part):
    page = keep(study, **changes)
    assert page.status_code == 422
    assert part in text(page)
    assert "S1 is best." in text(page)
    assert not StudyPlan.objects.exists()


def test_a_ranking_may_name_one_source_above_another():
    study = make_study(protocol="ranking")
    assert keep(study, headline="2>0", sides="one-sided").status_code == 302
    assert StudyPlan.objects.get().headline == "2>0"


def test_a_rule_after_the_first_rating_is_marked(study):
    rate(make_raters(study, 1)[0])
    assert "1 rating is given already" in text(client_of("alice", study).get(at(study)))
    keep(study)
    page = text(client_of("alice", study).get(at(study, "study-freeze")))
    assert "set after the first rating" in page


def test_a_closed_study_shows_its_plan_and_takes_no_other(study):
    keep(study)
    study_close(study=study, user=study.owner, now=NOW)
    page = text(client_of("alice", study).get(at(study)))
    assert "its plan stays as it is" in page
    assert "<form" not in page.partition("<main")[2]
    assert keep(study, hypothesis="Another.").status_code == 422
    assert StudyPlan.objects.get().hypothesis == "S1 is best."


# --- freezing ---
def test_the_file_has_the_digest_that_the_page_shows(study):
    keep(study)
    freeze(study)
    given = client_of("alice", study).get(at(study, "study-frozen"))
    assert given["Content-Disposition"] == 'attachment; filename="a-study-plan.json"'
    page = text(client_of("alice", study).get(at(study)))
    assert hashlib.sha256(given.content).hexdigest() in page
    assert "before the first rating" in page
    assert "sha256sum a-study-plan.json" in page


def test_there_is_no_file_before_and_no_freezing_without_a_plan(study):
    assert client_of("alice", study).get(at(study, "study-frozen")).status_code == 404
    page = client_of("alice", study).post(at(study, "study-freeze"), follow=True)
    assert not StudyFreeze.objects.exists()
    assert "has no plan yet" in text(page)


def test_a_frozen_plan_is_changed_with_a_reason_only_and_the_change_is_listed(study):
    keep(study)
    freeze(study)
    assert keep(study, hypothesis="S2 is best.").status_code == 422
    assert keep(study, hypothesis="S2 is best.", why="a typo").status_code == 302
    page = text(client_of("alice", study).get(at(study)))
    assert "1 thing was done otherwise" in page
    for part in ("S1 is best.", "S2 is best.", "a typo", "alice"):
        assert part in page, part


@pytest.mark.parametrize(
    ("name", "data"), [("study-per-triple", {"raters": 5}), ("study-close", {})]
)
def test_a_change_of_what_is_frozen_asks_why(study, name, data):
    keep(study)
    freeze(study)
    client = client_of("alice", study)
    assert 'name="why"' in text(client.get(at(study, name), data))
    client.post(at(study, name), data)
    assert not Deviation.objects.exists()
    study.refresh_from_db()
    assert (study.raters_per_triple, study.state) == (3, "open")
    client.post(at(study, name), {**data, "why": "the money is gone"})
    assert Deviation.objects.get().why == "the money is gone"


def test_the_page_that_closes_says_in_numbers_what_deviates(study):
    keep(study)
    freeze(study)
    rate(make_raters(study, 1)[0])
    page = text(client_of("alice", study).get(at(study, "study-close")))
    assert "To close now is a deviation: 1 of " in page


def test_the_studys_page_says_how_it_stands_and_leads_there(study):
    assert "No plan is written" in text(client_of("alice", study).get(at(study, "study")))
    keep(study)
    freeze(study)
    page = text(client_of("alice", study).get(at(study, "study")))
    assert "The plan is frozen" in page
    assert at(study) in page

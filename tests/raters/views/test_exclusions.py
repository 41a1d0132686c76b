"""Excluding raters: only by who runs the study, said in numbers first, and without a source."""

import re

import pytest
from django.urls import reverse

from raters.models import Exclusion, Place, Rating
from raters.services.exclusions import exclusions_apply
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate
from tests.raters.services.test_exclusions import plan

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
SOURCES = ("first source", "second source", "third source")  # no random code spells these


@pytest.fixture
def study():
    """Rater 1 rated four triples in a second each, Rater 2 two in ten seconds."""
    study = make_study(sources=SOURCES)
    plan(study, too_fast={"seconds": 3})
    for rater, count, seconds in zip(make_raters(study, 2), (4, 2), (1, 10), strict=True):
        for _ in range(count):
            rate(rater)
        Rating.objects.filter(assignment__rater=rater).update(visible_ms=1000 * seconds)
    return study


def at(study, name="study-exclusions", rater=None):
    return reverse(name, args=[study.code, *([rater.code] if rater else [])])


def shown(study, who="alice"):
    page = client_of(who, study).get(at(study))
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.content.decode())


def excluded(study):
    exclusions_apply(study=study, user=study.owner, now=NOW)
    return study.raters.first()


# --- who may enter ---
@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_reads_or_changes_any(study, who):
    rater = excluded(study)
    client = client_of(who, study)
    assert client.get(at(study)).status_code == REFUSED[who]
    given = {"why": "x", "reason": "x", "rater": study.raters.last().code}
    for name, of in (
        ("study-exclusions-apply", None), ("study-exclusion-asked", None),
        ("study-exclusion-lift", rater), ("study-exclusion-again", rater),
    ):  # fmt: skip
        assert client.post(at(study, name, of), given).status_code == REFUSED[who], name
    assert Exclusion.objects.get().lifted_at is None


@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_exclude(study, who):
    shown(study, who)
    assert client_of(who, study).get(at(study, "study-exclusions-apply")).status_code == 405
    assert client_of(who, study).post(at(study, "study-exclusions-apply")).status_code == 302
    assert Exclusion.objects.get().user.username == who


# --- what it says ---
def test_it_says_in_numbers_what_it_would_do_and_names_no_source(study):
    page = shown(study)
    assert "1 rater falls under a rule of the plan" in page
    assert "takes 4 of 6 ratings out" in page
    assert "median 1.0 s, less than 3 s" in page
    assert not [name for name in SOURCES if name in page]
    excluded(study)
    page = shown(study)
    assert "Nobody falls under a rule of the plan who is not left out already" in page
    assert "r001" in page
    assert not [name for name in SOURCES if name in page]


def test_without_a_rule_it_says_so():
    page = shown(make_study())
    assert "The plan has no rule" in page
    assert "Nobody is left out" in page


def test_a_rule_that_came_late_is_marked_with_its_exclusions(study):
    plan(study, too_fast={"seconds": 4})
    excluded(study)
    assert shown(study).count("set after the first rating") == 2


# --- by hand, and back ---
def test_a_rater_is_excluded_as_they_asked_with_a_reason(study):
    rater = study.raters.last()
    client = client_of("alice", study)
    asked = at(study, "study-exclusion-asked")
    assert client.post(asked, {"rater": rater.code, "reason": ""}).status_code == 422
    assert client.post(asked, {"rater": "a" * 22, "reason": "x"}).status_code == 422
    assert client.post(asked, {"rater": rater.code, "reason": "wrote to us"}).status_code == 302
    assert Exclusion.objects.get().detail == "wrote to us"
    assert "Asked to withdraw: wrote to us" in shown(study)


def test_an_exclusion_is_lifted_with_a_reason_and_stays_listed(study):
    rater = excluded(study)
    client = client_of("alice", study)
    client.post(at(study, "study-exclusion-lift", rater), {"why": ""})
    assert Exclusion.objects.get().lifted_at is None
    client.post(at(study, "study-exclusion-lift", rater), {"why": "a slow clock"})
    assert "a slow clock" in shown(study)
    again = client.post(at(study, "study-exclusion-lift", rater), {"why": "once more"})
    assert again.status_code == 404


def test_others_are_asked_once_for_what_they_rated(study):
    rater = excluded(study)
    assert "4 ratings can be asked of others, once" in shown(study)
    client = client_of("alice", study)
    client.post(at(study, "study-exclusion-again", rater))
    assert Place.objects.count() == 18 + 4
    assert "Others were asked for the same ratings" in shown(study)
    client.post(at(study, "study-exclusion-again", rater))
    assert Place.objects.count() == 18 + 4


def test_the_studys_page_counts_them(study):
    excluded(study)
    page = client_of("alice", study).get(reverse("study", args=[study.code])).content.decode()
    assert "1 rater is left out" in page
    assert at(study) in page


def test_a_closed_study_may_still_leave_out_and_says_that_results_could_be_read(study):
    study_close(study=study, user=study.owner, now=NOW)
    client_of("alice", study).post(at(study, "study-exclusions-apply"))
    assert "decided once results could be read" in shown(study)

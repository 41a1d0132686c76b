"""The load test: a short one runs for real, and each of its rules notices what it is there for."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from django.db.models import F

from config.loadtest.browser import read_page
from config.loadtest.crowd import Accidents
from config.loadtest.measures import percentile
from config.loadtest.rules import broken_rules
from raters.models import Assignment, Rating, Study
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all

ROOT = Path(__file__).resolve().parent.parent.parent


# --- the command ---------------------------------------------------------------------------------
def loadtest(var: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "loadtest", *options],
        cwd=ROOT,
        env={**os.environ, "TRIPTYCH_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.django_db
def test_a_short_crowd_drains_a_study_and_every_rule_holds(tmp_path):
    options = ["--raters", "4", "--triples", "30", "--tab", "0.1", "--double", "0.2"]
    done = loadtest(tmp_path / "var", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"database: {connection.vendor}" in done.stdout
    assert "Every rule holds" in done.stdout
    for said in ("a second", "p95", "server CPU", "double", "tab"):
        assert said in done.stdout
    assert ("PostgreSQL CPU" in done.stdout) == (connection.vendor == "postgresql")
    assert not (tmp_path / "var" / "triptych.sqlite3").exists()


# --- the rules -----------------------------------------------------------------------------------
@pytest.fixture
def rated(db) -> Study:
    """A closed study whose ratings have the serials 1, 2, 3 ... as their visible milliseconds."""
    study = make_study(questions=4, raters_per_triple=2)
    rate_all(study, make_raters(study, 3))
    for serial, rating in enumerate(Rating.objects.all(), start=1):
        Rating.objects.filter(pk=rating.pk).update(visible_ms=serial)
    study_close(study=study, user=study.owner, now=NOW)
    study.refresh_from_db()
    return study


def accepted() -> dict[int, str]:
    """What the crowd would have noted: serial and slot of every rating."""
    return {
        rating.visible_ms: str(rating.slot + 1) for rating in Rating.objects.order_by("visible_ms")
    }


def test_a_study_that_is_as_it_was_left_breaks_no_rule(rated):
    assert len(accepted()) == 8
    assert broken_rules(rated, accepted()) == []


def test_a_rating_that_is_gone_is_noticed(rated):
    stored = accepted()
    Rating.objects.get(visible_ms=3).delete()
    assert broken_rules(rated, stored) == ["accepted and not in the export: 1 (3)"]


def test_a_rating_that_nobody_sent_is_noticed(rated):
    stored = accepted()
    Rating.objects.filter(visible_ms=3).update(visible_ms=99)
    assert broken_rules(rated, stored) == [
        "accepted and not in the export: 1 (3)",
        "in the export and never accepted: 1 (99)",
    ]
    assert broken_rules(rated, stored, unsure=[99]) == ["accepted and not in the export: 1 (3)"]


def test_a_rating_that_is_there_twice_is_noticed(rated):
    stored = accepted()
    Rating.objects.filter(visible_ms=3).update(visible_ms=4)
    del stored[3]
    assert broken_rules(rated, stored) == ["more than once in the export: 1 (4)"]


def test_another_answer_than_was_sent_is_noticed(rated):
    stored = accepted()
    Rating.objects.filter(visible_ms=3).update(slot=2)
    assert broken_rules(rated, stored) == ["another answer in the export than was sent: 1 (3)"]


def test_a_triple_over_its_places_is_noticed(rated):
    stored = accepted()
    Study.objects.filter(pk=rated.pk).update(raters_per_triple=F("raters_per_triple") - 1)
    rated.refresh_from_db()
    assert broken_rules(rated, stored) == ["4 triples have more ratings than their 1 places"]


def test_a_rater_who_met_a_triple_twice_is_noticed(rated):
    """The database refuses it, so its constraint goes first, as it might in a migration."""
    stored = accepted()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX assignment_once_per_rater_and_triple")
    first, second = Assignment.objects.filter(rater=Assignment.objects.first().rater)[:2]
    Assignment.objects.filter(pk=second.pk).update(triple=first.triple_id)
    assert "1 times a rater was handed the same triple twice" in broken_rules(rated, stored)


# --- its parts -----------------------------------------------------------------------------------
def test_a_page_is_read_as_a_form_in_hand_and_one_ahead():
    form = '<form><input type="hidden" name="token" value="{}"><input type="hidden" name="key">'
    page = read_page(form.format("a:b") + '<template id="ahead">' + form.format("c:d"))
    assert (page.hand["token"], page.ahead["token"], page.is_saved) == ("a:b", "c:d", False)
    assert read_page('<p id="saved"></p>').is_saved
    assert read_page("<p>Thank you</p>").hand == {}


def test_accidents_happen_as_often_as_asked_for():
    rng = Random(1)
    drawn = [
        Accidents(double=0.2, tab=0, away=0, drop=0.1, reload=0).drawn(rng) for _ in range(5000)
    ]
    assert set(drawn) == {"", "double", "drop"}
    assert drawn.count("double") == pytest.approx(1000, rel=0.1)
    assert drawn.count("drop") == pytest.approx(500, rel=0.15)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (99, 99), (100, 100)])
def test_a_percentile_is_a_value_that_was_measured(percent, value):
    assert percentile(range(1, 101), percent) == value
    assert percentile([7.0], percent) == 7.0

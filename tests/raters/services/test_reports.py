"""Reports: made once for the ratings as they are, anew when these change, and never half."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from kombu.exceptions import OperationalError

from generation.models import Source
from raters import tasks
from raters.charts import NotDrawn
from raters.models import Rater, ReportFigure, StudyReport
from raters.services import reports
from raters.services.reports import (
    precision_ask,
    report_ask,
    report_make,
    report_precision,
    report_results,
)
from raters.services.results import study_results
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.reports import make_report

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def running():
    study = make_study(questions=4, raters_per_triple=3)
    rate_all(study, make_raters(study, 3))
    return study


@pytest.fixture
def study(running):
    study_close(study=running, user=running.owner, now=NOW)
    return running


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """What goes to the broker while `asking`."""
    ids = []

    def asking(**asked):
        with (
            patch.object(
                reports.current_app, "send_task", lambda name, args, **_: ids.append(args)
            ),
            django_capture_on_commit_callbacks(execute=True),
        ):
            report_ask(**asked)
        return len(ids)

    return asking


def test_what_is_kept_is_what_was_computed_to_the_last_digit(study):
    assert report_results(make_report(study)) == study_results(study=study)


def test_it_is_sent_once_and_again_when_it_may_be_lost(study, sent, settings):
    assert sent(study=study, now=NOW) == 1
    assert sent(study=study, now=NOW + SECOND) == 1
    assert sent(study=study, now=NOW + settings.SEND_AGAIN_SECONDS * SECOND + SECOND) == 2
    StudyReport.objects.update(attempts=1)  # a worker has it
    assert sent(study=study, now=NOW + 4 * settings.SEND_AGAIN_SECONDS * SECOND) == 2


def test_the_same_ratings_are_computed_once(study):
    made = make_report(study)
    assert report_ask(study=study, now=NOW).pk == made.pk
    with patch.object(reports, "study_results") as computed:
        report_make(report_id=made.pk)
    assert not computed.called


@pytest.mark.parametrize(
    "change",
    [
        lambda study: Source.objects.filter(name="S1").update(name="another name"),
        lambda study: Rater.objects.update(is_simulated=True),
        lambda study: study.assignments.first().ratings.all().delete(),
    ],
)
def test_what_the_figures_depend_on_makes_another_report_and_the_old_one_goes(study, change):
    old = make_report(study)
    change(study)
    new = make_report(study)
    assert new.pk != old.pk
    assert list(StudyReport.objects.all()) == [new]


def test_asked_anew_it_is_computed_again_and_comes_out_the_same(study):
    made = make_report(study, draws=True)
    figures, svgs = made.figures, list(ReportFigure.objects.values_list("svg", flat=True))
    assert report_ask(study=study, now=NOW, anew=True).state == StudyReport.State.QUEUED
    tasks.make_report(made.pk)
    made.refresh_from_db()
    assert made.figures == figures
    assert list(ReportFigure.objects.values_list("svg", flat=True)) == svgs


def test_what_goes_wrong_is_said_and_nothing_is_half_kept(study):
    report = report_ask(study=study, now=NOW)
    with patch.object(reports, "draw", side_effect=NotDrawn("no font")):
        report_make(report_id=report.pk)
    report.refresh_from_db()
    assert report.state == StudyReport.State.FAILED
    assert "no font" in report.problem
    assert not report.figures
    assert not report.drawn.exists()


def test_a_report_that_ends_its_worker_is_given_up(study):
    report = report_ask(study=study, now=NOW)
    StudyReport.objects.update(attempts=3)
    report_make(report_id=report.pk)
    report.refresh_from_db()
    assert "ended 3 times" in report.problem


def test_a_broker_that_is_away_stops_nobody(study, django_capture_on_commit_callbacks):
    with (
        patch.object(reports.current_app, "send_task", side_effect=OperationalError("away")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert report_ask(study=study, now=NOW).state == StudyReport.State.QUEUED


def test_precision_tells_no_source_and_is_fresh_after_a_while(running):
    report = make_report(running)
    found = report_precision(report)
    assert (found.ratings, found.raters, found.questions) == (12, 3, 4)
    assert found.width is None or 0 < found.width < 1
    assert set(report.figures) == {
        "ratings", "raters", "questions", "effective_raters", "effective_questions", "width",
        "undefined", "always", "needed", "silent",
    }  # fmt: skip
    assert precision_ask(study=running, now=NOW + SECOND).state == StudyReport.State.MADE
    later = precision_ask(study=running, now=NOW + timedelta(minutes=6))
    assert later.state == StudyReport.State.QUEUED
    assert report_precision(later) == found  # the old one stands until then


def test_precision_kept_in_a_shape_of_old_is_none(running):
    report = make_report(running)
    report.figures = {"ratings": 12}
    assert report_precision(report) is None


def test_precision_says_what_holds_at_every_look_and_what_is_needed():
    study = make_study(questions=12, raters_per_triple=10)
    rate_all(study, make_raters(study, 10))
    found = report_precision(make_report(study))
    assert found.always > found.width > 0.14
    assert found.needed is None or found.needed > found.ratings


def test_precision_is_the_same_whichever_source_is_ahead(running):
    names = [f"S{n}" for n in (1, 2, 3)]
    before = report_precision(make_report(running))
    for name, new in zip(names, ("x3", "x1", "x2"), strict=True):
        Source.objects.filter(name=name).update(name=new)
    make_report(running)
    assert report_precision(make_report(running)) == before

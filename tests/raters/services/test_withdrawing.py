"""A withdrawal deletes what was made with the answers, and every later export says so."""

import io
import json
import zipfile

import pytest

from raters.exports import EXPORTS, Task
from raters.exports.manifest import Checked, about_study, manifest_of
from raters.judgement import Judgement
from raters.models import PracticeAnswer, Rating, StudyExport
from raters.services.practising import practice_answer
from raters.services.reports import study_key
from raters.services.study_states import study_close
from raters.services.withdrawing import rater_withdraw
from tests.factories import NOW, make_rater, make_raters, make_study, rate
from tests.raters.exports.reading import about_of, content
from tests.raters.reports import make_report
from tests.raters.services.test_practice import practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = make_study(questions=2)
    for rater in make_raters(study, 3):
        rate(rater)
    study_close(study=study, user=study.owner, now=NOW)
    return study


def built(study) -> StudyExport:
    return StudyExport.objects.create(
        study=study,
        owner=study.owner,
        name="ratings",
        form="csv",
        key="k",
        state=StudyExport.State.QUEUED,
        asked_at=NOW,
    )


def test_every_later_export_says_that_it_is_a_new_version(study):
    one, two, _ = study.raters.all()
    assert about_study(study)["withdrawals"] == {"raters": 0, "deleted": 0, "data_version": 1}
    before = study_key(study)
    rater_withdraw(rater=one, deletes=True, now=NOW)
    assert about_study(study)["withdrawals"] == {"raters": 1, "deleted": 1, "data_version": 2}
    assert study_key(study) != before
    rater_withdraw(rater=two, deletes=False, now=NOW)
    assert about_study(study)["withdrawals"] == {"raters": 2, "deleted": 1, "data_version": 2}
    assert Rating.objects.count() == 2


@pytest.mark.parametrize(("deletes", "alive"), [(True, 0), (False, 1)])
def test_files_made_with_deleted_answers_go(study, deletes, alive):
    built(study)
    rater_withdraw(rater=study.raters.first(), deletes=deletes, now=NOW)
    assert StudyExport.objects.filter(study=study).alive().count() == alive


FILES = [(each.name, form) for each in EXPORTS.values() for form in each.forms]


@pytest.mark.parametrize(("name", "form"), FILES)
def test_every_export_made_later_says_that_it_is_a_new_version(study, name, form):
    make_report(study)
    assert about_of(study, f"{name}.{form}")["study"]["withdrawals"]["data_version"] == 1
    rater_withdraw(rater=study.raters.first(), deletes=True, now=NOW)
    make_report(study)
    assert about_of(study, f"{name}.{form}")["study"]["withdrawals"]["data_version"] == 2
    if form == "zip":
        with zipfile.ZipFile(io.BytesIO(content(study, f"{name}.{form}"))) as folder:
            about = json.loads(folder.read("manifest.json"))
        assert about["study"]["withdrawals"]["data_version"] == 2


def test_a_snapshot_of_a_running_study_says_so_too():
    study = make_study(questions=2)
    rater = make_rater(study)
    rate(rater)
    rater_withdraw(rater=rater, deletes=True, now=NOW)
    task = Task(study, until=NOW, is_snapshot=True)
    checked = Checked(EXPORTS["ratings"].blocks("jsonl", task))
    assert list(checked) == []
    about = manifest_of(EXPORTS["ratings"], "jsonl", task, checked, file="x")
    assert about["study"]["withdrawals"]["data_version"] == 2


def test_what_was_said_in_practice_goes_with_the_answers():
    study = make_study()
    (triple,) = practice(study, 1)
    rater = make_rater(study)
    practice_answer(rater=rater, triple=triple, judgement=Judgement("pick", 0), now=NOW)
    rater_withdraw(rater=rater, deletes=False, now=NOW)
    assert PracticeAnswer.objects.exists()
    rater_withdraw(rater=rater, deletes=True, now=NOW)
    assert not PracticeAnswer.objects.exists()

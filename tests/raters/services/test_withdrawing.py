"""A withdrawal deletes what was made with the answers, and every later export says so."""

import pytest

from raters.exports.manifest import about_study
from raters.models import Rating, StudyExport
from raters.services.reports import study_key
from raters.services.study_states import study_close
from raters.services.withdrawing import rater_withdraw
from tests.factories import NOW, make_raters, make_study, rate

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

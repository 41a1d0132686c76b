"""What a corrected gold answer leaves of bundles, files and of a study that closes meanwhile."""

import threading

import pytest
from django.db import connection

from generation.models import Question, Rationale
from raters.models import Bundle, Place, Study, StudyReport, Triple
from raters.services.bundles import bundle_reserve
from raters.services.correcting import triples_settle, triples_with
from raters.services.export_files import study_export_ask, study_export_build
from raters.services.reports import study_key
from raters.services.study_states import study_close
from tests.factories import NOW, make_rater, make_raters, make_study, rate_all, take


def settle(study, key="q001", reaching=frozenset()):
    question = Question.objects.get(key=key)
    return triples_settle(
        question=question, reaching=reaching, before="5", user=study.owner, why="Wrong.", now=NOW
    )


@pytest.mark.django_db
def test_no_rater_is_given_a_bundle_of_which_nothing_is_left():
    study = make_study(questions=3, raters_per_triple=2, triples_per_rater=1)
    settle(study)
    raters = make_raters(study, 4)
    assert all(bundle_reserve(rater=rater, now=NOW) and take(rater) for rater in raters)
    assert not bundle_reserve(rater=make_rater(study), now=NOW)


@pytest.mark.django_db
def test_whoever_has_rated_nothing_of_a_void_bundle_may_have_another():
    study = make_study(questions=3, raters_per_triple=2, triples_per_rater=1)
    rater = make_rater(study)
    assert bundle_reserve(rater=rater, now=NOW)
    theirs = Triple.objects.get(places__bundle=Bundle.objects.get(rater=rater))
    settle(study, key=theirs.question.key)
    assert bundle_reserve(rater=rater, now=NOW)
    place = Place.objects.get(bundle__rater=rater)
    assert place.triple_id != theirs.pk


@pytest.mark.django_db
@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "void"])
def test_no_file_or_figure_of_before_outlives_a_correction(is_kept):
    study = make_study(questions=3, raters_per_triple=1)
    rate_all(study, make_raters(study, 1))
    asked = {"study": study, "user": study.owner, "name": "ratings", "form": "csv", "wishes": {}}
    before, key = study_export_ask(**asked, now=NOW), study_key(study)
    study_export_build(export_id=before.pk, now=NOW)
    assert study_export_ask(**asked, now=NOW) == before
    pks = Rationale.objects.values_list("pk", flat=True)
    settle(study, reaching=frozenset(pks if is_kept else ()))
    assert study_key(study) != key
    assert study_export_ask(**asked, now=NOW) != before
    assert not before.path.exists()
    assert not StudyReport.objects.filter(study=study, key=key).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_study_that_closes_meanwhile_keeps_what_it_has(monkeypatch):
    study = make_study(questions=3, raters_per_triple=1)
    rate_all(study, make_raters(study, 1))

    def close():
        study_close(study=Study.objects.get(pk=study.pk), user=study.owner, now=NOW)
        connection.close()

    def read_then_close(**asked):
        rows = list(triples_with(**asked))
        closing = threading.Thread(target=close)
        closing.start()
        closing.join()
        return rows

    monkeypatch.setattr("raters.services.correcting.triples_with", read_then_close)
    (done,) = settle(study)
    assert not done.is_running
    assert not Triple.objects.filter(kind=Triple.Kind.VOID).exists()

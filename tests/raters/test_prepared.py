"""Prepared statements say what the same statement written out says, on both databases."""

from datetime import timedelta

import pytest
from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef
from django.test.utils import CaptureQueriesContext

from raters.models import AuditEntry, Place, Rater, Study
from raters.prepared import PK, Given, Prepared, PreparedUpdate, store
from tests.factories import NOW, make_raters, make_study

pytestmark = pytest.mark.django_db


def in_study() -> models.QuerySet[Rater]:
    return Rater.objects.filter(study_id=Given("study", PK)).order_by("pk")


def test_models_come_back_whole():
    study = make_study()
    raters = make_raters(study, 3)
    prepared = Prepared(in_study)
    assert prepared.rows(study=study.pk) == raters
    first = prepared.first(study=study.pk)
    assert first is not None
    written_out = {name: value for name, value in vars(raters[0]).items() if name[0] != "_"}
    assert {name: value for name, value in vars(first).items() if name[0] != "_"} == written_out
    first.name = "renamed"
    first.save()
    assert Rater.objects.get(pk=first.pk).name == "renamed"


def test_models_bring_what_was_selected_beside_them():
    study = make_study()
    rater = make_raters(study, 1)[0]
    held = Place.objects.filter(study_id=OuterRef("study_id"), state="open")
    prepared = Prepared(
        lambda: (
            in_study()
            .select_related("study__owner")
            .defer("study__instructions", "orders")
            .annotate(has_open=Exists(held))
        )
    )
    with CaptureQueriesContext(connection) as queries:
        found = prepared.first(study=study.pk)
        assert found is not None
        beside = found.study, found.study.owner.pk, found.has_open
    assert len(queries) == 1
    assert (found, *beside) == (rater, study, study.owner_id, True)
    assert (found.orders, found.study.instructions) == (rater.orders, study.instructions)


def test_nothing_found_is_none():
    assert Prepared(in_study).first(study=0) is None


def test_tuples_come_back_with_their_types():
    study = make_study()
    code = models.CharField()
    prepared = Prepared(
        lambda: Study.objects.filter(code=Given("code", code)).values_list("created_at", "funnel")
    )
    assert prepared.first(code=study.code) == (study.created_at, study.funnel)
    assert prepared.first(code="another") is None


def test_the_sql_is_written_once_and_each_call_is_one_query(monkeypatch):
    study = make_study()
    built = []
    prepared = Prepared(lambda: built.append(1) or in_study())
    with CaptureQueriesContext(connection) as queries:
        for pk in (study.pk, 0, study.pk):
            prepared.rows(study=pk)
    assert len(queries) == 3
    assert built == [1]


def test_a_constant_is_written_as_it_is():
    study = make_study()
    make_raters(study, 1)
    Rater.objects.update(name="100% o'clock")
    prepared = Prepared(lambda: in_study().filter(name="100% o'clock", rated_count=0))
    with CaptureQueriesContext(connection) as queries:
        assert len(prepared.rows(study=study.pk)) == 1
    assert "'100% o''clock'" in queries[0]["sql"]


def test_locks_and_conditions_are_kept():
    study = make_study()
    met = Place.objects.filter(pk=OuterRef("pk"), state="held")
    prepared = Prepared(
        lambda: (
            Place.objects.select_for_update(skip_locked=True)
            .filter(~Exists(met), study_id=Given("study", PK))
            .order_by("queue")[:1]
        )
    )
    first, second = Place.objects.order_by("queue")[:2]
    with transaction.atomic():
        assert prepared.first(study=study.pk) == first
        Place.objects.filter(pk=first.pk).update(state="held")
        with CaptureQueriesContext(connection) as queries:
            assert prepared.first(study=study.pk) == second
    if connection.vendor == "postgresql":
        assert "FOR UPDATE SKIP LOCKED" in queries[0]["sql"]


def test_an_update_changes_what_it_says_and_counts_it():
    study = make_study()
    one, other = make_raters(study, 2)
    update = PreparedUpdate(
        lambda: Rater.objects.filter(pk=Given("pk", PK)),
        rated_count=F("rated_count") + 1,
        returned_at=Given("at", models.DateTimeField()),
    )
    later = NOW + timedelta(hours=1)
    assert update.run(pk=one.pk, at=NOW) == 1
    assert update.run(pk=one.pk, at=later) == 1
    assert update.run(pk=0, at=NOW) == 0
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.rated_count, one.returned_at) == (2, later)
    assert (other.rated_count, other.returned_at) == (0, None)


def test_a_stored_row_is_as_any_other():
    study = make_study()
    made = Rater(study=study, name="Ada", orders={"012": [1, 0]}, created_at=NOW)
    store(made)
    found = Rater.objects.get(code=made.code)
    assert (found.pk, found.orders, found.created_at) == (made.pk, {"012": [1, 0]}, NOW)
    made.name = "Ada L."
    made.save()
    assert Rater.objects.get(pk=made.pk).name == "Ada L."
    store(AuditEntry(study=study, action="looked", at=NOW))
    assert AuditEntry.objects.get(action="looked").user is None

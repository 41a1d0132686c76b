"""The rules that the database itself keeps, on SQLite and on PostgreSQL alike."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model, UniqueConstraint

from generation.models import GenerationBatch, Rationale, Source
from raters.models import TripleRationale
from tests.factories import NOW, claim, make_rater, make_raters, make_study, rate

pytestmark = pytest.mark.django_db


def refused(name: str, change) -> None:
    """The database refuses this change, by the constraint of this name."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    said = str(error.value)
    # SQLite names a broken check, and the columns of what is not unique.
    assert name in said or all(f".{column}" in said for column in unique_columns()[name]), said


def unique_columns() -> dict[str, list[str]]:
    return {
        constraint.name: [model._meta.get_field(field).column for field in constraint.fields]
        for app in ("generation", "raters")
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint)
    }


def copy_of(row: Model, **changes) -> Model:
    """The same row once more, but for what is said."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.fields if not f.primary_key}
    return type(row)(**{**fields, **changes})


def updating(row: Model, **changes):
    return lambda: type(row).objects.filter(pk=row.pk).update(**changes)


@pytest.fixture
def study():
    return make_study(questions=3)


# --- studies -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "draft"},
        {"opened_at": None},
        {"state": "closed"},
        {"closed_at": NOW},
        {"state": "closed", "opened_at": None, "closed_at": NOW},
        {"state": "paused", "opened_at": None},
    ],
)
def test_a_study_has_the_times_of_its_state(study, changes):
    refused("study_times_with_its_state", updating(study, **changes))


def test_a_study_has_at_least_one_rater_a_triple(study):
    refused("study_raters", updating(study, raters_per_triple=0))


def test_two_studies_never_share_a_name(study):
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_of(study, code="another").save()


def test_a_source_takes_part_once_in_a_study(study):
    refused("study_source_once", copy_of(study.study_sources.first(), position=9).save)


def test_two_sources_never_share_a_position(study):
    first, second, _ = study.study_sources.all()
    refused("study_position_once", updating(second, position=first.position))


# --- triples -----------------------------------------------------------------------------------
def test_two_triples_of_a_study_never_share_a_number(study):
    first, second, _ = study.triples.all()
    refused("triple_number_once", updating(second, number=first.number))


def test_the_sources_of_a_study_triple_are_distinct(study):
    first, second, _ = study.triples.first().members.all()
    refused("member_source_distinct", updating(second, source=first.source))


def test_a_check_may_show_two_samples_of_one_source(study):
    first, second, third = study.triples.first().members.all()
    TripleRationale.objects.filter(triple=first.triple).update(kind="check")
    TripleRationale.objects.filter(pk=second.pk).update(source=first.source)
    assert first.triple.members.filter(source=first.source).count() == 2
    assert third.source != first.source


def test_a_rationale_stands_once_in_a_triple_and_a_position_has_one(study):
    first, second, _ = study.triples.first().members.all()
    refused("member_rationale_once", updating(second, rationale=first.rationale))
    refused("member_position_once", updating(second, position=first.position))


def test_a_place_has_its_own_number_in_the_triple_and_turn_in_the_study(study):
    first, second = study.places.filter(triple=study.triples.first())[:2]
    refused("place_once_per_triple", updating(second, number=first.number))
    refused("place_turn_once_per_study", updating(second, queue=first.queue))


# --- raters and assignments --------------------------------------------------------------------
def test_raters_of_one_study_have_distinct_names(study):
    first, second = make_raters(study, 2)
    refused("rater_name_once_per_study", updating(second, name=first.name))


def test_a_rater_meets_a_triple_once(study):
    assignment = claim(make_rater(study))
    free = assignment.triple.places.filter(state="open").first()
    refused(
        "assignment_once_per_rater_and_triple", copy_of(assignment, token=uuid4(), place=free).save
    )


def test_a_place_has_one_assignment(study):
    first, second = make_raters(study, 2)
    refused("assignment_once_per_place", updating(claim(second), place=claim(first).place))


@pytest.mark.parametrize(
    "changes",
    [
        {"place": None},
        {"state": "rated", "lease_until": None, "place": None},
        {"state": "late", "lease_until": None},
        {"state": "skipped", "lease_until": None},
        {"state": "lapsed", "lease_until": None},
        {"kind": "practice"},
        {"kind": "check"},
        {"kind": "repeat"},
    ],
)
def test_only_study_assignments_that_are_held_or_rated_have_a_place(study, changes):
    assignment = claim(make_rater(study))
    refused("assignment_place_with_its_state", updating(assignment, **changes))


@pytest.mark.parametrize("changes", [{"lease_until": None}, {"state": "rated"}])
def test_a_lease_runs_exactly_while_the_triple_is_in_hand(study, changes):
    refused("assignment_lease_while_held", updating(claim(make_rater(study)), **changes))


def test_a_rated_assignment_takes_no_new_lease(study):
    assignment = rate(make_rater(study)).rating.assignment
    change = updating(assignment, lease_until=NOW + timedelta(minutes=5))
    refused("assignment_lease_while_held", change)


# --- ratings -----------------------------------------------------------------------------------
def test_a_key_makes_one_rating_of_an_assignment(study):
    rating = rate(make_rater(study)).rating
    refused("rating_once_per_key", copy_of(rating, is_current=False).save)


def test_one_rating_of_an_assignment_is_current(study):
    rating = rate(make_rater(study)).rating
    refused("rating_one_current", copy_of(rating, key=uuid4()).save)


@pytest.mark.parametrize(
    "changes", [{"slot": None}, {"picked": None}, {"outcome": "tie"}, {"outcome": "none"}]
)
def test_a_pick_and_nothing_else_has_its_slot_and_rationale(study, changes):
    refused("rating_pick_has_its_slot", updating(rate(make_rater(study)).rating, **changes))


# --- what is rated -----------------------------------------------------------------------------
def test_a_question_has_a_text_and_a_gold_answer_and_its_own_key(study):
    first, second, _ = study.question_set.questions.all()
    refused("question_has_text", updating(first, text=""))
    refused("question_has_gold_answer", updating(first, gold_answer=""))
    refused("question_once_per_set", updating(second, key=first.key))


def test_a_source_has_a_model_and_a_prompt_or_neither(study):
    source = Source.objects.first()
    refused("source_model_and_prompt_together", updating(source, model="gpt-j"))
    refused("source_model_and_prompt_together", updating(source, prompt="few-shot"))


def test_a_batch_is_finished_exactly_when_it_says_when(study):
    batch = GenerationBatch.objects.first()
    refused("batch_finished_at_with_its_state", updating(batch, finished_at=None))
    refused("batch_finished_at_with_its_state", updating(batch, state="running"))
    refused("batch_temperature", updating(batch, temperature=-0.5))
    refused("batch_samples", updating(batch, samples=0))


def test_a_sample_is_written_once_and_an_imported_text_comes_in_once(study):
    rationale = Rationale.objects.first()
    refused("rationale_once_per_sample", copy_of(rationale, import_digest="").save)
    refused("rationale_text_imported_once", copy_of(rationale, sample_index=7).save)


def test_an_unparsed_rationale_has_a_reason_and_no_answer(study):
    rationale = Rationale.objects.first()
    refused("rationale_unparsed_says_why", updating(rationale, verdict="unparsed", reason="none"))
    refused("rationale_unparsed_says_why", updating(rationale, verdict="unparsed", answer=""))

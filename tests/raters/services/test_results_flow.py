"""Who took part: every stage counted, and none that was not there."""

import pytest

from raters.services.results import study_results
from raters.services.results.flow import flow
from raters.services.results.pictures import pictures, rater_stages
from tests.factories import NOW, make_raters, make_study, rate, rate_all

pytestmark = pytest.mark.django_db


def test_raters_are_counted_from_the_door_to_what_counts():
    study = make_study(questions=4, raters_per_triple=2)
    busy, _idle, gone = make_raters(study, 3)
    rate_all(study, [busy])
    type(gone).objects.filter(pk=gone.pk).update(returned_at=NOW)
    found = flow(study)
    assert (found.added, found.begun, found.rated, found.returned) == (3, 1, 1, 1)
    assert (found.given, found.counted, found.completed) == (4, 4, None)


def test_a_bundle_that_is_done_is_completed():
    study = make_study(questions=4, raters_per_triple=2, triples_per_rater=4)
    done, begun = make_raters(study, 2)
    rate_all(study, [done])
    rate(begun)
    found = flow(study)
    assert (found.begun, found.completed) == (2, 1)


def test_each_picture_has_its_numbers_as_a_table():
    study = make_study(questions=4, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    results = study_results(study=study)
    drawn = {each.name: each for each in pictures(results)}
    assert {"share-best", "slots", "difficulty", "questions", "raters", "ratings"} <= set(drawn)
    assert drawn["raters"].numbers == tuple(rater_stages(results))
    for each in drawn.values():
        assert {len(row) for row in each.numbers} == {len(each.columns)}


def test_what_programs_said_counts_until_a_person_has_rated():
    study = make_study(questions=4, raters_per_triple=2)
    person, program = make_raters(study, 2)
    type(program).objects.filter(pk=program.pk).update(is_simulated=True)
    rate_all(study, [program])
    rehearsal = flow(study)
    assert (rehearsal.given, rehearsal.rehearsed, rehearsal.counted) == (4, 0, 4)
    rate(person)
    found = flow(study)
    assert (found.given, found.rehearsed, found.counted, found.counted_raters) == (5, 4, 1, 1)

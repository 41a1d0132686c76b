"""The luck of the slots: no explanation where one source is always best, enough where a slot is."""

import pytest

from raters.services.results import study_results
from tests.raters.judged import make_judged, picking, ranking

pytestmark = pytest.mark.django_db


def effect(says, protocol):
    study = make_judged(says, protocol=protocol, questions=8, raters_per_triple=3)
    return study_results(study=study).by_chance


def test_a_source_that_is_always_picked_is_no_luck():
    found = effect(lambda rater, question, sources: picking(sources, "S1"), "pick-best")
    assert found.p_value < 0.001
    assert max(abs(pair.difference) for pair in found.pairs) == 24


def test_a_source_that_is_always_first_is_no_luck():
    found = effect(lambda rater, question, s: ranking(s, S1=1, S2=2, S3=3), "ranking")
    assert found.p_value < 0.001


def test_a_slot_that_is_always_picked_says_nothing_of_sources():
    found = effect(lambda rater, question, s: picking(s, s[0]), "pick-best")
    assert found.p_value is None or found.p_value > 0.2


@pytest.mark.parametrize("outcome", ["tie", "none"])
def test_where_nothing_is_told_apart_it_is_undefined(outcome):
    found = effect(lambda *_: {"outcome": outcome}, "pick-best")
    assert found.p_value is None
    assert found.undefined

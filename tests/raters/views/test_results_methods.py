"""The methods paragraph names the tests that its page prints."""

import pytest

from raters.models import Study, StudyPlan
from raters.views.results.methods import OF_PROTOCOL, _how
from tests.factories import NOW, make_study

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("protocol", Study.Protocol.values)
def test_every_protocol_names_its_tests_and_cites_holm(protocol):
    said = _how(make_study(protocol=protocol))
    assert "two-sided and corrected for all pairs (Holm, 1979)" in said
    assert "holm" in OF_PROTOCOL[Study.Protocol(protocol)]


def test_a_one_sided_plan_is_told_beside_the_two_sided_tests():
    study = make_study()
    StudyPlan.objects.create(study=study, sides="one-sided", changed_at=NOW)
    assert "The plan was one-sided; the p-values given are two-sided" in _how(study)

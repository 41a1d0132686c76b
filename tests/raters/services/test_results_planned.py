"""The planned comparison: the figure that results print, tested alone with the plan's sides."""

import json
from datetime import timedelta

import pytest
from scipy import special, stats

from raters.services.results import study_results
from raters.services.results.counted import read
from raters.services.results.exported import recomputed
from raters.services.results.planned import planned
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.raters.services.test_freezing import plan
from tests.raters.services.test_results_exclusions import judged, names_of
from tests.raters.services.test_results_exported import exported

pytestmark = pytest.mark.django_db


def p_by_hand(share, null):
    """Two-sided, from the interval alone."""
    reach = special.logit(share.high) - special.logit(share.value)
    z = reach / stats.t.ppf(0.975, share.df)
    return 2 * stats.t.sf(abs(special.logit(share.value) - special.logit(null)) / z, share.df)


@pytest.mark.parametrize(
    ("protocol", "key", "null"),
    [("pick-best", "0", 1 / 3), ("ranking", "0>2", 0.5), ("best-worst", "2>0", 0.5)],
)
def test_it_is_the_headline_against_no_difference(protocol, key, null):
    study = judged(protocol, headline=key, excluded=0)
    found = study_results(study=study).planned
    assert (found.key, found.sides, found.null) == (key, "two-sided", null)
    assert found.p_value == pytest.approx(p_by_hand(found.share, null))


def test_one_sided_it_is_half_where_it_points_the_planned_way_and_the_rest_where_not():
    study = judged("ranking", excluded=0)
    counted, names = read(study, 3), names_of(study)
    for key in ("0>1", "1>0"):
        two, one = (
            planned(counted, names, "ranking", key, sides) for sides in ("two-sided", "one-sided")
        )
        half = two.p_value / 2
        assert one.p_value == pytest.approx(half if two.share.value > 0.5 else 1 - half)
        assert one.share == two.share


def test_a_plan_that_names_none_has_none():
    assert study_results(study=judged("ranking", excluded=0)).planned is None


def test_the_export_alone_gives_the_same():
    study = judged("best-worst", closed=False)
    plan(study, headline="1>2", sides="one-sided")
    study_close(study=study, user=study.owner, now=NOW + timedelta(hours=1))
    lines, about = exported(study)
    found = study_results(study=study).planned
    assert found.p_value is not None
    assert recomputed(lines.splitlines(), json.loads(about)).planned == found

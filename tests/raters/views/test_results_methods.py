"""The methods paragraph names the tests and intervals that its page prints, and no others."""

import pytest

from raters.models import Exclusion, Study
from raters.services.results import study_results
from raters.views.results.methods import CITED, citations, paragraph
from tests.factories import NOW
from tests.raters.services.test_freezing import plan
from tests.raters.services.test_results_exclusions import exclude, judged

pytestmark = pytest.mark.django_db


def said(study):
    return paragraph(study, study_results(study=study))


@pytest.mark.parametrize("protocol", Study.Protocol.values)
def test_every_protocol_names_its_tests_and_cites_them(protocol):
    study = judged(protocol, excluded=0)
    results = study_results(study=study)
    text, cited = paragraph(study, results), citations(results)
    for part, key in (
        ("Tests are two-sided and corrected for all pairs (Holm, 1979)", "holm"),
        ("Intervals for all pairs at once share 5 % of error", "dunn"),
        ("dealing the stored orders anew among the ratings, 10000 times", "exact"),
    ):
        assert part in text
        assert CITED[key] in cited


def test_without_an_order_to_deal_anew_it_names_no_such_p():
    study = judged("pick-best", excluded=4)
    assert "dealing the stored orders anew" not in said(study)


@pytest.mark.parametrize(("sides", "key"), [("one-sided", "0"), ("two-sided", "1")])
def test_the_planned_comparison_is_told_with_its_sides(sides, key):
    study = judged("pick-best", excluded=0, closed=False)
    plan(study, headline=key, sides=sides)
    name = f"share best of {study.study_sources.get(position=key).source.name}"
    assert f"The planned comparison, {name}, was tested alone, {sides} as planned" in said(study)
    assert "no other was planned, and their tests are two-sided" in said(study)


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (0, "preferred: half"),
        (1, "preferred, which was decided of 1 of them after the study had closed"),
        (2, "preferred, which was decided after the study had closed, when results could be read:"),
    ],
)
def test_an_exclusion_decided_after_the_end_says_so(late, told):
    study = judged("pick-best", excluded=2 - late)
    for rater in study.raters.order_by("-pk")[:late]:
        exclude(rater)
        Exclusion.objects.filter(rater=rater).update(at=NOW)
    assert told in said(study)

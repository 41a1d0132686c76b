"""Pooled precision tells nothing of who leads, how far, or whether all are of one mind."""

import numpy as np
import pytest

from raters.services.results.precision import pooled_share, ratings_to_reach, width_of
from raters.services.results.precision import study_precision as precision
from raters.statistics import Plan, share_best
from tests.factories import make_study
from tests.raters.judged import make_judged, picking

RATERS, QUESTIONS, EACH = 20, 100, 50


def width(chances, seed=0, raters=RATERS):
    """Of independent ratings with these chances of the sources."""
    rng = np.random.default_rng(seed)
    rater = np.repeat(np.arange(raters), EACH)
    question = np.concatenate([rng.permutation(QUESTIONS)[:EACH] for _ in range(raters)])
    best = rng.choice(len(chances), size=len(rater), p=chances)
    found = share_best(rater, question, best, sources=[str(n) for n in range(len(chances))])
    pooled = pooled_share([each.share for each in found.sources], len(rater))
    return None if pooled is None else width_of(pooled)


def usual(*chances):
    return float(np.mean([width(chances, seed) for seed in range(20)]))


@pytest.mark.parametrize("chances", [(0.95, 0.05), (0.7, 0.3), (0.8, 0.1, 0.1), (1 / 3,) * 3])
def test_the_width_does_not_tell_how_far_a_source_leads(chances):
    assert usual(*chances) == pytest.approx(usual(0.5, 0.5), rel=0.05)
    assert usual(*chances) == pytest.approx(0.073, abs=0.006)


def test_a_study_of_one_mind_has_the_width_that_many_others_have():
    unanimous = width((1.0, 0.0))
    # t on 19 degrees of freedom: 2.0930 * sqrt(4 / 999) = .13244, 2 expit - 1 = .06612
    assert unanimous == pytest.approx(0.06612, abs=1e-5)
    assert unanimous in [pytest.approx(width((0.5, 0.5), seed)) for seed in range(20)]


def test_one_rater_is_too_few():
    assert width((0.5, 0.5), raters=1) is None


@pytest.mark.django_db
def test_a_running_study_does_not_say_that_it_is_of_one_mind():
    study = make_judged(
        lambda rater, question, sources: picking(sources, "S1"),
        protocol="pick",
        closed=False,
        questions=4,
        raters_per_triple=3,
    )
    found = precision(study=study)
    assert found.undefined == ""
    assert 0 < found.width < 1


@pytest.mark.django_db
def test_a_study_without_ratings_has_too_few():
    assert precision(study=make_study()).undefined.startswith("too few")


PLAN = Plan(ratings=200, raters=20, questions=100)


def test_a_width_that_is_there_needs_no_more():
    assert ratings_to_reach(PLAN, width=0.2, observed=0.19, most=6000) == 200


def test_raters_who_differ_more_than_planned_need_more_or_are_never_enough():
    as_planned = ratings_to_reach(PLAN, width=0.14, observed=0.15, most=6000)
    apart = ratings_to_reach(PLAN, width=0.14, observed=0.19, most=6000)
    assert 200 < as_planned < apart
    assert ratings_to_reach(PLAN, width=0.14, observed=0.40, most=6000) is None


def test_a_study_as_large_as_the_plan_wants_and_still_too_wide_gets_no_invented_figure():
    plan = Plan(ratings=1000, raters=20, questions=100)
    assert ratings_to_reach(plan, width=0.14, observed=0.25, most=6000) is None

"""What a running study shows: its raters, bundles and flagged questions; never a pick."""

import pytest

from raters.models import Assignment, Flag, Rater, Rating, Study
from raters.services.bundles import bundle_reserve, bundle_return
from raters.services.places import raters_per_triple_change
from raters.services.watching import (
    BundleFill,
    bundle_fill,
    change_of_raters,
    flagged_questions,
    rater_lines,
    study_terms,
)
from tests.factories import NOW, make_rater, make_raters, make_study, rate, rate_all

pytestmark = pytest.mark.django_db


# --- raters ---
def test_a_rater_is_shown_with_what_counts_and_what_does_not():
    study = make_study()
    rater, other = make_raters(study, 2)
    for _ in range(3):
        rate(rater)
    first, second, _ = Assignment.objects.filter(rater=rater, state="rated").order_by("pk")
    put_away(first, Assignment.State.PARTIAL)
    Assignment.objects.filter(pk=second.pk).update(kind="check", place=None)
    Rater.objects.filter(pk=rater.pk).update(returned_at=NOW)
    line, idle = rater_lines(study=study)
    assert (line.rated, line.late, line.partial, line.checks, line.repeats) == (1, 0, 1, 1, 0)
    assert (line.returned_at, line.last_at) == (NOW, NOW)
    assert (idle.rated, idle.pace, idle.returned_at, idle.last_at) == (0, None, None, None)
    assert idle.name == other.name


def test_a_raters_pace_is_the_median_of_seconds_on_the_screen():
    study = make_study()
    rater = make_rater(study)
    for _ in range(3):
        rate(rater)
    for rating, seconds in zip(Rating.objects.order_by("pk"), (10, 500, 20), strict=True):
        Rating.objects.filter(pk=rating.pk).update(visible_ms=seconds * 1000)
    assert rater_lines(study=study)[0].pace == 20


def test_the_number_of_queries_does_not_grow_with_the_raters(django_assert_num_queries):
    study = make_study()
    for rater in make_raters(study, 5):
        rate(rater)
    with django_assert_num_queries(2):
        assert len(rater_lines(study=study)) == 5


# --- bundles ---
def test_bundles_are_free_in_hand_complete_or_given_back():
    study = make_study(questions=4, raters_per_triple=4, triples_per_rater=4)
    full, held, gone = make_raters(study, 3)
    for rater, ratings in ((full, 4), (held, 1), (gone, 2)):
        assert bundle_reserve(rater=rater, now=NOW)
        for _ in range(ratings):
            rate(rater)
    bundle_return(rater=gone, now=NOW)
    assert bundle_fill(study=study) == BundleFill(free=2, in_hand=1, complete=1, given_back=1)
    assert [line.partial for line in rater_lines(study=study)] == [0, 0, 2]


def test_a_study_without_bundles_has_none_to_show():
    assert bundle_fill(study=make_study()) is None


# --- other raters per triple ---
@pytest.mark.parametrize("raters", [1, 2, 3, 5])
@pytest.mark.parametrize("bundles", [{}, {"triples_per_rater": 4}])
def test_what_a_change_would_do_is_what_it_does(raters, bundles):
    study = make_study(questions=4, raters_per_triple=3, **bundles)
    rater = make_rater(study)
    bundle_reserve(rater=rater, now=NOW)
    for _ in range(2):
        rate(rater)
    would = change_of_raters(study=study, raters=raters)
    before = study.places.count()
    if raters != 3:
        raters_per_triple_change(study=study, user=None, raters=raters, now=NOW)
    assert study.places.count() - before == would.added - would.removed
    assert study.places.count() == 4 * raters + would.over


# --- flags ---
def test_flags_are_gathered_by_question_the_most_flagged_first():
    study = make_study(questions=2, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    once, twice = (list(triple.assignments.order_by("pk")) for triple in study.triples.all())
    lone = once[0]
    Flag.objects.create(assignment=lone, reason="unclear", comment="which?", at=NOW)
    for each in twice:
        Flag.objects.create(assignment=each, reason="wrong-answer", at=NOW)
    most, least = flagged_questions(study=study)
    assert [len(most.flags), len(least.flags)] == [2, 1]
    assert (least.question, least.gold) == (
        lone.triple.question.text,
        lone.triple.question.gold_answer,
    )
    flag = least.flags[0]
    assert (flag.reason, flag.comment) == ("the question cannot be understood", "which?")
    assert flag.rater == lone.rater.name


# --- terms ---
def test_the_terms_of_a_study_say_what_is_asked_and_how_it_is_handed_out():
    plain = make_study(name="plain")
    assert study_terms(study=plain) == (
        "answer: pick the best",
        "“none good” can be said",
        "“too close to call” can be said",
        "at most 50 ratings a rater",
        "20 minutes for a triple in hand",
    )
    Study.objects.filter(pk=plain.pk).update(
        protocol="ranking", allows_ties=True, allows_none_good=False, allows_too_close=False,
        shows_gold_answer=False, reasons=[{"key": "q", "name": "assumes it"}],
        asks_step_marks=True, criteria=[{"name": "clarity", "points": 5}], asks_comment=True,
        triples_per_rater=3, most_per_rater=None, repeat_percent=5, check_percent=10,
    )  # fmt: skip
    plain.refresh_from_db()
    assert study_terms(study=plain) == (
        "answer: rank them all, ties allowed",
        "the correct answer is hidden",
        "reasons: assumes it (q)",
        "every step is marked up to the first error",
        "clarity: 1 to 5",
        "room for a comment",
        "3 triples a rater, kept for 24 hours",
        "ratings of a bundle that was given back do not count",
        "5 % repeats",
        "10 % checks, of 0 written",
        "20 minutes for a triple in hand",
    )


def put_away(assignment: Assignment, state: str) -> None:
    """As a returned bundle leaves it: rated, its place open for others."""
    Assignment.objects.filter(pk=assignment.pk).update(state=state, place=None)

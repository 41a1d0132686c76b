"""Reasons, marks, scores, repeats, checks, comments and flags, counted by hand."""

import json

import pytest

from generation.models import Question
from raters.exports.reading import pseudonyms
from raters.models import Assignment, Flag, Place, Rating
from raters.services.results import study_results
from raters.services.results.annotations import Asked, Said, annotations, said_in
from raters.services.results.counted import counting
from raters.services.results.exported import recomputed
from raters.views.results import figures, page
from tests.factories import NOW
from tests.raters.judged import make_judged, picking, ranking, repeat
from tests.raters.services.test_results_exclusions import exclude
from tests.raters.services.test_results_exported import exported

pytestmark = pytest.mark.django_db
REASONS = [{"key": "q", "name": "question implies answer"}, {"key": "x", "name": "skips steps"}]
CRITERIA = [{"name": "clear", "points": 5}]


def says(rater, question, sources):
    """S3 skips steps for every rater, S1 for one; S2 is wrong at step 2 on even questions."""
    marks = {"S1": [], "S2": [1, -1] if question % 2 == 0 else [], "S3": [-1]}
    points = {"S1": 5, "S2": 2 + rater % 3, "S3": 1 + (rater + question) % 2}
    reasons = [[sources.index("S3"), "x"]]
    reasons += [[sources.index("S1"), "x"]] if rater == 0 else []
    return {
        **ranking(sources, S1=1, S2=2, S3=3),
        "reasons": reasons,
        "step_marks": [marks[source] for source in sources],
        "scores": [[points[source]] for source in sources],
        "comment": "too <b>short</b>" if rater == 1 else "",
        "elapsed_ms": 1000 * (question + 1),
    }


def make(**more):
    asked = {"reasons": REASONS, "criteria": CRITERIA, "asks_step_marks": True, **more}
    return make_judged(says, protocol="ranking", questions=4, raters_per_triple=3, **asked)


@pytest.fixture
def study(db):
    return make()


def by_source(results, values):
    return dict(zip(results.sources, values, strict=True))


def test_reasons_are_counted_by_source_with_their_share_of_ratings(study):
    results = study_results(study=study)
    implies, skips = results.annotations.reasons
    assert by_source(results, skips.counts) == {"S1": 4, "S2": 0, "S3": 12}
    assert set(implies.counts) == {0}
    share = by_source(results, skips.shares)["S1"]
    assert share.value == pytest.approx(4 / 12)
    assert by_source(results, skips.shares)["S3"].notes[0].startswith("unanimous")


def test_step_marks_give_the_share_free_of_errors_and_where_the_first_one_is(study):
    results = study_results(study=study)
    marks = {each.source: each for each in results.annotations.marks}
    assert {name: each.free_of_errors.value for name, each in marks.items()} == {
        "S1": 1.0,
        "S2": 0.5,
        "S3": 0.0,
    }
    assert {name: each.first_errors for name, each in marks.items()} == {
        "S1": (0, 0),
        "S2": (0, 6),
        "S3": (12, 0),
    }


def test_scores_are_means_on_their_own_scale(study):
    results = study_results(study=study)
    (clear,) = results.annotations.scores
    means = by_source(results, clear.means)
    assert means["S2"].value == pytest.approx(3.0)
    assert 1 < means["S2"].low < 3 < means["S2"].high < 5
    assert means["S1"].value == means["S1"].high == 5.0
    assert by_source(results, clear.averages)["S3"] == pytest.approx(1.5)


def test_a_study_that_asks_for_nothing_more_shows_nothing_more(db):
    study = make(reasons=[], criteria=[], asks_step_marks=False)
    found = study_results(study=study).annotations
    assert (found.reasons, found.marks, found.scores) == ((), (), ())


def test_repeats_tell_how_often_the_same_rater_has_the_same_best(study):
    first, second, third = Rating.objects.order_by("pk")[:3]

    def other(rater, question, sources):
        return ranking(sources, S1=2, S2=1, S3=3)

    repeat(first, says, order=first.assignment.order[::-1])
    repeat(second, says, order=second.assignment.order[::-1])
    repeat(third, other, order=third.assignment.order[::-1])
    results = study_results(study=study)
    assert results.ratings == 12
    assert results.people.repeats == 3
    assert sum(line.repeats_same for line in results.people.lines) == 2
    said = page(results)["people"]["consistency"]
    assert said.startswith("Of 3 triples shown to the same rater again in another order, 2 got")


def test_a_repeated_pick_is_compared_by_source_and_not_by_slot(db):
    study = make_judged(
        lambda rater, question, sources: picking(sources, "S1"),
        protocol="pick-best",
        questions=2,
        raters_per_triple=2,
    )
    first = Rating.objects.first()
    order = first.assignment.order
    repeat(first, lambda r, q, sources: picking(sources, "S1"), order=order[1:] + order[0])
    assert study_results(study=study).people.consistency.value is None  # one rater
    assert sum(line.repeats_same for line in study_results(study=study).people.lines) == 1


def test_checks_are_passed_by_the_expected_one_ranked_first_alone(study):
    passed, failed, shared = Rating.objects.order_by("pk")[:3]
    for rating in (passed, failed, shared):
        Assignment.objects.filter(pk=rating.assignment_id).update(place=None, kind="check")
    for rating, ranks in ((passed, "123"), (failed, "213"), (shared, "112")):
        order = rating.assignment.order
        by_position = dict(enumerate(ranks))
        Rating.objects.filter(pk=rating.pk).update(
            ranks="".join(by_position[int(position)] for position in order)
        )
        rating.assignment.triple.kind, rating.assignment.triple.expected = "check", 0
        rating.assignment.triple.save()
    results = study_results(study=study)
    assert (results.people.checks, results.people.checks_passed) == (3, 1)
    assert page(results)["people"]["checks"] == "Raters passed 1 of 3 checks."
    assert results.ratings == 9


def test_checks_of_excluded_raters_are_in_their_line_and_in_no_sum(study):
    """Everybody passes a check; the first rater is left out. The export alone says the same."""
    for rater in study.raters.order_by("pk"):
        rating = Rating.objects.filter(assignment__rater=rater).earliest("pk")
        Assignment.objects.filter(pk=rating.assignment_id).update(place=None, kind="check")
        rating.assignment.triple.kind, rating.assignment.triple.expected = "check", 0
        rating.assignment.triple.save()
    exclude(study.raters.earliest("pk"))
    results = study_results(study=study)
    raters = study.raters.count()
    assert results.people.checks == raters - 1
    assert [line.checks for line in results.people.lines] == [1] * raters
    passed = results.people.checks_passed
    said = page(results)["people"]["checks"]
    assert said == f"Raters passed {passed} of {figures.counted(raters - 1, 'check')}."
    lines, about = exported(study)
    assert recomputed(lines.splitlines(), json.loads(about)).people == results.people


def test_late_and_partial_ratings_are_in_no_figure(study):
    late, partial = Rating.objects.order_by("pk")[:2]
    Place.objects.filter(pk=partial.assignment.place_id).update(state=Place.State.OPEN)
    Assignment.objects.filter(pk=partial.assignment_id).update(place=None, state="partial")
    Assignment.objects.filter(pk=late.assignment_id).update(place=None, state="late")
    Rating.objects.filter(pk=late.pk).update(is_late=True)
    results = study_results(study=study)
    assert (results.ratings, results.late, results.partial) == (10, 1, 1)
    assert results.annotations.marks[0].marked == 10
    assert results.rankings.pairs[0].share.n == 10


def test_raters_go_by_their_pseudonyms_with_their_pace(study):
    lines = study_results(study=study).people.lines
    assert [line.rater for line in lines] == ["r001", "r002", "r003"]
    assert {line.ratings for line in lines} == {4}
    assert {line.median_seconds for line in lines} == {2.5}


def test_comments_and_flags_are_listed(study):
    assignment = Assignment.objects.last()
    Flag.objects.create(assignment=assignment, reason="unclear", comment="what balls?", at=NOW)
    found = study_results(study=study).remarks
    assert [comment.text for comment in found.comments] == ["too <b>short</b>"] * 4
    assert {comment.rater for comment in found.comments} == {"r002"}
    (flag,) = found.flags
    assert flag.reason == "the question cannot be understood"


def test_questions_whose_keys_sort_otherwise_than_they_came_give_the_digits_of_the_export(study):
    for question in Question.objects.all():  # q0 ... q3 become q3 ... q0
        Question.objects.filter(pk=question.pk).update(key=f"x{9 - int(question.key[1:])}")
    names = tuple(study.study_sources.order_by("position").values_list("source__name", flat=True))
    asked = Asked(study.reasons, study.asks_step_marks, study.criteria)
    known_as = pseudonyms(study)
    rows = [
        Said(
            known_as[rating.assignment.rater_id],
            rating.assignment.triple.question.key,
            tuple(map(int, rating.assignment.order)),
            rating.reasons,
            rating.step_marks,
            rating.scores,
        )
        for rating in counting(study).order_by("assignment__triple__question__key", "pk")
    ]
    assert annotations(study, names) == said_in(rows, asked, names)

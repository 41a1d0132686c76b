"""Taking a rating in: once, in its place, by whom it was handed to, and never lost."""

from datetime import timedelta
from uuid import uuid4

import pytest

from raters.judgement import Judgement
from raters.models import Assignment, Place, Rater, Rating, Study
from raters.services.assigning import assignment_skip, assignments_lapse
from raters.services.rating import RatingRefused, rating_submit, ratings_last
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_rater, make_raters, make_researcher, make_study, rate
from tests.factories import submit as submit_rating

pytestmark = pytest.mark.django_db

KEY, OTHER_KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def study():
    return make_study()


@pytest.fixture
def rater(study):
    return make_rater(study)


def last(rater, most: int) -> list[Assignment]:
    return [rating.assignment for rating in ratings_last(rater=rater, most=most)]


def refusal(*args, **kwargs) -> int:
    """The status with which this submit is refused; nothing is stored then."""
    before = Rating.objects.count()
    with pytest.raises(RatingRefused) as refused:
        submit_rating(*args, **kwargs)
    assert Rating.objects.count() == before
    return refused.value.status


# --- what is stored ----------------------------------------------------------------------------
@pytest.mark.parametrize("slot", [0, 1, 2])
def test_a_pick_is_the_rationale_that_stood_in_the_slot(rater, slot):
    assignment = claim(rater)
    rating = submit_rating(rater, assignment, slot=slot).rating
    assert (rating.outcome, rating.slot) == ("pick", slot)
    assert rating.picked.position == int(assignment.order[slot])
    assert rating.picked.triple_id == assignment.triple_id


@pytest.mark.parametrize("outcome", ["none", "tie"])
def test_other_answers_pick_nothing(rater, outcome):
    rating = rate(rater, outcome=outcome).rating
    assert (rating.outcome, rating.slot, rating.picked) == (outcome, None, None)


def test_a_rating_fills_its_place_and_is_counted(study, rater):
    submitted = rate(rater)
    assignment = Assignment.objects.get(ratings=submitted.rating)
    assert (submitted.was_late, submitted.is_repeat) == (False, False)
    assert (assignment.state, assignment.lease_until) == ("rated", None)
    assert assignment.place.state == "filled"
    assert Rater.objects.get().rated_count == 1
    assert submitted.rating.submitted_at == NOW


@pytest.mark.parametrize(
    ("sent", "stored"), [(1234, 1234), (0, 0), (-5, None), (86_400_001, None), (None, None)]
)
def test_times_that_no_clock_shows_are_unknown(rater, sent, stored):
    assignment = claim(rater)
    rating = rating_submit(
        token=str(assignment.token),
        key=KEY,
        judgement=Judgement("pick", 0),
        now=NOW,
        elapsed_ms=sent,
        visible_ms=sent,
        blurred_ms=sent,
        viewport="390x844",
    ).rating
    rating.refresh_from_db()
    assert (rating.elapsed_ms, rating.visible_ms, rating.blurred_ms) == (stored,) * 3
    assert rating.viewport == "390x844"


# --- the key -----------------------------------------------------------------------------------
def test_the_same_key_twice_answers_the_same_and_stores_nothing(study, rater):
    assignment = claim(rater)
    first = submit_rating(rater, assignment, slot=1, key=KEY)
    second = submit_rating(rater, assignment, slot=2, key=KEY)
    assert second.is_repeat
    assert second.rating == first.rating
    assert Rating.objects.get().slot == 1
    assert Rater.objects.get().rated_count == 1


def test_the_same_key_answers_the_same_even_after_the_study_closed(study, rater):
    assignment = claim(rater)
    first = submit_rating(rater, assignment, key=KEY)
    study_close(study=study, user=make_researcher(), now=NOW)
    assert submit_rating(rater, assignment, key=KEY).rating == first.rating


def test_a_second_key_for_a_rated_triple_is_refused(rater):
    assignment = claim(rater)
    submit_rating(rater, assignment, slot=1, key=KEY)
    assert refusal(rater, assignment, slot=2, key=OTHER_KEY) == 409
    assert Rating.objects.get().slot == 1


def test_one_key_may_rate_two_triples(rater):
    assert submit_rating(rater, claim(rater), key=KEY).rating.key
    assert not submit_rating(rater, claim(rater), key=KEY).is_repeat
    assert Rating.objects.count() == 2


# --- refusals ----------------------------------------------------------------------------------
def test_a_rating_is_by_the_rater_whom_the_triple_was_handed_to(study):
    one, other = make_raters(study, 2)
    submitted = submit_rating(other, claim(one))
    assert submitted.rater == one
    assert [rater.rated_count for rater in study.raters.order_by("pk")] == [1, 0]


def test_a_made_up_token_is_unknown(rater):
    assignment = claim(rater)
    assignment.token = uuid4()
    assert refusal(rater, assignment) == 404


def test_a_token_or_key_of_no_form_is_refused(rater):
    assignment = claim(rater)
    assert refusal(rater, assignment, key="mine") == 422
    assignment.token = "7"
    assert refusal(rater, assignment) == 422


@pytest.mark.parametrize("slot", [-1, 3, 99, None])
def test_a_slot_that_was_not_shown_is_refused_and_the_triple_stays_in_hand(rater, slot):
    assignment = claim(rater)
    assert refusal(rater, assignment, slot=slot) == 422
    assert claim(rater).token == assignment.token


@pytest.mark.parametrize("outcome", ["best", "", "PICK", "ranking", "best-worst"])
def test_an_outcome_that_is_none_of_ours_is_refused(rater, outcome):
    assert refusal(rater, claim(rater), outcome=outcome) == 422


@pytest.mark.parametrize(("setting", "outcome"), [("none_good", "none"), ("too_close", "tie")])
def test_an_outcome_that_the_study_does_not_offer_is_refused(study, rater, setting, outcome):
    Study.objects.update(**{f"allows_{setting}": False})
    assert refusal(rater, claim(rater), outcome=outcome) == 422


def test_a_refusal_speaks_the_raters_language(rater, monkeypatch):
    monkeypatch.setattr("django.utils.translation._trans.gettext", lambda text: f"<{text}>")
    for given in ({"outcome": "best"}, {"slot": 9}, {"key": "x"}):
        with pytest.raises(RatingRefused) as refused:
            submit_rating(rater, claim(rater), **given)
        assert str(refused.value).startswith("<")


# --- revising ----------------------------------------------------------------------------------
def test_a_revision_replaces_the_rating_without_deleting_it(study, rater):
    assignment = claim(rater)
    first = submit_rating(rater, assignment, slot=0)
    second = submit_rating(rater, assignment, slot=2, revise=True, now=LATER)
    ratings = Rating.objects.values_list("pk", "slot", "is_current")
    assert sorted(ratings) == [(first.rating.pk, 0, False), (second.rating.pk, 2, True)]
    assert not second.was_late
    assert Rater.objects.get().rated_count == 1
    assert Place.objects.filter(state="filled").count() == 1


def test_a_revision_from_a_pick_to_a_tie_drops_the_pick(rater):
    assignment = claim(rater)
    submit_rating(rater, assignment, slot=0)
    submit_rating(rater, assignment, outcome="tie", revise=True)
    assert Rating.objects.get(is_current=True).picked is None


def test_a_refused_revision_leaves_the_rating_as_it_was(rater):
    assignment = claim(rater)
    submit_rating(rater, assignment, slot=1)
    assert refusal(rater, assignment, slot=7, revise=True) == 422
    assert Rating.objects.get(is_current=True).slot == 1


def test_after_the_study_closed_ratings_stay_as_they_are(study, rater):
    assignment = claim(rater)
    submit_rating(rater, assignment, slot=1)
    study_close(study=study, user=make_researcher(), now=NOW)
    assert refusal(rater, assignment, slot=2, revise=True) == 410
    assert Rating.objects.get().slot == 1


def test_the_last_triple_is_the_one_judged_last(study, rater):
    assert last(rater, 1) == []
    first = claim(rater)
    submit_rating(rater, first)
    assert last(rater, 1) == [first]
    second = rate(rater, now=LATER).rating.assignment
    assert last(rater, 1) == [second]
    assert last(rater, 20) == [second, first]
    submit_rating(rater, first, revise=True, now=LATER + timedelta(minutes=1))
    assert last(rater, 20) == [first, second]


def test_the_last_triple_is_never_somebody_elses(study, rater):
    rate(make_rater(study))
    assert last(rater, 1) == []


# --- late --------------------------------------------------------------------------------------
def test_a_rating_after_its_lease_fills_the_place_where_nobody_else_did(study, rater):
    assignment = claim(rater)
    assignments_lapse(study=study, now=LATER)
    submitted = submit_rating(rater, assignment, now=LATER)
    assert not submitted.was_late
    assignment.refresh_from_db()
    assert (assignment.state, assignment.place.state) == ("rated", "filled")
    assert assignment.place.order == assignment.order


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "held"])
def test_a_rating_whose_place_is_somebody_elses_is_kept_and_flagged(filled):
    study = make_study(questions=1, raters_per_triple=1)
    slow, quick = make_raters(study, 2)
    lost = claim(slow)
    taken = claim(quick, now=LATER)
    if filled:
        submit_rating(quick, taken, now=LATER)
    submitted = submit_rating(slow, lost, slot=1, now=LATER)
    assert (submitted.was_late, submitted.rating.is_late) == (True, True)
    lost.refresh_from_db()
    assert (lost.state, lost.place) == ("late", None)
    taken.refresh_from_db()
    assert taken.place_id is not None
    assert Rater.objects.get(pk=slow.pk).rated_count == 1


def test_a_revised_late_rating_stays_late(study):
    slow, quick = make_raters(study, 2)
    Place.objects.exclude(queue=0).update(state="filled")
    lost = claim(slow)
    claim(quick, now=LATER)
    submit_rating(slow, lost, now=LATER)
    revised = submit_rating(slow, lost, slot=2, revise=True, now=LATER)
    assert (revised.was_late, revised.rating.is_late) == (True, True)


def test_a_rating_after_the_close_is_kept_and_flagged_and_fills_nothing(study, rater):
    assignment = claim(rater)
    study_close(study=study, user=make_researcher(), now=NOW)
    assert submit_rating(rater, assignment).was_late
    assert not Place.objects.filter(state="filled").exists()


def test_a_triple_handed_out_just_as_the_study_closed_comes_in_late(study, rater):
    assignment = claim(rater)
    Study.objects.update(state="closed", closed_at=NOW)
    assert submit_rating(rater, assignment).was_late
    assignment.refresh_from_db()
    assert (assignment.state, assignment.place) == ("late", None)
    assert not Place.objects.filter(state="filled").exists()


def test_a_triple_skipped_in_one_tab_may_still_be_rated_in_the_other(study, rater):
    assignment = claim(rater)
    assignment_skip(rater=rater, token=str(assignment.token), now=NOW)
    assert not submit_rating(rater, assignment).was_late
    assert Place.objects.filter(state="filled").count() == 1

"""Ratings of every protocol, of checks and repeats, in pauses, of bundles that were given back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from raters.judgement import Judgement
from raters.models import Assignment, Place, Rater, Rating, Study
from raters.services import rating as rating_service
from raters.services.assigning import assignments_hand, assignments_lapse
from raters.services.bundles import bundle_return
from raters.services.rating import RatingRefused, rated_again, rating_submit
from raters.services.study_states import study_close, study_pause
from tests.factories import NOW, claim, make_rater, make_study, rate, submit

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def rater(study) -> Rater:
    return make_rater(study)


def aside(rater: Rater, kind: str) -> Assignment:
    """A triple in this rater's hand that holds no place."""
    given = claim(rater)
    Place.objects.filter(pk=given.place_id).update(state="open")
    Assignment.objects.filter(pk=given.pk).update(kind=kind, place=None)
    return given


# --- what is stored ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("protocol", "said", "outcome", "ranks"),
    [
        ("ranking", Judgement("ranking", ranks="315"), "ranking", "213"),
        ("ranking", Judgement("ranking", ranks="222"), "tie", ""),
        ("best-worst", Judgement("best-worst", ranks="31"), "best-worst", "312"),
    ],
)
def test_ranks_are_stored_dense_a_digit_a_slot(study, rater, protocol, said, outcome, ranks):
    Study.objects.update(protocol=protocol)
    rating = submit(rater, claim(rater), judgement=said).rating
    rating.refresh_from_db()
    assert (rating.outcome, rating.ranks, rating.slot, rating.picked) == (
        outcome,
        ranks,
        None,
        None,
    )


def test_reasons_marks_scores_and_comment_are_stored_as_they_were_shown(study, rater):
    Study.objects.update(
        reasons=[{"key": "q", "name": "skips steps"}],
        asks_step_marks=True,
        criteria=[{"name": "clear", "points": 5}],
        asks_comment=True,
    )
    said = Judgement(
        "tie",
        reasons=((2, "q"), (0, "q")),
        marks=((), (-1,), ()),
        scores=((1,), (2,), (5,)),
        comment="because",
    )
    rating = submit(rater, claim(rater), judgement=said).rating
    rating.refresh_from_db()
    assert rating.reasons == [[0, "q"], [2, "q"]]
    assert rating.step_marks == [[], [-1], []]
    assert rating.scores == [[1], [2], [5]]
    assert rating.comment == "because"


def test_a_mark_beyond_the_last_step_of_its_own_text_is_refused(study, rater):
    Study.objects.update(asks_step_marks=True)
    marks = ((), (), (None,) * 30 + (-1,))
    with pytest.raises(RatingRefused) as refused:
        submit(rater, claim(rater), judgement=Judgement("tie", marks=marks))
    assert refused.value.status == 422


def test_a_refusal_knows_what_it_was_meant_for(study, rater):
    assignment = claim(rater)
    with pytest.raises(RatingRefused) as refused:
        submit(rater, assignment, judgement=Judgement("ranking"))
    assert refused.value.assignment == assignment
    assert refused.value.assignment.rater.study == study


# --- checks and repeats --------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["check", "repeat", "practice"])
def test_what_holds_no_place_is_rated_and_moves_no_count(study, rater, kind):
    assignment = aside(rater, kind)
    submitted = submit(rater, assignment)
    assignment.refresh_from_db()
    assert (assignment.state, assignment.place, submitted.was_late) == ("rated", None, False)
    assert Rater.objects.get().rated_count == 0
    assert submitted.rater.rated_count == 0
    assert submitted.rater.aside_count == Rater.objects.get().aside_count == 1
    assert not Place.objects.filter(state="filled").exists()


def test_a_check_whose_lease_ran_out_is_as_good_as_ever(study, rater):
    assignment = aside(rater, "check")
    assignments_lapse(study=study, now=LATER)
    assert not submit(rater, assignment, now=LATER).was_late
    assignment.refresh_from_db()
    assert assignment.state == "rated"


def test_a_check_after_the_close_is_late(study, rater):
    assignment = aside(rater, "check")
    study_close(study=study, user=study.owner, now=NOW)
    assert submit(rater, assignment).was_late
    assert Rater.objects.get().rated_count == 0


# --- pauses --------------------------------------------------------------------------------------
def test_a_paused_study_takes_what_is_in_hand_and_what_has_lapsed(study, rater):
    first, second = assignments_hand(rater=rater, now=NOW)
    study_pause(study=study, user=study.owner, now=NOW)
    assert not submit(rater, first).was_late
    assignments_lapse(study=study, now=LATER)
    assert not submit(rater, second, now=LATER).was_late
    assert Place.objects.filter(state="filled").count() == 2
    assert not submit(rater, first, slot=2, revise=True).was_late


# --- bundles -------------------------------------------------------------------------------------
def test_what_was_rated_of_a_bundle_given_back_stays_as_it_is():
    study = make_study(raters_per_triple=1, triples_per_rater=3)
    rater = make_rater(study)
    done = rate(rater, slot=1).rating.assignment
    in_hand = claim(rater)
    bundle_return(rater=rater, now=NOW)
    for revise in (False, True):
        with pytest.raises(RatingRefused) as refused:
            submit(rater, done, slot=2, revise=revise)
        assert refused.value.status == 409
    assert Rating.objects.get().slot == 1
    assert rated_again(rater=rater, token=str(done.token)) is None
    submitted = submit(rater, in_hand)
    assert submitted.was_late
    assert not Place.objects.filter(state="filled").exists()


# --- looking back --------------------------------------------------------------------------------
def test_only_a_raters_own_rated_triples_come_back(study, rater):
    done, in_hand = rate(rater).rating.assignment, claim(rater)
    other = make_rater(study)
    assert rated_again(rater=rater, token=str(done.token)) == done
    assert rated_again(rater=rater, token=str(in_hand.token)) is None
    assert rated_again(rater=other, token=str(done.token)) is None
    assert rated_again(rater=rater, token=str(uuid4())) is None


# --- what two requests at once may find ----------------------------------------------------------
def test_a_triple_that_moved_on_while_its_rater_was_awaited_is_read_anew(rater, monkeypatch):
    """As if the first read were of a moment ago: the triple has been rated since."""
    assignment = claim(rater)
    first = submit(rater, assignment, slot=1, key="11111111-1111-4111-8111-111111111111")
    read = rating_service._handed

    def a_moment_ago(token):
        stale = read(token)
        stale.state, stale.place_id = Assignment.State.HELD, assignment.place_id
        return stale

    monkeypatch.setattr(rating_service, "_handed", a_moment_ago)
    again = submit(rater, assignment, slot=1, key="11111111-1111-4111-8111-111111111111")
    assert again.is_repeat
    assert again.rating == first.rating
    with pytest.raises(RatingRefused) as refused:
        rating_submit(
            token=str(assignment.token), key=str(uuid4()), judgement=Judgement("tie"), now=NOW
        )
    assert refused.value.status == 409
    assert Rater.objects.get().rated_count == 1
    assert Rater.objects.get().aside_count == 0
